package console

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// weeksOf makes the answers of six hours of now and of so many weeks before, of one type and region and of
// everything.
func weeksOf(weeks int, rate func(week, step int) float64) *weekly {
	w := &weekly{steps: burstHours * hourSteps, rates: map[string]*weeklyRates{}, names: map[string][]explore.Key{}}
	for k := range weeks + 1 {
		var values, total []stats.Num
		for i := range w.steps {
			values = append(values, stats.Num{Value: rate(k, i), Known: true})
			total = append(total, stats.Num{Value: 1000 + rate(k, i), Known: true})
		}
		w.add(k, &explore.Answer{
			Rows:  []explore.Row{{Keys: []explore.Key{{Value: "cdn", Name: "cdn"}, {Value: "US-East", Name: "US-East"}}, Values: values}},
			Total: explore.Row{Values: total},
		})
	}
	return w
}

// TestBursts: a burst is told with its baseline, by how much, and since when; not where there is no history.
func TestBursts(t *testing.T) {
	const last = burstHours*hourSteps - 1
	from := flow.SlotAt(time.Date(2026, 6, 12, 4, 0, 0, 0, time.UTC))
	f := func(what string, w *weekly, since int, deviation float64) {
		t.Helper()
		got := w.bursts(from)
		if since < 0 {
			if len(got) != 0 {
				t.Errorf("%s: %+v, want none", what, got)
			}
			return
		}
		if len(got) != 1 {
			t.Errorf("%s: %+v, want one", what, got)
			return
		}
		b := got[0]
		if b.Type != "cdn" || b.Name != figure.TypeName(flow.CDN) || b.Region != "US-East" || math.Abs(b.Deviation.Value-deviation) > 1e-9 {
			t.Errorf("%s: %+v, want CDN in US-East by %v", what, b, deviation)
		}
		if want := from + flow.Slot(since*stats.StepSlots); b.Since != want.Time() || b.Longer != (since == 0) {
			t.Errorf("%s: since %v, %v; want %v", what, b.Since, b.Longer, want.Time())
		}
	}
	jump := func(at int) func(int, int) float64 {
		return func(week, step int) float64 {
			if week == 0 && step >= at {
				return 300
			}
			return 100
		}
	}
	f("nothing", weeksOf(8, jump(last+1)), -1, 0)
	f("since ten minutes", weeksOf(8, jump(last)), last, 2)
	f("since two hours", weeksOf(8, jump(last-11)), last-11, 2)
	f("all the time", weeksOf(8, jump(0)), 0, 2)
	f("three weeks of history", weeksOf(3, jump(last)), last, 2)
	f("two weeks of history", weeksOf(2, jump(last)), -1, 0)
	f("over by now", weeksOf(8, func(week, step int) float64 {
		if week == 0 && step == last-1 {
			return 300
		}
		return 100
	}), -1, 0)
	f("as high in one of the weeks", weeksOf(8, func(week, step int) float64 {
		if week == 0 && step == last || week == 5 && step == last-3 {
			return 300
		}
		return 100
	}), -1, 0)
	if u := weeksOf(8, jump(last)).usual(nil, last); u.Weeks != 8 {
		t.Errorf("%d weeks are known, want 8", u.Weeks)
	}
}

// TestTypeMovers: shares and rates are those of the two sheets.
func TestTypeMovers(t *testing.T) {
	newest, _ := newestSlot()
	now := sheetOf(flow.MonthOf(newest).Clip(newest))
	before := sheetOf(flow.MonthOf(now.Period.From - 1))
	rows := typeMovers(now, before)
	if len(rows) != int(flow.NumNetworkTypes) {
		t.Fatalf("%d types, want %d", len(rows), flow.NumNetworkTypes)
	}
	var shares, sharesBefore float64
	for i, m := range rows {
		bits := 0.0
		for r := range yearRegions {
			bits += bitsIn(now.Period, r, figure.StackOrder[i], flow.Ingress) + bitsIn(now.Period, r, figure.StackOrder[i], flow.Egress)
		}
		if want := bits / float64(now.Period.Seconds()); m.Key != figure.StackOrder[i].String() || math.Abs(m.Bps/want-1) > 1e-12 || math.Abs(m.Change.Value-(m.Bps/m.BpsBefore-1)) > 1e-12 {
			t.Errorf("%+v, want %v b/s of %s", m, want, figure.StackOrder[i])
		}
		shares += m.Share
		sharesBefore += m.ShareBefore
	}
	if math.Abs(shares-1) > 1e-9 || math.Abs(sharesBefore-1) > 1e-9 {
		t.Errorf("shares sum to %v and %v", shares, sharesBefore)
	}
	if m := moved(Mover{Bps: 3}, 6, 6); m.Change.Known || m.Share != 0.5 || m.ShareBefore != 0 {
		t.Errorf("of what is new: %+v", m)
	}
}

// TestNowWithoutAStore: a process without a store has nothing to tell, and says so without null lists.
func TestNowWithoutAStore(t *testing.T) {
	c, _ := fleet(t)
	w := get(c.Handler(), "/api/v1/now")
	var got map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &got); w.Code != 200 || err != nil {
		t.Fatalf("%d %v", w.Code, err)
	}
	for name, want := range map[string]string{"to": "null", "slots": "[]", "types": "[]", "regions": "[]", "bursts": "null", "live": "false"} {
		if string(got[name]) != want {
			t.Errorf("%s is %s, want %s", name, got[name], want)
		}
	}
}
