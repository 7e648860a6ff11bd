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

// shares is every type's and group's share in two periods. Groups of one type are that type's row.
func (m *maker) shares() Figure {
	s := &figure.Shares{Periods: m.periodNames(), Rows: m.shareRows()}
	table := Table{Columns: []Column{
		{Name: "Network type or group"}, {s.Periods[0], figure.Percent}, {s.Periods[1], figure.Percent}, {"Change", figure.Points},
	}}
	hidden := 0
	var parts []string
	for i := range s.Rows {
		r := &s.Rows[i]
		table.Rows = append(table.Rows, []Cell{{Label: r.Name}, {Value: r.Before}, {Value: r.Now}, {Value: r.Change()}})
		hidden += countHidden([]figure.Value{r.Before, r.Now})
		if len(parts) < 3 && r.Now.OK() && r.Type != stats.AllTypes {
			parts = append(parts, fmt.Sprintf("%s %s", r.Name, r.Now.Text(figure.Percent)))
		}
	}
	alt := fmt.Sprintf("Bars of shares, %s.", m.bothPeriods())
	switch {
	case len(parts) == 0:
		alt += fmt.Sprintf(" No share of %s can be shown.", s.Periods[1])
	case m.anyTypeHidden(m.Now):
		alt += fmt.Sprintf(" The largest in %s that are not hidden: %s.", s.Periods[1], list(parts))
	default:
		alt += fmt.Sprintf(" The largest in %s: %s.", s.Periods[1], list(parts))
	}
	sum := "The types add up to 100 %"
	if hidden > 0 {
		sum = "With those that are hidden, the types add up to 100 %"
	}
	return Figure{
		Name: "shares", Title: "Shares by network type", chart: s, Table: table, span: m.shownPeriods(),
		Caption: fmt.Sprintf("Share of all bits by network type, and by the groups cloud (%s) and ISP (%s), both directions, %s. Unit: per cent; changes in percentage points.%s",
			groupMembers("cloud"), groupMembers("isp"), m.bothPeriods(), m.hiddenText(hidden)),
		Reading: "Each row is one type, with a bar a period. " + sum + "; the groups below the line repeat types above it.",
		Alt:     alt,
	}
}

// shareRows are the types by their share, largest first, then the groups of several types.
func (m *maker) shareRows() []figure.ShareRow {
	var rows []figure.ShareRow
	for _, t := range m.types {
		rows = append(rows, figure.ShareRow{
			Name: figure.TypeName(t), Type: t,
			Before: ratioIn(m.before(), typeKey(t), stats.Total), Now: ratioIn(m.Now, typeKey(t), stats.Total),
		})
	}
	slices.SortStableFunc(rows, func(a, b figure.ShareRow) int { return cmp.Compare(b.Now.X, a.Now.X) })
	for _, g := range stats.GroupNames {
		if name, ok := groupNames[g]; ok {
			rows = append(rows, figure.ShareRow{
				Name: name, Type: stats.AllTypes,
				Before: groupShareIn(m.before(), g), Now: groupShareIn(m.Now, g),
			})
		}
	}
	return rows
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
