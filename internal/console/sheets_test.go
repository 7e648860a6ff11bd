package console

import (
	"context"
	"math"
	"slices"
	"time"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

// year answers questions as a store would that holds four regions, from 2025-07 until eleven days and
// some hours of 2026-06, without 2025-11. Cells are round formulas, so that tests can say what they
// expect, below 2^53, so that sums are exact; percentiles and addresses are not totals of anything.
func year(_ context.Context, q stats.Question) (*stats.Answer, error) {
	newest, _ := newestSlot()
	oldest, err := flow.ParsePeriod("2025-07")
	if err != nil {
		return nil, err
	}
	answer := &stats.Answer{Extent: stats.Extent{From: oldest.From, To: newest + 1}}
	for _, p := range q.Months {
		if p.Name < "2025-07" || p.Name == "2025-11" || p.Name > "2026-06" {
			continue
		}
		answer.Months = append(answer.Months, sheetOf(p.Clip(newest)))
	}
	return answer, nil
}

func newestSlot() (flow.Slot, bool) {
	return flow.SlotAt(time.Date(2026, 6, 12, 9, 35, 0, 0, time.UTC)), true
}

// yearAsks are the questions of an overview, answered without a store.
type yearAsks struct {
	answer  func(context.Context, stats.Question) (*stats.Answer, error)
	newest  func() (flow.Slot, bool)
	commits uint64
}

func (a *yearAsks) state() (state, bool) {
	newest, ok := a.newest()
	return state{nil, a.commits, newest}, ok
}

func (a *yearAsks) ask(ctx context.Context, _ *stats.Source, q stats.Question) (*stats.Answer, error) {
	return a.answer(ctx, q)
}

// bitsIn is the bits of a base cell of that sheet.
func bitsIn(p flow.Period, region int, t flow.NetworkType, d flow.Direction) float64 {
	if t == flow.Migration && region > 0 {
		return 0
	}
	month := float64(p.From.Time().Month())
	wave := 1 + 0.3*math.Sin(month/1.7+float64(t))
	return math.Round(wave * float64(p.Seconds()) * 4e6 * float64(8-t) / float64(1+region) / float64(1+2*d))
}

var yearRegions = []string{"CA-East", "EU-Central", "US-East", "US-West"}

func sheetOf(p flow.Period) *stats.Sheet {
	s := &stats.Sheet{Period: p}
	known := func(v float64) stats.Num { return stats.Num{Value: v, Known: true} }
	sums := map[stats.Key]float64{}
	for r, region := range yearRegions {
		for t := range flow.NumNetworkTypes {
			for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
				b := bitsIn(p, r, t, d)
				if b == 0 {
					continue
				}
				for _, kr := range []string{region, stats.AllRegions} {
					for _, kt := range []flow.NetworkType{t, stats.AllTypes} {
						for _, kd := range []flow.Direction{d, flow.Both} {
							sums[stats.Key{Region: kr, Type: kt, Direction: kd}] += b
						}
					}
				}
			}
		}
	}
	for k, b := range sums {
		all := k
		all.Type = stats.AllTypes
		unique := math.Round(math.Sqrt(b) / 40)
		s.Cells = append(s.Cells, stats.Cell{Key: k, Coverage: 0.9975, Measures: stats.Measures{
			Bits: known(b), BitsError: known(0.0021), BpsAvg: known(b / float64(p.Seconds())),
			BpsP95: known(1.7 * b / float64(p.Seconds())), BpsMax: known(2.4 * b / float64(p.Seconds())),
			Unique: known(unique), UniqueLow: known(0.97 * unique), UniqueHigh: known(1.03 * unique),
			Magnitude: known(b / unique), Share: known(b / sums[all]), Networks: known(float64(20 + len(k.Region))), Flows: known(math.Round(b / 1e7)),
		}})
	}
	slices.SortFunc(s.Cells, func(a, b stats.Cell) int { return a.Key.Compare(b.Key) })
	return s
}
