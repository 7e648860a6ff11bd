package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// returningFigures show persistence. There are none without a period before, or where the two periods
// count IPv6 addresses differently.
func (m *maker) returningFigures() []Figure {
	if m.Study == nil || m.Study.Returning == nil || m.Study.Returning.Mixed {
		return nil
	}
	r := m.Study.Returning
	g := &figure.Persistence{}
	table := Table{Columns: []Column{{Name: "Region"}, {Name: "Network type"}, {"Returning", figure.Percent},
		{"lower bound", figure.Percent}, {"upper bound", figure.Percent}, {"Distinct addresses", figure.Count}}}
	hidden := 0
	var most, least figure.PersistenceRow
	for i := range r.Rows {
		p := &r.Rows[i]
		shown := func(n stats.Num) figure.Value {
			if p.Hidden {
				return figure.Hide()
			}
			return number(n)
		}
		row := figure.PersistenceRow{Type: p.Type, Share: shown(p.Share), Low: shown(p.Low), High: shown(p.High)}
		region := p.Region
		if region == stats.AllRegions {
			region = "All regions"
			g.Rows = append(g.Rows, row)
			if row.Share.OK() && p.Type != stats.AllTypes {
				if !most.Share.OK() || row.Share.X > most.Share.X {
					most = row
				}
				if !least.Share.OK() || row.Share.X < least.Share.X {
					least = row
				}
			}
		}
		if p.Hidden {
			hidden++
		}
		table.Rows = append(table.Rows, []Cell{{Label: region}, {Label: row.Name()}, {Value: row.Share}, {Value: row.Low}, {Value: row.High}, {Value: shown(p.Addresses)}})
	}
	alt := fmt.Sprintf("Shares of returning addresses of %s.", plural(len(g.Rows)-1, "network type"))
	if most.Share.OK() && most.Type != least.Type {
		alt += fmt.Sprintf(" They are highest for %s with %s and lowest for %s with %s.", most.Name(), most.Share.Text(figure.Percent), least.Name(), least.Share.Text(figure.Percent))
	}
	return []Figure{{
		Name: "persistence", Title: "Returning addresses", chart: g, Table: table, span: m.shownPeriods(),
		Caption: fmt.Sprintf("Of the distinct remote addresses seen %s, the share that was also seen %s with the same network type, both directions, all regions; by region in the table. "+
			"Whiskers are bounds at the level of two standard deviations, from the intersection of sketches of 4,096 addresses; without whiskers the count is exact. Unit: per cent.%s%s",
			m.out.Period.In(), m.out.Before.In(), m.beginsLate(r), m.hiddenRows(hidden)),
		Reading: "A high share is a set of parties that stays: the same machines talk in both periods. A low one is a public that changes, or addresses that are handed out anew, as many households' are.",
		Alt:     alt,
	}}
}

// notCompared says why there is no figure of returning addresses although there is a period before;
// empty if there is one, or nothing to compare.
func (m *maker) notCompared() string {
	if m.Study == nil || m.Study.Returning == nil || !m.Study.Returning.Mixed {
		return ""
	}
	return "Addresses of the two periods are not compared, because ipv6_prefix was changed between them: how many returned cannot be told."
}

// beginsLate says that the store has not all of the period before: fewer addresses could return.
func (m *maker) beginsLate(r *stats.Returning) string {
	if m.Extent.From <= r.Before.From {
		return ""
	}
	return fmt.Sprintf(" Of %s the store has only what came from %s on, so the shares are too low.", m.out.Before.Title(), m.Extent.From.Time().Format("2 January 2006"))
}

func (m *maker) hiddenRows(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s hidden for publication in one of the two periods.", plural(n, "row"))
}
