package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// shares is every type's and group's share in two periods, and its change. Groups of one type are that
// type's row. The shares are those of the sheets; the study adds the intervals.
func (m *maker) shares() Figure {
	s := &figure.Shares{Periods: m.periodNames(), Rows: m.shareRows()}
	table := Table{Columns: []Column{
		{Name: "Network type or group"}, {s.Periods[0], figure.Percent}, {s.Periods[1], figure.Percent}, {"Change", figure.Points},
		{"95" + nbsp + "% interval, low", figure.Points}, {"95" + nbsp + "% interval, high", figure.Points}, {"Change without the largest network", figure.Points},
	}}
	hidden, shareHidden := 0, false
	var parts []string
	for i := range s.Rows {
		r := &s.Rows[i]
		table.Rows = append(table.Rows, []Cell{{Label: r.Name}, {Value: r.Before}, {Value: r.Now}, {Value: r.Change()},
			{Value: r.Low}, {Value: r.High}, {Value: r.Without}})
		hidden += countHidden([]figure.Value{r.Before, r.Now, r.Without})
		shareHidden = shareHidden || countHidden([]figure.Value{r.Before, r.Now}) > 0
		if len(parts) < 3 && r.Now.OK() && r.Type != stats.AllTypes {
			parts = append(parts, fmt.Sprintf("%s %s", r.Name, r.Now.Text(figure.Percent)))
		}
	}
	alt := fmt.Sprintf("Bars of shares, %s.", m.bothPeriods())
	switch {
	case len(parts) == 0:
		alt += fmt.Sprintf(" No share of %s can be shown.", s.Periods[1])
	case m.anyTypeHidden(m.Now):
		alt += fmt.Sprintf(" The largest %s that are not hidden: %s.", m.out.Period.In(), list(parts))
	default:
		alt += fmt.Sprintf(" The largest %s: %s.", m.out.Period.In(), list(parts))
	}
	sum := "The types add up to 100" + nbsp + "%"
	if shareHidden {
		sum = "With those that are hidden, the types add up to 100" + nbsp + "%"
	}
	return Figure{
		Name: "shares", Title: "Shares by network type", chart: s, Table: table, span: m.shownPeriods(),
		Caption: fmt.Sprintf("Share of all bits by network type, and by the groups cloud (%s) and ISP (%s), both directions, %s. Unit: per cent; changes in percentage points.%s%s",
			groupMembers("cloud"), groupMembers("isp"), m.bothPeriods(), m.intervalText(s.Rows), m.hiddenText(hidden)),
		Reading: "Each row is one type, with a bar a period. " + sum + "; the groups below the line repeat types above it." + changeReading(s.Rows),
		Alt:     alt + changeAlt(s.Rows),
	}
}

// intervalText says how the intervals were made and what they state, or why there are none.
func (m *maker) intervalText(rows []figure.ShareRow) string {
	if m.Study == nil || m.Study.Changes == nil || !m.out.HasBefore {
		return ""
	}
	if !slices.ContainsFunc(rows, func(r figure.ShareRow) bool { return r.Low.OK() }) {
		for _, c := range m.Study.Changes.Rows {
			if c.NoInterval == stats.TooShort {
				return " Changes have no intervals: those take eight weeks with traffic in each period."
			}
		}
		return ""
	}
	before, now := 0, 0
	for _, c := range m.Study.Changes.Rows {
		before, now = c.WeeksBefore, c.WeeksNow // the same of all
	}
	return fmt.Sprintf(" The 95"+nbsp+"%% intervals rest on %s before and %d now: they state how much shares vary from week to week, and nothing of other networks or later periods.",
		plural(before, "week"), now)
}

// changeReading is how to read the changes.
func changeReading(rows []figure.ShareRow) string {
	text := ""
	if slices.ContainsFunc(rows, func(r figure.ShareRow) bool { return r.Low.OK() }) {
		text = " A change whose interval holds 0 has a hollow point: it cannot be told from how weeks vary anyway."
	}
	if slices.ContainsFunc(rows, func(r figure.ShareRow) bool { return r.Without.OK() }) {
		text += " Where a diamond stands far from its point, one network made much of the difference."
	}
	return text
}

// changeAlt says which changes are larger than their intervals.
func changeAlt(rows []figure.ShareRow) string {
	intervals := 0
	var outside []string
	for i := range rows {
		r := &rows[i]
		if !r.Low.OK() || r.Type == stats.AllTypes {
			continue
		}
		intervals++
		if r.Low.X > 0 || r.High.X < 0 {
			outside = append(outside, fmt.Sprintf("%s %s", r.Name, r.Change().Text(figure.Points)))
		}
	}
	switch {
	case intervals == 0:
		return ""
	case len(outside) == 0:
		return " No type's change is larger than its weeks vary."
	}
	return fmt.Sprintf(" Changes larger than weeks vary, in percentage points: %s.", list(outside))
}

// shareRows are the types by their share, largest first, then the groups of several types.
func (m *maker) shareRows() []figure.ShareRow {
	var rows []figure.ShareRow
	for _, t := range m.types {
		r := figure.ShareRow{
			Name: figure.TypeName(t), Type: t,
			Before: ratioIn(m.before(), typeKey(t), stats.Total), Now: ratioIn(m.Now, typeKey(t), stats.Total),
		}
		addChange(&r, m.changes().At(t))
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b figure.ShareRow) int { return cmp.Compare(b.Now.X, a.Now.X) })
	for _, g := range stats.GroupNames {
		if name, ok := groupNames[g]; ok {
			r := figure.ShareRow{Name: name, Type: stats.AllTypes, Before: groupShareIn(m.before(), g), Now: groupShareIn(m.Now, g)}
			addChange(&r, m.changes().AtGroup(g))
			rows = append(rows, r)
		}
	}
	return rows
}

// changes are those of the study; nil if there are none, which has no rows.
func (m *maker) changes() *stats.Changes {
	if m.Study == nil || !m.out.HasBefore {
		return nil
	}
	return m.Study.Changes
}

// addChange adds the study's numbers to a row.
func addChange(r *figure.ShareRow, c *stats.Change) {
	if c == nil {
		return
	}
	r.Low, r.High = absent(c.Low, c.NoInterval), absent(c.High, c.NoInterval)
	r.Without = absent(c.Without, c.NoWithout)
}

// absent is a number, hidden or missing.
func absent(n stats.Num, why stats.Absence) figure.Value {
	if why == stats.Concealed {
		return figure.Hide()
	}
	return number(n)
}

// groupNames are the groups that hold more than one type.
var groupNames = map[string]string{"cloud": "All cloud", "isp": "All ISP"}

// groupMembers lists the types of a group: "hosting, hyperscaler and neocloud".
func groupMembers(group string) string {
	var names []string
	for _, t := range figure.StackOrder {
		if t.Group() == group {
			names = append(names, figure.TypeName(t))
		}
	}
	text := list(names)
	if group == "cloud" {
		text = strings.ToLower(text)
	}
	return text
}

// mover is a type whose share changed.
type mover struct {
	t           flow.NetworkType
	before, now figure.Value
	change      float64 // percentage points
}

// movers are the types with a share in both periods, by their change, largest gain first.
func (m *maker) movers() []mover {
	var out []mover
	for _, r := range m.shareRows() {
		if c := r.Change(); c.OK() && r.Type != stats.AllTypes {
			out = append(out, mover{r.Type, r.Before, r.Now, c.X})
		}
	}
	slices.SortStableFunc(out, func(a, b mover) int { return cmp.Compare(b.change, a.change) })
	return out
}
