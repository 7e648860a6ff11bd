package explore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/internal/filter"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
)

// counted is what a row of the twin exchanged: octets by slot, and V.
type counted struct {
	slots map[flow.Slot]uint64
	v     float64
}

// volumes goes through all flows of a stretch of time that pass, by the values of the dimensions; "" is
// the total.
func (p *past) volumes(from, to time.Time, by []Dimension, open bool, pass func(*flow.Flow) bool) map[string]*counted {
	out := map[string]*counted{}
	list := p.flows
	if open {
		list = append(slices.Clone(list), p.open...)
	}
	for i := range list {
		f := &list[i]
		at := flow.SlotOf(f.Start)
		if at.Time().Before(from) || !at.Time().Before(to) || !pass(f) {
			continue
		}
		var key []string
		for _, d := range by {
			key = append(key, p.located(f, d))
		}
		for _, k := range slices.Compact([]string{"", strings.Join(key, "|")}) {
			if out[k] == nil {
				out[k] = &counted{slots: map[flow.Slot]uint64{}}
			}
			out[k].slots[at] += f.Octets * f.Scale()
			out[k].v += rollup.Variance(f.Octets, f.Packets, f.Rate).Float64()
		}
	}
	return out
}

// located is value, of places too.
func (p *past) located(f *flow.Flow, d Dimension) string {
	place := p.source.Store.Names().Places.Value(f.Place)
	text := ""
	switch d {
	case ByCountry:
		text = place.Country
	case BySubdivision:
		if place.Subdivision != "" {
			text = place.Country + "-" + place.Subdivision
		}
	case ByCity:
		text = place.City
	default:
		return p.value(f, d)
	}
	if text == "" {
		return "unknown"
	}
	return text
}

// measure is a measure of a row over a stretch of time.
func (c *counted) measure(m Measure, from, to time.Time, total *counted) stats.Num {
	first, end := flow.SlotAt(from), flow.SlotAt(to)
	sum := func(c *counted) (octets float64, some []uint64) {
		if c == nil {
			return 0, nil
		}
		for at, n := range c.slots {
			if at >= first && at < end {
				octets += float64(n)
				some = append(some, n)
			}
		}
		return octets, some
	}
	octets, all := sum(c)
	whole, _ := sum(total)
	all = append(all, make([]uint64, int(end-first)-len(all))...)
	slices.Sort(all)
	slices.Reverse(all)
	switch m {
	case Rate:
		return stats.NumOf(8 * octets / to.Sub(from).Seconds())
	case P95:
		return stats.NumOf(8 * float64(all[len(all)/20]) / 300)
	case Maximum:
		return stats.NumOf(8 * float64(all[0]) / 300)
	case Share:
		if whole == 0 {
			return stats.Num{}
		}
		return stats.NumOf(8 * octets / (8 * whole))
	}
	return stats.NumOf(8 * octets)
}

// byVolume are an answer's rows by their keys' values; "" is the total.
func byVolume(a *Answer) map[string]Row {
	rows := map[string]Row{"": a.Total}
	for _, r := range a.Rows {
		var key []string
		for _, k := range r.Keys {
			key = append(key, k.Value)
		}
		rows[strings.Join(key, "|")] = r
	}
	return rows
}

// checkVolumes asks and compares every number.
func (p *past) checkVolumes(t *testing.T, q Question, pass func(*flow.Flow) bool) {
	t.Helper()
	a, err := p.explorer.Ask(context.Background(), q)
	if err != nil {
		t.Errorf("%+v: %v", q, err)
		return
	}
	open := strings.HasSuffix(q.Range, "h") || q.Range == "7d" || strings.Contains(q.Range, "T")
	first, _, _ := slotsOf(p.explorer.config.Open().Batch)
	if got := a.Open != nil; got != (open && a.To.After(first.Time())) {
		t.Errorf("%+v: open is %v", q, a.Open)
	}
	oldest, _ := p.source.Store.Oldest()
	compare := func(what string, key string, span *Span, values []stats.Num, all map[string]*counted) {
		t.Helper()
		for i, from := range span.Times {
			to := span.To
			if i+1 < len(span.Times) {
				to = span.Times[i+1]
			}
			w := all[key].measure(q.Measure, from, to, all[""])
			if !to.After(oldest.Time()) {
				w = stats.Num{}
			}
			if values[i] != w {
				t.Errorf("%+v: %s %q at %s: got %v, want %v", q, what, key, from, values[i], w)
			}
		}
	}
	now := p.volumes(a.From, a.To, q.By, open, pass)
	rows := byVolume(a)
	for key := range now {
		if _, ok := rows[key]; !ok {
			t.Errorf("%+v: no row %q", q, key)
		}
	}
	for key, r := range rows {
		compare("row", key, &a.Span, r.Values, now)
		if w := now[key].measure(q.Measure, a.From, a.To, now[""]); r.Whole.Value != w && len(a.Times) > 0 {
			t.Errorf("%+v: row %q over the whole: got %v, want %v", q, key, r.Whole.Value, w)
		}
		if c := now[key]; c != nil && (q.Measure == Volume || q.Measure == Rate) {
			octets := c.measure(Volume, a.From, a.To, nil).Value / 8
			if want := 1.96 * math.Sqrt(c.v) / octets; math.Abs(r.Whole.Error.Value-want) > 1e-9*want {
				t.Errorf("%+v: row %q: sampling error %v, want %v", q, key, r.Whole.Error, want)
			}
		}
		if q.Previous {
			compare("row before", key, a.Previous, r.Before, p.volumes(a.Previous.From, a.Previous.To, q.By, open, pass))
		}
	}
}

func TestVolumesAgainstTwin(t *testing.T) {
	t.Parallel()
	p := newPast(t, 2000, 6)
	filters := map[string]func(*flow.Flow) bool{
		"": func(*flow.Flow) bool { return true },
		"type = cdn or region = us-west": func(f *flow.Flow) bool {
			return p.value(f, ByType) == "cdn" || p.value(f, ByRegion) == "US-West"
		},
		"not link.kind = migration and direction = ingress and ip.version in (4)": func(f *flow.Flow) bool {
			return p.value(f, ByLinkKind) != "migration" && f.Direction == flow.Ingress && f.Version == 4
		},
		"group = cloud and not (network = Example and direction = egress)": func(f *flow.Flow) bool {
			return p.value(f, ByGroup) == "cloud" && (p.network(f) != "Example" || f.Direction != flow.Egress)
		},
		"as = 64501..64503 and provider = none": func(f *flow.Flow) bool {
			return f.AS >= 64501 && f.AS <= 64503 && p.value(f, ByProvider) == "none"
		},
		"region = US-West and region = EU-Central": func(*flow.Flow) bool { return false },
	}
	times := []struct{ text, step string }{
		{"2025-11", "1d"}, {"2025Q4", "1mo"}, {"2025", "whole"}, {"24h", "1h"}, {"3h", "5m"}, {"7d", "1d"},
		{"2025-12-10T05:05..2025-12-10T06:40", "10m"}, {"2025-11-14T03:35..2025-12-10T07:10", "1d"}, {"2025-10-02..2025-10-06", "1h"},
	}
	dimensions := [][]Dimension{
		{ByType}, {}, {ByRegion, ByType}, {ByDirection, ByVersion}, {ByLink, ByGroup}, {ByLinkKind}, {ByProvider}, {ByNetwork}, {ByAS, ByRegion, ByDirection},
	}
	measures := []Measure{Volume, Rate, P95, Maximum, Share}
	n := 0
	for where, pass := range filters {
		for _, when := range times {
			for i, by := range dimensions {
				if where != "" && i > 3 {
					continue // with a filter, some will do
				}
				n++
				q := Question{Measure: measures[n%len(measures)], By: by, Where: where, Range: when.text, Step: when.step, Top: 100, Previous: n%3 == 0}
				p.checkVolumes(t, q, pass)
			}
		}
	}
}

func TestPlacesAgainstTwin(t *testing.T) {
	t.Parallel()
	p := newPast(t, 1000, 6)
	country := func(f *flow.Flow) string { return p.located(f, ByCountry) }
	filters := map[string]func(*flow.Flow) bool{
		"":             func(*flow.Flow) bool { return true },
		"country = us": func(f *flow.Flow) bool { return country(f) == "US" },
		"country = unknown or type = cdn": func(f *flow.Flow) bool {
			return country(f) == "unknown" || p.value(f, ByType) == "cdn"
		},
		"not country = DE and region = US-West": func(f *flow.Flow) bool {
			return country(f) != "DE" && p.value(f, ByRegion) == "US-West"
		},
		"subdivision = US-VA or country = DE and direction = egress": func(f *flow.Flow) bool {
			return p.located(f, BySubdivision) == "US-VA" || country(f) == "DE" && f.Direction == flow.Egress
		},
	}
	times := []struct{ text, step string }{
		{"2025-11", "1d"}, {"2025Q4", "1mo"}, {"2025", "whole"}, {"24h", "1h"}, {"2025-12-09T05:05..2025-12-10T05:40", "1h"},
	}
	for where, pass := range filters {
		for i, when := range times {
			for _, by := range [][]Dimension{{ByCountry}, {BySubdivision, ByType}, {ByCity}, {ByNetwork}} {
				if where == "" && by[0] == ByNetwork {
					continue // no place in it
				}
				m := []Measure{Volume, Rate, Share}[i%3]
				p.checkVolumes(t, Question{Measure: m, By: by, Where: where, Range: when.text, Step: when.step, Top: 100, Previous: i%2 == 0}, pass)
			}
		}
	}
}

// Where the dataset has the same cell, the number is the same to the last bit.
func TestVolumesAgainstSheets(t *testing.T) {
	t.Parallel()
	p := newPast(t, 6000, 6)
	var periods []flow.Period
	for _, name := range []string{"2025-10", "2025-11", "2025-12", "2025Q4", "2025"} {
		period, err := flow.ParsePeriod(name)
		if err != nil {
			t.Fatal(err)
		}
		periods = append(periods, period)
	}
	sheets, err := p.source.Ask(context.Background(), stats.Question{Periods: periods, Unsuppressed: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i, sheet := range sheets.Periods {
		name := periods[i].Name
		rows := map[string]Row{}
		for _, cell := range sheet.Cells {
			var where []string
			if cell.Region != stats.AllRegions {
				where = append(where, "region = "+cell.Region)
			}
			if cell.Direction != flow.Both {
				where = append(where, "direction = "+cell.Direction.String())
			}
			if cell.Version != stats.AllVersions {
				where = append(where, fmt.Sprintf("ip.version = %d", cell.Version))
			}
			text := strings.Join(where, " and ")
			for m, want := range map[Measure]stats.Num{Volume: cell.Bits, Rate: cell.BpsAvg, P95: cell.BpsP95, Maximum: cell.BpsMax, Share: cell.Share} {
				key := string(m) + text
				if _, ok := rows[key]; !ok {
					a, err := p.explorer.Ask(context.Background(), Question{Measure: m, By: []Dimension{ByType}, Where: text, Range: name, Step: "whole"})
					if err != nil {
						t.Fatal(err)
					}
					for typ, row := range byVolume(a) {
						rows[key+typ] = row
					}
				}
				if cell.Type != stats.AllTypes {
					key += cell.Type.String()
				}
				got := rows[key].Whole
				if got.Value != want || m == Volume && got.Error != cell.BitsError {
					t.Errorf("%s %v: %s is %v, the sheet has %v, %v", name, cell.Key, m, got, want, cell.BitsError)
				}
				seen++
			}
		}
	}
	if seen < 500 {
		t.Errorf("only %d numbers compared", seen)
	}
}

// Rows beyond the largest are summed in one, whether they were read at once or after the largest were
// found.
func TestOthers(t *testing.T) {
	t.Parallel()
	p := newPast(t, 2000, 6)
	ask := func(step string, by ...Dimension) *Answer {
		a, err := p.explorer.Ask(context.Background(), Question{By: by, Range: "2025-10-04T00:00..2025-12-10T07:00", Step: step, Top: 3, Previous: true})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, step := range []string{"1d", "1h"} {
		for _, by := range [][]Dimension{{ByNetwork}, {ByNetwork, ByRegion, ByDirection}, {ByAS, ByLink, ByRegion}} {
			a := ask(step, by...)
			if len(a.Rows) != 3 || a.Others == nil || a.Left < 2 {
				t.Fatalf("by %v: %d rows, others %v, %d left", by, len(a.Rows), a.Others, a.Left)
			}
			rows := append(slices.Clone(a.Rows), *a.Others)
			whole := 0.0
			for _, r := range rows {
				whole += r.Whole.Value.Value
			}
			if whole != a.Total.Whole.Value.Value {
				t.Errorf("by %v: rows add up to %v, the total is %v", by, whole, a.Total.Whole.Value)
			}
			for i := range a.Times {
				sum := 0.0
				for _, r := range rows {
					sum += r.Values[i].Value
				}
				if sum != a.Total.Values[i].Value {
					t.Errorf("by %v, step %d: rows add up to %v, the total is %v", by, i, sum, a.Total.Values[i])
				}
			}
			for i := 1; i < len(a.Rows); i++ {
				if a.Rows[i-1].Whole.Value.Value < a.Rows[i].Whole.Value.Value {
					t.Errorf("by %v: row %d is larger than the one before", by, i)
				}
			}
		}
	}
}

// What is open counts only where the store has not got it.
func TestOpenMeetsTheStore(t *testing.T) {
	t.Parallel()
	p := newPast(t, 500, 6)
	ctx, q := context.Background(), Question{Range: "24h"}
	before, err := p.explorer.Ask(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if before.Open == nil {
		t.Fatal("nothing is open: the test shows nothing")
	}
	open := p.explorer.config.Open()
	if err := p.source.Store.Commit(ctx, open.Batch); err != nil {
		t.Fatal(err)
	}
	after, err := p.explorer.Ask(ctx, q) // the open batch is of before the commit now
	if err != nil {
		t.Fatal(err)
	}
	if after.Open != nil || after.Total.Whole.Value != before.Total.Whole.Value {
		t.Errorf("%v with what was open (%v) committed, %v before", after.Total.Whole, after.Open, before.Total.Whole)
	}
}

func TestWrongQuestions(t *testing.T) {
	t.Parallel()
	p := newPast(t, 100, 6)
	f := func(field string, q Question) {
		t.Helper()
		_, err := p.explorer.Ask(context.Background(), q)
		var wrong *QuestionError
		if !errors.As(err, &wrong) || wrong.Field != field || !strings.Contains(wrong.Message, " ") {
			t.Errorf("%+v: %v; want a sentence about %q", q, err, field)
		}
	}
	f("measure", Question{Measure: "bits"})
	f("by", Question{By: []Dimension{"colour"}})
	f("by", Question{By: []Dimension{ByType, ByType}})
	f("by", Question{By: []Dimension{ByType, ByAS, ByLink, ByRegion}})
	f("by", Question{Measure: P95, By: []Dimension{ByCountry}})
	f("where", Question{Measure: Uniqueness, Where: "country = US"})
	f("top", Question{Top: -1})
	f("top", Question{Top: 101})
	f("step", Question{Step: "2h"})
	f("step", Question{Step: "5m", By: []Dimension{ByCountry}})
	f("step", Question{Step: "5m", Range: "2025-11"})
	f("range", Question{Range: "yesterday"})
	f("range", Question{Range: "2025-11-02..2025-11-01"})
	f("range", Question{Range: "2025-11-02T10:01..2025-11-03"})
	f("range", Question{Range: "7m"})
	f("range", Question{Range: "0h"})
	var wrong *filter.Error
	if _, err := p.explorer.Ask(context.Background(), Question{Where: "type = "}); !errors.As(err, &wrong) {
		t.Errorf("a wrong filter gives %v", err)
	}
}

// Questions about nothing are answered with nothing, and a sentence.
func TestNothing(t *testing.T) {
	t.Parallel()
	p := newPast(t, 100, 6)
	for _, q := range []Question{{Range: "2019"}, {Range: "2031-01"}, {Range: "2031-01-01T00:00..2031-01-02T00:00", Measure: P95, By: []Dimension{ByNetwork}}} {
		a, err := p.explorer.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Rows) != 0 || a.Total.Whole.Value.Value != 0 || len(a.Notes) == 0 {
			t.Errorf("%+v: %d rows, total %v, notes %v", q, len(a.Rows), a.Total.Whole, a.Notes)
		}
	}
}

// A month that is not over says so, and that the one before it stands beside it whole.
func TestUnfinishedMonth(t *testing.T) {
	t.Parallel()
	p := newPast(t, 500, 6)
	newest, _ := p.source.Store.Newest()
	month := flow.MonthOf(newest)
	if month.To == newest+1 {
		t.Fatalf("%s is over: the test shows nothing", month.Name)
	}
	says := func(q Question, words string) bool {
		t.Helper()
		a, err := p.explorer.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(a.Notes, func(n Note) bool { return strings.Contains(n.What+n.Do, words) })
	}
	if !says(Question{Range: month.Name}, month.Name+" is not over") || says(Question{Range: month.Name}, "whole") {
		t.Error("alone it says otherwise")
	}
	if !says(Question{Range: month.Name, Previous: true}, "Compare rates") {
		t.Error("nothing is said of the month before, which is whole")
	}
}

// A question whose asker is gone ends at once.
func TestCancelled(t *testing.T) {
	t.Parallel()
	p := newPast(t, 3000, 6)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.explorer.Ask(ctx, Question{Range: "2025", By: []Dimension{ByType}}); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	for after := range 20 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(after)*time.Millisecond/2)
		_, err := p.explorer.Ask(ctx, Question{Measure: P95, Range: "2025", Step: "1d", By: []Dimension{ByNetwork, ByRegion}})
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v", err)
		}
	}
	if _, err := p.explorer.Ask(context.Background(), Question{Range: "2025"}); err != nil {
		t.Errorf("after that: %v", err)
	}
}
