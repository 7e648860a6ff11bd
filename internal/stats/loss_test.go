package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"tributary/internal/flow"
)

// slowLost is the definition of docs/reference/statistics.md in exact fractions, for the rows that keep says.
func slowLost(rows []flow.Health, keep func(*flow.Health) bool) (lost, share float64) {
	sum, records := new(big.Rat), new(big.Rat)
	for i := range rows {
		h := &rows[i]
		if !keep(h) {
			continue
		}
		sum.Add(sum, new(big.Rat).SetUint64(h.LostRecords))
		if h.Datagrams > 0 {
			mean := new(big.Rat).Quo(new(big.Rat).SetUint64(h.Records), new(big.Rat).SetUint64(h.Datagrams))
			sum.Add(sum, mean.Mul(mean, new(big.Rat).SetUint64(h.LostDatagrams)))
		}
		records.Add(records, new(big.Rat).SetUint64(h.Records))
	}
	lost, _ = sum.Float64()
	if whole := records.Add(records, sum); whole.Sign() > 0 {
		share, _ = sum.Quo(sum, whole).Float64()
	}
	return lost, share
}

// inventedHealth makes rows of a few exporters, among them one without loss, one of which all is lost but
// a datagram without records, and one that moves to another region.
func inventedHealth(r *rand.Rand) (rows []flow.Health) {
	for slot := range flow.Slot(200) {
		for e := range uint64(6) {
			h := flow.Health{Slot: slot, Region: uint16(e % 3), Exporter: flow.Addr{Lo: e + 1}}
			h.Datagrams = 1 + r.Uint64N(1000)
			h.Records = h.Datagrams * (1 + r.Uint64N(30))
			switch e {
			case 0:
			case 1:
				h.Datagrams, h.Records, h.LostRecords = 1, 0, 40
			case 2:
				h.LostRecords = r.Uint64N(5000)
			default:
				h.LostDatagrams, h.Late, h.Restarts = r.Uint64N(1+h.Datagrams/e), r.Uint64N(3), r.Uint64N(2)
				h.Overrun = r.Uint64N(1 + h.LostDatagrams)
				h.Limits[flow.LimitTemplates] = r.Uint64N(2)
			}
			if e == 5 && slot > 100 {
				h.Region = 1
			}
			rows = append(rows, h)
		}
	}
	return rows
}

func TestLossAgreesWithDefinition(t *testing.T) {
	rows := inventedHealth(rand.New(rand.NewPCG(3, 4)))
	got := LossesOf(rows)
	f := func(what string, l *Loss, keep func(*flow.Health) bool) {
		t.Helper()
		lost, share := slowLost(rows, keep)
		if math.Abs(l.Lost-lost) > 1e-9*lost || math.Abs(l.Share()-share) > 1e-12 {
			t.Errorf("%s: %v records lost, a share of %v, want %v and %v", what, l.Lost, l.Share(), lost, share)
		}
		var want flow.Health
		for i := range rows {
			if keep(&rows[i]) {
				want.Add(&rows[i])
			}
		}
		sums := [...]uint64{l.Datagrams, l.Records, l.LostDatagrams, l.LostRecords, l.Overrun, l.Late, l.Restarts, l.Reached()}
		if sums != [...]uint64{want.Datagrams, want.Records, want.LostDatagrams, want.LostRecords, want.Overrun, want.Late, want.Restarts, want.Limits[flow.LimitTemplates]} {
			t.Errorf("%s: counts %v, want those of %+v", what, sums, want)
		}
	}
	f("all", &got.All, func(*flow.Health) bool { return true })
	if len(got.Regions) != 3 || len(got.Exporters) != 7 {
		t.Fatalf("%d regions and %d exporters, want 3 and 7 (one was moved)", len(got.Regions), len(got.Exporters))
	}
	for i := range got.Regions {
		r := &got.Regions[i]
		if r.Region != uint16(i) {
			t.Errorf("region %d stands at %d", r.Region, i)
		}
		f("region", &r.Loss, func(h *flow.Health) bool { return h.Region == r.Region })
	}
	for i := range got.Exporters {
		e := &got.Exporters[i]
		f(e.Exporter.String(), &e.Loss, func(h *flow.Health) bool { return h.Region == e.Region && h.Exporter == e.Exporter })
		if i > 0 && e.Share() > got.Exporters[i-1].Share() {
			t.Errorf("exporter %d has a larger share than the one before", i)
		}
	}
	if worst := got.Exporters[0]; worst.Exporter.Lo != 2 || worst.Share() != 1 {
		t.Errorf("the worst is %v with %v, want the one of which only empty datagrams came", worst.Exporter, worst.Share())
	}
}

// TestLossOfParts: a period's loss is that of its parts together, and nothing of nothing.
func TestLossOfParts(t *testing.T) {
	rows := inventedHealth(rand.New(rand.NewPCG(5, 6)))
	whole, first, second := LossesOf(rows), LossesOf(rows[:500]), LossesOf(rows[500:])
	sum := first.All
	sum.Merge(&second.All)
	if math.Abs(sum.Lost-whole.All.Lost) > 1e-9*whole.All.Lost {
		t.Errorf("parts lost %v, the whole %v", sum.Lost, whole.All.Lost)
	}
	sum.Lost = whole.All.Lost // but for the last bits
	if sum != whole.All {
		t.Errorf("parts give %+v, the whole %+v", sum, whole.All)
	}
	if none := LossesOf(nil); none.All != (Loss{}) || none.All.Share() != 0 || len(none.Regions)+len(none.Exporters) != 0 {
		t.Errorf("the loss of nothing is %+v", none)
	}
}

// TestLossKnown works one case by hand: 900 datagrams of 25 records arrived and 100 are missing, and
// another exporter lost 500 of 10,000 records: 2,500 + 500 of 22,500 + 9,500 + 3,000.
func TestLossKnown(t *testing.T) {
	l := LossesOf([]flow.Health{
		{Exporter: flow.Addr{Lo: 1}, Datagrams: 900, Records: 22_500, LostDatagrams: 100},
		{Exporter: flow.Addr{Lo: 2}, Datagrams: 400, Records: 9_500, LostRecords: 500},
	})
	if l.All.Lost != 3000 || math.Abs(l.All.Share()-3000.0/35_000) > 1e-15 {
		t.Errorf("lost %v, a share of %v, want 3000 and 3/35", l.All.Lost, l.All.Share())
	}
	if e := l.Exporters; e[0].Exporter.Lo != 1 || e[0].Share() != 0.1 || e[1].Share() != 0.05 {
		t.Errorf("exporters %+v, want the first with 10 %% before the second with 5 %%", e)
	}
}
