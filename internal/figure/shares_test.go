package figure

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestMoveScale: the axis of changes holds all that is drawn on it, 0 is a tick, and labels have room.
func TestMoveScale(t *testing.T) {
	f := func(s *Shares, width float64) {
		t.Helper()
		const size = 11
		axis := s.moveScale(width, size)
		for _, r := range s.Rows {
			for _, v := range []Value{r.Change(), r.Low, r.High, r.Without} {
				if v.OK() && (v.X < axis.min || v.X > axis.max) {
					t.Errorf("%s: %v is not between %v and %v", r.Name, v.X, axis.min, axis.max)
				}
			}
		}
		if !slices.ContainsFunc(axis.ticks, func(x float64) bool { return math.Abs(x) < 1e-12 }) || len(axis.ticks) > 7 {
			t.Errorf("ticks = %v, want at most 7 with 0 among them", axis.ticks)
		}
		at := func(x float64) float64 { return (x - axis.min) / (axis.max - axis.min) * width }
		for i := range axis.ticks[1:] {
			a, b := axis.ticks[i], axis.ticks[i+1]
			if room := (TextWidth(tickText(a), size, false) + TextWidth(tickText(b), size, false)) / 2; at(b)-at(a) < room {
				t.Errorf("the labels %s and %s are %.0f px apart and need %.0f", tickText(a), tickText(b), at(b)-at(a), room)
			}
		}
	}
	for _, width := range []float64{90, 120, 210} {
		f(sampleShares(), width)
		f(wideShares(), width)
		f(noIntervals(sampleShares()), width)
		f(&Shares{Rows: []ShareRow{{Before: Num(0.1), Now: Num(0.1)}}}, width)
		f(&Shares{Rows: []ShareRow{{Before: Num(0.1), Now: Num(0.10001), Low: Num(-0.0004), High: Num(0.0024)}}}, width)
	}
}

// TestChangeText: a change has its interval in brackets where there is one.
func TestChangeText(t *testing.T) {
	f := func(r ShareRow, want string, outside bool) { // want has spaces for no-break spaces
		t.Helper()
		if got := strings.ReplaceAll(r.changeText(), nbsp, " "); got != want || r.outside() != outside {
			t.Errorf("%q, outside %v; want %q, %v", got, r.outside(), want, outside)
		}
	}
	f(ShareRow{Before: Num(0.2), Now: Num(0.231), Low: Num(0.4), High: Num(5.8)}, "+3.1 (+0.4 to +5.8)", true)
	f(ShareRow{Before: Num(0.231), Now: Num(0.2), Low: Num(-6.6), High: Num(0.4)}, "−3.1 (−6.6 to +0.4)", false)
	f(ShareRow{Before: Num(0.3), Now: Num(0.2), Low: Num(-12), High: Num(-8)}, "−10.0 (−12.0 to −8.0)", true)
	f(ShareRow{Before: Num(0.2), Now: Num(0.231)}, "+3.1", false)
	f(ShareRow{Before: Num(0.2), Now: Num(0.231), Low: Hide(), High: Hide()}, "+3.1", false)
	f(ShareRow{Before: Hide(), Now: Num(0.231), Low: Hide(), High: Hide()}, "hidden", false)
	f(ShareRow{Now: Num(0.231)}, "no data", false)
}
