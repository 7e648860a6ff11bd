package report

import (
	"fmt"
	"math"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// findings are the sentences at the head of the report, the most important first. Each is computed
// from published numbers, names them, and is left out where they are hidden or missing.
func (m *maker) findings() []Finding {
	var out []Finding
	for _, rule := range []func() (Finding, bool){
		m.findTotal, m.findLargest, m.findGain, m.findLoss, m.findCloud, m.findPeak, m.findCell, m.findMagnitude, m.findDirections, m.findIPv6,
		m.findNoComparison, m.findHidden,
	} {
		if f, ok := rule(); ok {
			out = append(out, f)
		}
	}
	return out
}

// findTotal: how much, with how many, and against the period before. Rates are compared, not
// volumes: periods differ in length.
func (m *maker) findTotal() (Finding, bool) {
	bits, unique := bitsIn(m.Now, stats.Total), uniqueIn(m.Now, stats.Total)
	if !bits.OK() {
		return Finding{}, false
	}
	f := Finding{Figure: "volume", Numbers: []Number{{Name: "volume", Value: bits, Unit: m.unit}}}
	f.Text = fmt.Sprintf("In %s the network exchanged %s", m.out.Period.Title(), bits.Text(m.unit))
	if m.out.Normalized {
		f.Text = fmt.Sprintf("In %s the network's traffic came to %s (the first whole month is 100), exchanged", m.out.Period.Title(), bits.Text(m.unit))
	}
	if unique.OK() {
		f.Text += fmt.Sprintf(" with %s distinct addresses", unique.Text(figure.Count))
		f.Numbers = append(f.Numbers, Number{Name: "distinct addresses", Value: unique, Unit: figure.Count})
	}
	if change, ok := m.rateChange(stats.Total); ok {
		f.Text += fmt.Sprintf("; the average rate was %s than in %s", moreOrLess(change), m.out.Before.Title())
		f.Numbers = append(f.Numbers, Number{Name: "change of the average rate", Value: figure.Num(change), Unit: figure.Percent})
	}
	f.Text += "."
	return f, true
}

// rateChange is the relative change of a cell's average rate.
func (m *maker) rateChange(k stats.Key) (float64, bool) {
	now, before := bitsIn(m.Now, k), bitsIn(m.before(), k)
	if !now.OK() || !before.OK() || before.X == 0 {
		return 0, false
	}
	a, b := now.X/float64(m.Now.Period.Seconds()), before.X/float64(m.Before.Period.Seconds())
	return a/b - 1, true
}

// moreOrLess is "12 % higher", "3.1 % lower", "the same".
func moreOrLess(change float64) string {
	switch text := figure.Percent.Format(math.Abs(change)); {
	case math.Abs(change) < 0.0005:
		return "no different"
	case change > 0:
		return text + " higher"
	default:
		return text + " lower"
	}
}

// findLargest: the type with most bits, and the next.
func (m *maker) findLargest() (Finding, bool) {
	rows := m.shareRows()
	if len(rows) < 2 || !rows[0].Now.OK() || rows[0].Type == stats.AllTypes {
		return Finding{}, false
	}
	first, second := rows[0], rows[1]
	f := Finding{Figure: "shares", Numbers: []Number{{Name: first.Name + " share", Value: first.Now, Unit: figure.Percent}}}
	share := first.Now.Text(figure.Percent)
	compared := second.Type != stats.AllTypes && second.Now.X > 0
	if compared {
		f.Numbers = append(f.Numbers, Number{Name: second.Name + " share", Value: second.Now, Unit: figure.Percent})
	}
	switch {
	case compared && second.Now.X == first.Now.X:
		f.Text = fmt.Sprintf("%s and %s are the largest types with %s of all bits each.", first.Name, second.Name, share)
	case compared:
		f.Text = fmt.Sprintf("%s is the largest type with %s of all bits, before %s with %s.", first.Name, share, second.Name, second.Now.Text(figure.Percent))
	default:
		f.Text = fmt.Sprintf("%s is the largest type with %s of all bits.", first.Name, share)
	}
	if m.anyTypeHidden(m.Now) {
		f.Text = notHidden + f.Text
	}
	return f, true
}

// notHidden begins sentences that only speak of what is published.
const notHidden = "Of the types that are not hidden, "

func (m *maker) anyTypeHidden(s *stats.Sheet) bool {
	for _, t := range m.types {
		if bitsIn(s, typeKey(t)).State == figure.Hidden {
			return true
		}
	}
	return false
}

// leastMove is the change in percentage points below which a move is not worth a sentence.
const leastMove = 0.1

// findGain: the type that gained most.
func (m *maker) findGain() (Finding, bool) {
	movers := m.movers()
	if len(movers) == 0 || movers[0].change < leastMove {
		return Finding{}, false
	}
	return m.moved("gained", movers[0]), true
}

// findLoss: the type that lost most.
func (m *maker) findLoss() (Finding, bool) {
	movers := m.movers()
	if len(movers) == 0 || movers[len(movers)-1].change > -leastMove {
		return Finding{}, false
	}
	return m.moved("lost", movers[len(movers)-1]), true
}

func (m *maker) moved(verb string, v mover) Finding {
	name := figure.TypeName(v.t)
	f := Finding{
		Figure: "shares",
		Text: fmt.Sprintf("%s %s most since %s: from %s to %s of all bits (%s%spoints).", name, verb, m.out.Before.Title(),
			v.before.Text(figure.Percent), v.now.Text(figure.Percent), figure.PointsText(v.change), nbsp),
		Numbers: []Number{
			{Name: name + " share before", Value: v.before, Unit: figure.Percent},
			{Name: name + " share", Value: v.now, Unit: figure.Percent},
			{Name: name + " change", Value: figure.Num(v.change), Unit: figure.Points},
		},
	}
	if m.anyTypeHidden(m.Now) || m.anyTypeHidden(m.before()) {
		f.Text = notHidden + f.Text
	}
	return f
}

// findCloud: the cloud group's share, which says which types are in it.
func (m *maker) findCloud() (Finding, bool) {
	now, before := groupShareIn(m.Now, "cloud"), groupShareIn(m.before(), "cloud")
	if !now.OK() || now.X == 0 {
		return Finding{}, false
	}
	f := Finding{Figure: "shares", Numbers: []Number{{Name: "cloud share", Value: now, Unit: figure.Percent}}}
	f.Text = fmt.Sprintf("The clouds together (%s) carry %s of all bits", groupMembers("cloud"), now.Text(figure.Percent))
	if before.OK() {
		f.Text += fmt.Sprintf(", after %s in %s", before.Text(figure.Percent), m.out.Before.Title())
		f.Numbers = append(f.Numbers, Number{Name: "cloud share before", Value: before, Unit: figure.Percent})
	}
	f.Text += "."
	return f, true
}

// findPeak: the month with most bits of those shown.
func (m *maker) findPeak() (Finding, bool) {
	var peak figure.Value
	at, shown, alone := "", 0, true
	for _, month := range m.out.Months {
		if v := bitsIn(m.byMonth[month], stats.Total); v.OK() {
			shown++
			if v.X > peak.X {
				peak, at, alone = v, month, true
			} else if v.X == peak.X {
				alone = false
			}
		}
	}
	if shown < 2 || shown < len(m.out.Months) || !alone {
		return Finding{}, false
	}
	return Finding{
		Figure: "volume",
		Text: fmt.Sprintf("Of the %s to %s, %s has the most traffic: %s.", plural(shown, "month"), periodTitle(m.out.Months[shown-1]),
			periodTitle(at), peak.Text(m.unit)),
		Numbers: []Number{{Name: "volume of " + at, Value: peak, Unit: m.unit}},
	}, true
}

// findCell: the region and type that exchange most.
func (m *maker) findCell() (Finding, bool) {
	var most figure.Value
	var region string
	var t flow.NetworkType
	hidden := false
	for _, r := range m.regions {
		for _, ty := range m.types {
			v := bitsIn(m.Now, cellKey(r, ty))
			hidden = hidden || v.State == figure.Hidden
			if v.X > most.X {
				most, region, t = v, r, ty
			}
		}
	}
	total := bitsIn(m.Now, stats.Total)
	if len(m.regions) < 2 || !most.OK() || !total.OK() || total.X == 0 {
		return Finding{}, false
	}
	share := figure.Num(most.X / total.X)
	f := Finding{
		Figure: "heat-volume",
		Text:   fmt.Sprintf("The largest cell is %s with %s: %s, %s of all bits.", region, figure.TypeName(t), most.Text(m.unit), share.Text(figure.Percent)),
		Numbers: []Number{
			{Name: region + " " + figure.TypeName(t) + " volume", Value: most, Unit: m.unit},
			{Name: region + " " + figure.TypeName(t) + " share", Value: share, Unit: figure.Percent},
		},
	}
	if hidden {
		f.Text = "Of the cells that are not hidden, the" + f.Text[len("The"):]
	}
	return f, true
}

// findMagnitude: who moves most per address, and by how much more than all together.
func (m *maker) findMagnitude() (Finding, bool) {
	t, v := m.top(m.Now, magnitudeIn)
	all := magnitudeIn(m.Now, stats.Total)
	if !v.OK() || !all.OK() || all.X == 0 || len(m.types) < 2 {
		return Finding{}, false
	}
	times := v.X / all.X
	f := Finding{
		Figure: "heat-magnitude",
		Text: fmt.Sprintf("%s moves the most per address: %s, %s times the %s of all types together.", figure.TypeName(t), v.Text(m.unit),
			timesText(times), all.Text(m.unit)),
		Numbers: []Number{
			{Name: figure.TypeName(t) + " magnitude", Value: v, Unit: m.unit},
			{Name: "magnitude", Value: all, Unit: m.unit},
		},
	}
	if m.anyTypeHidden(m.Now) {
		f.Text = notHidden + f.Text
	}
	return f, true
}

// timesText is a factor with two significant digits: "3.4", "8,200".
func timesText(x float64) string {
	if x < 1000 {
		return figure.Count.Digits(x, 2)
	}
	unit := math.Pow10(int(math.Log10(x)) - 1)
	return grouped(uint64(math.Round(x/unit) * unit))
}

// findDirections: ingress against egress.
func (m *maker) findDirections() (Finding, bool) {
	in, out := stats.Total, stats.Total
	in.Direction, out.Direction = flow.Ingress, flow.Egress
	a, b := ratioIn(m.Now, in, stats.Total), ratioIn(m.Now, out, stats.Total)
	if !a.OK() || !b.OK() {
		return Finding{}, false
	}
	return Finding{
		Figure: "flow",
		Text:   fmt.Sprintf("%s of the bits came in, %s went out.", a.Text(figure.Percent), b.Text(figure.Percent)),
		Numbers: []Number{
			{Name: "ingress share", Value: a, Unit: figure.Percent},
			{Name: "egress share", Value: b, Unit: figure.Percent},
		},
	}, true
}

// findIPv6: the IPv6 share, and the period before's.
func (m *maker) findIPv6() (Finding, bool) {
	v6 := stats.Total
	v6.Version = 6
	now, before := ratioIn(m.Now, v6, stats.Total), ratioIn(m.before(), v6, stats.Total)
	if !now.OK() {
		return Finding{}, false
	}
	f := Finding{Figure: "ip-versions", Numbers: []Number{{Name: "IPv6 share", Value: now, Unit: figure.Percent}}}
	f.Text = fmt.Sprintf("IPv6 carries %s of all bits", now.Text(figure.Percent))
	if before.OK() {
		f.Text += fmt.Sprintf(", after %s in %s", before.Text(figure.Percent), m.out.Before.Title())
		f.Numbers = append(f.Numbers, Number{Name: "IPv6 share before", Value: before, Unit: figure.Percent})
	}
	f.Text += "."
	return f, true
}

// findNoComparison: says that there is nothing to compare with.
func (m *maker) findNoComparison() (Finding, bool) {
	if m.out.HasBefore {
		return Finding{}, false
	}
	return Finding{
		Figure: "shares",
		Text:   fmt.Sprintf("The store has no traffic of %s, so nothing is compared with it.", m.out.Before.Title()),
	}, true
}

// findHidden: says why there is nothing of the totals, and what can be done. A sheet does not say
// for which rule a cell is hidden, and neither may the report: that a total is itself below a
// threshold would be news of its own.
func (m *maker) findHidden() (Finding, bool) {
	if bitsIn(m.Now, stats.Total).State != figure.Hidden {
		return Finding{}, false
	}
	return Finding{
		Figure: "volume",
		Text: fmt.Sprintf("The total of %s is hidden, and with it every share of it, because it or what could be computed from it is too small to publish: "+
			"too few addresses or networks, or one network with nearly all of the bits. "+
			"For publishing more there are the thresholds below (publish: in the configuration) and publish.always, the types that have agreed to be seen; "+
			"for own use tributary dataset --unsuppressed writes every number.", m.out.Period.Title()),
	}, true
}
