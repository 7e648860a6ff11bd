package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// answered is an Overview as a client reads it.
type answered struct {
	Month, Before *struct {
		Name  string
		To    time.Time
		Whole bool
		Total struct{ Bits float64 }
		Types []struct {
			Type string `json:"network_type"`
			Bits float64
		}
	}
	Months []string
}

func overviewOf(t *testing.T, c *Console, query string) (o answered) {
	t.Helper()
	w := get(c.Handler(), "/api/v1/overview"+query)
	if err := json.Unmarshal(w.Body.Bytes(), &o); w.Code != 200 || err != nil {
		t.Fatalf("%s: %d %v %s", query, w.Code, err, w.Body)
	}
	return o
}

// TestOverviewNumbers sums the base cells of the sheets anew.
func TestOverviewNumbers(t *testing.T) {
	c, _ := fleet(t)
	o := overviewOf(t, c, "")
	newest, _ := newestSlot()
	p := flow.MonthOf(newest).Clip(newest)
	total := 0.0
	for i, ty := range figure.StackOrder {
		bits := 0.0
		for r := range yearRegions {
			bits += bitsIn(p, r, ty, flow.Ingress) + bitsIn(p, r, ty, flow.Egress)
		}
		if got := o.Month.Types[i]; got.Type != ty.String() || got.Bits != bits {
			t.Errorf("type %d is %s with %v bits, want %s with %v", i, got.Type, got.Bits, ty, bits)
		}
		total += bits
	}
	if o.Month.Name != "2026-06" || o.Month.Whole || o.Month.Total.Bits != total {
		t.Errorf("month = %s, whole %v, %v bits; want 2026-06, not whole, %v", o.Month.Name, o.Month.Whole, o.Month.Total.Bits, total)
	}
	if want := newest.Time().Add(5 * time.Minute); !o.Month.To.Equal(want) {
		t.Errorf("ends %v, want the end of the newest slot, %v", o.Month.To, want)
	}
	if o.Before == nil || o.Before.Name != "2026-05" || !o.Before.Whole {
		t.Errorf("before = %+v, want the whole of 2026-05", o.Before)
	}
	if len(o.Months) != 12 || o.Months[0] != "2025-07" {
		t.Errorf("months = %v, want the twelve from 2025-07", o.Months)
	}
}

// TestOverviewNotes: a month that is mostly of type other for want of AS numbers says so.
func TestOverviewNotes(t *testing.T) {
	f := func(other float64, noDatabase bool, want ...string) {
		t.Helper()
		c, _ := fleet(t)
		c.config.NoASDatabase = noDatabase
		c.asks.(*yearAsks).answer = func(ctx context.Context, q stats.Question) (*stats.Answer, error) {
			a, err := year(ctx, q)
			for _, s := range a.Months {
				for i := range s.Cells {
					if s.Cells[i].Key.Type == flow.Other {
						s.Cells[i].Share = stats.Num{Value: other, Known: true}
					}
				}
			}
			return a, err
		}
		var o Overview
		w := get(c.Handler(), "/api/v1/overview")
		if err := json.Unmarshal(w.Body.Bytes(), &struct{ Notes *[]Note }{&o.Notes}); err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, n := range o.Notes {
			got = append(got, n.What)
		}
		if !slices.Equal(got, want) || o.Notes == nil {
			t.Errorf("%v of type other, no database %v: notes %q, want %q", other, noDatabase, got, want)
		}
	}
	f(0.973, true, "97 % of the bits are in networks of no known type.")
	f(0.501, true, "50 % of the bits are in networks of no known type.")
	f(0.5, true)
	f(0.973, false)
}

// TestScaleOfEqualValues: a scale has no three labels that are the same.
func TestScaleOfEqualValues(t *testing.T) {
	f := func(spread float64, want int) {
		t.Helper()
		c, _ := fleet(t)
		c.asks.(*yearAsks).answer = func(ctx context.Context, q stats.Question) (*stats.Answer, error) {
			a, err := year(ctx, q)
			for _, s := range a.Months {
				for i := range s.Cells {
					s.Cells[i].Magnitude.Value = 23.5e6 * math.Pow(spread, float64(i%2))
				}
			}
			return a, err
		}
		var fig Figure
		if err := json.Unmarshal(get(c.Handler(), "/api/v1/figures/heat-magnitude").Body.Bytes(), &fig); err != nil {
			t.Fatal(err)
		}
		labels := 0
		for _, e := range fig.Option["graphic"].(map[string]any)["elements"].([]any) {
			if style := e.(map[string]any)["style"].(map[string]any); style["text"] != nil && strings.HasSuffix(style["text"].(string), "b") {
				labels++
			}
		}
		if labels != want {
			t.Errorf("values ×1 and ×%v: %d labels, want %d", spread, labels, want)
		}
	}
	f(1, 1)
	f(1.0001, 1)
	f(100, 3)
}

func TestOverviewAfterAGap(t *testing.T) {
	c, _ := fleet(t)
	if o := overviewOf(t, c, "?month=2025-12"); o.Month.Name != "2025-12" || o.Before != nil {
		t.Errorf("month %s, before %v; want 2025-12 with nothing before it", o.Month.Name, o.Before)
	}
}

func TestOverviewOfAnEmptyStore(t *testing.T) {
	c, _ := fleet(t)
	c.asks.(*yearAsks).newest = func() (flow.Slot, bool) { return 0, false }
	if o := overviewOf(t, c, ""); o.Month != nil || o.Months == nil {
		t.Errorf("overview = %+v, want no month and an empty list", o)
	}
	if w := get(c.Handler(), "/api/v1/figures/volume"); w.Code != 404 || !strings.Contains(w.Body.String(), "no data yet") {
		t.Errorf("a figure: %d %s, want 404 and a sentence", w.Code, w.Body)
	}
}

// TestStoreIsAskedOnce: however many ask at a time, the store is asked once, and again only when there was
// a commit. Just after it the numbers of before are shown and nobody waits; much later nobody is shown them.
func TestStoreIsAskedOnce(t *testing.T) {
	c, _ := fleet(t)
	newest, _ := newestSlot()
	var mu sync.Mutex
	var asked []int
	answering := make(chan struct{})
	close(answering)
	fake := c.asks.(*yearAsks)
	fake.newest = func() (flow.Slot, bool) { mu.Lock(); defer mu.Unlock(); return newest, true }
	fake.answer = func(ctx context.Context, q stats.Question) (*stats.Answer, error) {
		mu.Lock()
		asked = append(asked, len(q.Months))
		gate := answering
		mu.Unlock()
		<-gate
		time.Sleep(20 * time.Millisecond)
		if !q.Unsuppressed || len(q.Periods) != 0 {
			t.Errorf("question = %+v, want months, unsuppressed", q)
		}
		return year(ctx, q)
	}
	h := c.Handler()
	f := func(what string, want ...int) {
		t.Helper()
		mu.Lock()
		asked = nil
		mu.Unlock()
		var wg sync.WaitGroup
		wg.Go(func() { get(h, "/api/v1/overview") })
		for name := range figures {
			wg.Go(func() { get(h, "/api/v1/figures/"+name) })
		}
		wg.Wait()
		mu.Lock()
		got := asked
		mu.Unlock()
		if !slices.Equal(got, want) {
			t.Errorf("%s: asked for %v months, want %v", what, got, want)
		}
	}
	advance := func(slots flow.Slot) { mu.Lock(); defer mu.Unlock(); newest += slots }
	f("first", overviewMonths+1)
	f("at once again")
	advance(1)
	held := make(chan struct{})
	mu.Lock()
	answering = held
	mu.Unlock()
	f("a slot later, while the store takes its time", overviewMonths+1) // would never end if anybody waited
	close(held)
	c.shelf.wait.Wait()
	f("when it has answered")
	advance(10)
	f("long after", overviewMonths+1)
	asked = nil
	if get(h, "/api/v1/overview?month=2025-07"); len(asked) != 0 {
		t.Errorf("a month that is kept was asked for again: %v", asked)
	}
}

func TestFailureSaysNothingFromInside(t *testing.T) {
	c, _ := fleet(t)
	c.asks.(*yearAsks).answer = func(context.Context, stats.Question) (*stats.Answer, error) {
		return nil, errors.New("cannot read /var/lib/tributary/tributary.duckdb: SELECT octets FROM traffic")
	}
	w := get(c.Handler(), "/api/v1/overview")
	if w.Code != 500 || strings.Contains(w.Body.String(), "duckdb") || strings.Contains(w.Body.String(), "SELECT") {
		t.Errorf("%d %s, want 500 without what is inside", w.Code, w.Body)
	}
	if w := get(c.Handler(), "/api/v1/status"); w.Code != 200 {
		t.Errorf("the status page must not need the store: %d", w.Code)
	}
}

func TestFigures(t *testing.T) {
	c, _ := fleet(t)
	h := c.Handler()
	for name := range figures {
		for _, query := range []string{"?width=360", "?width=900&theme=dark", "?month=2025-12&width=1401", "?month=2025-07"} {
			w := get(h, "/api/v1/figures/"+name+query)
			var f Figure
			if err := json.Unmarshal(w.Body.Bytes(), &f); w.Code != 200 || err != nil {
				t.Fatalf("%s%s: %d %v", name, query, w.Code, err)
			}
			if f.Name != name || f.Title == "" || f.Caption == "" || f.Width < 280 || f.Height < 100 || len(f.Option) == 0 {
				t.Errorf("%s%s: %+v", name, query, f)
			}
			for i, r := range f.Table.Rows {
				if len(r) != len(f.Table.Columns) {
					t.Errorf("%s%s: row %d has %d of %d columns", name, query, i, len(r), len(f.Table.Columns))
				}
			}
			if again := get(h, "/api/v1/figures/"+name+query); !bytes.Equal(w.Body.Bytes(), again.Body.Bytes()) {
				t.Errorf("%s%s: two answers differ", name, query)
			}
		}
	}
}

// TestFigureNumbers holds the table behind the volume figure against the base cells.
func TestFigureNumbers(t *testing.T) {
	c, _ := fleet(t)
	var f Figure
	if err := json.Unmarshal(get(c.Handler(), "/api/v1/figures/volume").Body.Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Table.Rows) != 12 || f.Table.Rows[4][0] != "2025-11" || f.Table.Rows[4][1] != "no data" {
		t.Fatalf("rows = %v, want twelve months, the fifth without data", f.Table.Rows)
	}
	p, err := flow.ParsePeriod("2026-05")
	if err != nil {
		t.Fatal(err)
	}
	for i, ty := range figure.StackOrder {
		bits := 0.0
		for r := range yearRegions {
			bits += bitsIn(p, r, ty, flow.Ingress) + bitsIn(p, r, ty, flow.Egress)
		}
		if got, want := f.Table.Rows[10][1+i], figure.Bits.Format(bits); got != want {
			t.Errorf("2026-05, %s: %s, want %s", ty, got, want)
		}
	}
}
