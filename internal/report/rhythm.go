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

// rhythmFigures show how rates vary: a figure a type, the ranking of regions and types, and the
// candidates for a private interconnect. There are none where the period's slots are not kept.
func (m *maker) rhythmFigures() []Figure {
	if m.Study == nil || m.Study.Rhythm == nil {
		return nil
	}
	r := m.Study.Rhythm
	var out []Figure
	var hidden []string
	for _, t := range figure.StackOrder {
		f, shown := m.variability(r, t)
		switch {
		case shown:
			out = append(out, f)
		case f.Name != "":
			hidden = append(hidden, figure.TypeName(t))
		}
	}
	out = append(out, m.burstiness(r, hidden))
	if r.Candidates != nil {
		out = append(out, m.interconnect(r))
	}
	return out
}

// rateUnit is the unit of rates.
func (m *maker) rateUnit() figure.Unit {
	if m.out.Normalized {
		return figure.Index
	}
	return figure.BPS
}

// rateUnitText is the same in words.
func (m *maker) rateUnitText() string {
	if m.out.Normalized {
		return "an index on the scale of the volumes"
	}
	return "bits per second, decimal prefixes, " + m.corrected()
}

// variability is a type's figure. It has no name where the type has no traffic, and is not shown where
// both directions are hidden.
func (m *maker) variability(r *stats.Rhythm, t flow.NetworkType) (f Figure, shown bool) {
	v := &figure.Variability{Type: t, Period: r.Period, Step: flow.Slot(stats.StepSlots * r.Step), Unit: m.rateUnit()}
	for i := range stats.DeviationBins {
		v.BinAt = append(v.BinAt, stats.DeviationAt(i))
	}
	var words []string
	var any bool
	for i, d := range [...]flow.Direction{flow.Ingress, flow.Egress} {
		name := [...]string{"Ingress", "Egress"}[i]
		v.Ways[i].Name = name
		c := variabilityOf(r, stats.Key{Region: stats.AllRegions, Type: t, Direction: d})
		if c == nil {
			words = append(words, name+" has no traffic.")
			continue
		}
		any = true
		if c.Hidden {
			v.Ways[i].State = figure.Hidden
			words = append(words, name+" is hidden for publication.")
			continue
		}
		shown = true
		v.Ways[i] = m.way(name, c)
		words = append(words, m.variesText(name, c))
	}
	if !any {
		return Figure{}, false
	}
	name := figure.TypeName(t)
	f = Figure{
		Name: "variability-" + t.String(), Title: "Variability: " + name, chart: v, span: m.out.Period.Title(), Table: variabilityTable(r, v),
		Caption: fmt.Sprintf("Rates of ten minutes exchanged with %s networks, all regions together, %s, beside the distribution of their deviation from baseline. "+
			"The line is the mean of %s, the band reaches from its lowest to its highest ten minutes; the baseline of a rate is the median of the same hour of the week (UTC) over the period, and deviations are shares of the direction's average rate, in bins of %s. %s Unit: %s.",
			name, m.ofRates(r), partText(r.Step), figure.Percent.Tick(1./stats.DeviationPerUnit), strings.Join(words, " "), m.rateUnitText()),
		Reading: "A narrow distribution is traffic that keeps its weekly rhythm and can be planned for; a long right tail is bursts. Both series have one scale; each distribution has its own average and height.",
		Alt:     fmt.Sprintf("Series of ingress and egress of %s over %s, each beside a histogram. %s", name, m.out.Period.Title(), strings.Join(words, " ")),
	}
	return f, shown
}

// way is one direction of the figure.
func (m *maker) way(name string, c *stats.Variability) figure.Way {
	w := figure.Way{Name: name, State: figure.Known}
	for _, b := range c.Series {
		w.Bands = append(w.Bands, figure.Band(b))
	}
	d := c.Deviation
	if d == nil {
		w.Words = "no baseline: less than two weeks"
		return w
	}
	for _, n := range d.Counts {
		w.Shares = append(w.Shares, float64(n)/float64(d.Rates))
	}
	w.Words = fmt.Sprintf("90%s%% within %s to %s", nbsp, signedPercent(d.P5), signedPercent(d.P95))
	return w
}

// signedPercent writes a fraction as a signed whole number of per cent.
func signedPercent(x float64) string {
	text := fmt.Sprintf("%+.0f", 100*x)
	if text == "+0" || text == "-0" {
		text = "0"
	}
	return strings.Replace(text, "-", "−", 1) + nbsp + "%"
}

// variesText says a direction's numbers in a sentence.
func (m *maker) variesText(name string, c *stats.Variability) string {
	text := fmt.Sprintf("%s averages %s, with a coefficient of variation of %s, the 95th percentile %s and the largest %s times the average",
		name, number(c.Average).Text(m.rateUnit()), number(c.CV).Text(figure.Count), number(c.P95Ratio).Text(figure.Count), number(c.MaxRatio).Text(figure.Count))
	if d := c.Deviation; d != nil {
		text += fmt.Sprintf("; nine of ten rates lie %s to %s of the average off their baseline", signedPercent(d.P5), signedPercent(d.P95))
		if beyond := d.Below + d.Above; beyond > 0 {
			text += fmt.Sprintf(", and %s of %s beyond the bins", grouped(uint64(beyond)), grouped(uint64(d.Rates)))
		}
	}
	return text + "."
}

// partText names the length of a series' parts.
func partText(step int) string {
	switch minutes := 10 * step; {
	case minutes == 10:
		return "ten minutes"
	case minutes < 60:
		return fmt.Sprintf("%d%sminutes", minutes, nbsp)
	case minutes == 60:
		return "an hour"
	case minutes < 24*60:
		return fmt.Sprintf("%d%shours", minutes/60, nbsp)
	case minutes == 24*60:
		return "a day"
	}
	return fmt.Sprintf("%d%sdays", 10*step/(24*60), nbsp)
}

// variabilityOf is the cell with the key, nil if there is none.
func variabilityOf(r *stats.Rhythm, k stats.Key) *stats.Variability {
	for i := range r.Cells {
		if r.Cells[i].Key == k {
			return &r.Cells[i]
		}
	}
	return nil
}

// variabilityTable is every number of the figure: a row a part of the series, and in the same rows from
// the top, in columns of their own, the bins of the distributions that hold anything.
func variabilityTable(r *stats.Rhythm, v *figure.Variability) Table {
	table := Table{Columns: []Column{
		{Name: "From (UTC)"}, {"Ingress, average", v.Unit}, {"lowest", v.Unit}, {"highest", v.Unit},
		{"Egress, average", v.Unit}, {"lowest", v.Unit}, {"highest", v.Unit},
		{Name: "Deviation"}, {Name: "Ingress, share of rates"}, {Name: "Egress, share of rates"},
	}}
	bins := deviationRows(v)
	n := max(len(v.Ways[0].Bands), len(v.Ways[1].Bands), len(bins))
	for i := range n {
		row := []Cell{{}}
		for w := range v.Ways {
			way := &v.Ways[w]
			cells := [3]Cell{}
			for j := range cells {
				cells[j].Value.State = way.State
				if way.State == figure.Known {
					cells[j].Value = figure.Value{}
				}
			}
			if i < len(way.Bands) {
				row[0].Label = (r.Period.From + v.Step*flow.Slot(i)).Time().Format("2006-01-02 15:04")
				b := way.Bands[i]
				cells = [3]Cell{{Value: figure.Num(b.Avg)}, {Value: figure.Num(b.Low)}, {Value: figure.Num(b.High)}}
			}
			row = append(row, cells[:]...)
		}
		if i < len(bins) {
			row = append(row, bins[i][:]...)
		} else {
			row = append(row, Cell{}, Cell{}, Cell{})
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// deviationRows are the bins that hold anything: the bin's centre and each direction's share.
func deviationRows(v *figure.Variability) [][3]Cell {
	var out [][3]Cell
	for i, at := range v.BinAt {
		row, any := [3]Cell{{Label: signedPercent(at)}}, false
		for w := range v.Ways {
			switch way := &v.Ways[w]; {
			case way.State == figure.Hidden:
				row[1+w].Label = figure.Hide().Text(figure.Percent)
			case way.Shares != nil:
				row[1+w].Label = figure.Percent.Digits(way.Shares[i], 4)
				any = any || way.Shares[i] > 0
			}
		}
		if any {
			out = append(out, row)
		}
	}
	return out
}

// burstiness ranks regions and types.
func (m *maker) burstiness(r *stats.Rhythm, hiddenSeries []string) Figure {
	g := &figure.Burstiness{}
	table := Table{Columns: []Column{{Name: "Region"}, {Name: "Network type"}, {"Average", m.rateUnit()},
		{"95th percentile over average", figure.Count}, {"Largest over average", figure.Count}, {"Coefficient of variation", figure.Count}}}
	hidden := 0
	cells := slices.DeleteFunc(slices.Clone(r.Cells), func(c stats.Variability) bool { return c.Direction != flow.Both })
	slices.SortStableFunc(cells, func(a, b stats.Variability) int {
		return cmp.Or(cmp.Compare(b.P95Ratio.Value, a.P95Ratio.Value), cmp.Compare(b.MaxRatio.Value, a.MaxRatio.Value))
	})
	for i := range cells {
		c := &cells[i]
		shown := func(n stats.Num) figure.Value {
			if c.Hidden {
				return figure.Hide()
			}
			return number(n)
		}
		region, name := c.Region, "All types"
		if c.Region == stats.AllRegions {
			region = "All regions"
		}
		if c.Type != stats.AllTypes {
			name = figure.TypeName(c.Type)
		}
		p95, largest, cv := shown(c.P95Ratio), shown(c.MaxRatio), shown(c.CV)
		table.Rows = append(table.Rows, []Cell{{Label: region}, {Label: name}, {Value: shown(c.Average)}, {Value: p95}, {Value: largest}, {Value: cv}})
		if c.Region == stats.AllRegions || c.Type == stats.AllTypes {
			continue
		}
		if c.Hidden {
			hidden++
			continue
		}
		g.Rows = append(g.Rows, figure.BurstRow{Region: c.Region, Type: c.Type, P95: p95, Max: largest, Var: cv})
	}
	note := ""
	if len(hiddenSeries) > 0 {
		note = " Hidden in both directions, and so without a figure of their own: " + list(hiddenSeries) + "."
	}
	if n := len(g.Rows) - figure.MaxBurstRows; n > 0 {
		note += fmt.Sprintf(" The figure has the first %d; the table has the other %d too.", figure.MaxBurstRows, n)
	}
	return Figure{
		Name: "burstiness", Title: "Burstiness by region and network type", chart: g, Table: table, span: m.out.Period.Title(),
		Caption: fmt.Sprintf("95th percentile and largest of ten-minute rates over their average, and coefficient of variation (standard deviation over average), by region and network type, both directions, %s; most bursty first. Logarithmic scale, no unit.%s%s",
			m.ofRates(r), m.hiddenCells(hidden), note),
		Reading: "A steady stream has 1 for all but the coefficient, which is 0; a daily wave between nothing and twice the average has 1.99 and 2. What lies far to the right needs capacity that is idle most of the time.",
		Alt:     burstiest(g),
	}
}

// hiddenCells says how many cells of a figure are hidden.
func (m *maker) hiddenCells(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" %s hidden in the period or in one of its months, and left out.", plural(n, "cell"))
}

func burstiest(g *figure.Burstiness) string {
	if len(g.Rows) == 0 {
		return "A ranking by burstiness of which no cell can be shown."
	}
	r := g.Rows[0]
	return fmt.Sprintf("A ranking of "+plural(len(g.Rows), "cell")+" by burstiness. The most bursty is %s in %s, with a 95th percentile of %s times the average.", figure.TypeName(r.Type), r.Region, r.P95.Text(figure.Count))
}

// ofRates names the period of which rates are told.
func (m *maker) ofRates(r *stats.Rhythm) string {
	if r.Period.From <= m.Now.Period.From {
		return m.out.Period.Title()
	}
	return m.out.Period.Title() + " from " + r.Period.From.Time().Format("2 January 2006 15:04") + " UTC on, where the store begins"
}

// interconnect is the candidates by region.
func (m *maker) interconnect(rhythm *stats.Rhythm) Figure {
	c, u := rhythm.Candidates, m.rateUnit()
	g := &figure.Interconnect{Unit: u}
	table := Table{Columns: []Column{{Name: "Region"}, {"Networks", figure.Count}, {"Least 95th percentile of one", u},
		{"Average together", u}, {"95th percentile together", u}, {"Largest together", u}, {"95th percentile over average", figure.Count}}}
	hidden := 0
	for i := range c.Regions {
		r := &c.Regions[i]
		shown := func(n stats.Num) figure.Value {
			if r.Hidden {
				return figure.Hide()
			}
			return number(n)
		}
		if r.Hidden {
			hidden++
		}
		row := figure.InterconnectRow{Region: r.Region, Networks: shown(r.Count), Average: shown(r.Average), P95: shown(r.P95), Max: shown(r.Max)}
		g.Rows = append(g.Rows, row)
		table.Rows = append(table.Rows, []Cell{{Label: r.Region}, {Value: row.Networks}, {Value: shown(r.Least)},
			{Value: row.Average}, {Value: row.P95}, {Value: row.Max}, {Value: shown(r.P95Ratio)}})
	}
	text := ""
	if hidden > 0 {
		text = fmt.Sprintf(" %s hidden: fewer than %d candidates, or one of them dominates, or the region is hidden.", plural(hidden, "region"), m.Policy.MinNetworks)
	}
	return Figure{
		Name: "interconnect", Title: "Candidates for a private interconnect", chart: g, Table: table, span: m.out.Period.Title(),
		Caption: fmt.Sprintf("Networks whose five-minute rates over transit and exchange links are high and bursty, by region, both directions, %s: a 95th percentile of at least %s of that of all the region's traffic, and of at least %d times the network's own average. "+
			"Rates are those of the candidates' sum, so percentiles are not added; networks that have traffic in a hidden cell are left out. Unit: %s.%s",
			m.ofRates(rhythm), figure.Percent.Tick(stats.CandidateShare), stats.CandidateRatio, m.rateUnitText(), text),
		Reading: "The longer the pale part of a bar beside its dark part, the more of the shared links' capacity waits for these networks' bursts; a private interconnect takes them off.",
		Alt:     "Bars of the candidates' rates together, by region. " + candidateWords(c),
	}
}

// candidateWords say of how many regions the candidates can be told, and how many they are in each:
// regions share networks, so their counts are not added.
func candidateWords(c *stats.Candidates) string {
	told, least, most := candidateRange(c, 0)
	if told == 0 {
		return "No region can be told."
	}
	count := candidateCount(least, most)
	if told > 1 && most > 0 {
		count += " in each"
	}
	return fmt.Sprintf("%s of %d can be told: %s.", plural(told, "region"), len(c.Regions), count)
}

// candidateRange is how many regions are not hidden and have at least so many candidates, and the
// fewest and most candidates of one of them.
func candidateRange(c *stats.Candidates, atLeast int) (regions, least, most int) {
	for i := range c.Regions {
		n := int(c.Regions[i].Count.Value)
		if c.Regions[i].Hidden || n < atLeast {
			continue
		}
		if regions == 0 {
			least, most = n, n
		}
		regions, least, most = regions+1, min(least, n), max(most, n)
	}
	return regions, least, most
}

// candidateCount says how many candidates regions have.
func candidateCount(least, most int) string {
	switch {
	case most == 0:
		return "no candidates"
	case least < most:
		return fmt.Sprintf("between %d and %s", least, plural(most, "candidate"))
	}
	return plural(most, "candidate")
}
