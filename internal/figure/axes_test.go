package figure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNiceMaxHoldsTheValueInFewTicks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		x := math.Pow(10, 30*random.Float64()-6)
		end, step := niceMax(x, 5)
		if n := end / step; end < x*(1-1e-9) || n > 5+1e-6 || n < 2-1e-6 {
			t.Fatalf("niceMax(%v) = %v in steps of %v, want 2 to 5 steps that hold it", x, end, step)
		}
	}
}

func TestLinearScale(t *testing.T) {
	f := func(top float64, ticks int, want ...float64) {
		t.Helper()
		if got := linearScale(top, ticks, Bits).ticks; !slices.Equal(got, want) {
			t.Errorf("ticks for %v = %v, want %v", top, got, want)
		}
	}
	f(0, 5, 0, 1)
	f(10, 5, 0, 2, 4, 6, 8, 10)
	f(10.1, 5, 0, 2.5, 5, 7.5, 10, 12.5)
	f(1, 4, 0, 0.25, 0.5, 0.75, 1)
}

func TestLogScale(t *testing.T) {
	f := func(low, high float64, want ...float64) {
		t.Helper()
		got := logScale(low, high, Bits)
		if len(got.ticks) != len(want) {
			t.Errorf("ticks from %v to %v = %v, want %v", low, high, got.ticks, want)
			return
		}
		for i := range want {
			if math.Abs(got.ticks[i]/want[i]-1) > 1e-12 {
				t.Errorf("ticks from %v to %v = %v, want %v", low, high, got.ticks, want)
				return
			}
		}
		if got.min > low || got.max < high {
			t.Errorf("the axis from %v to %v does not hold %v to %v", got.min, got.max, low, high)
		}
	}
	f(3, 40, 2, 5, 10, 20, 50)
	f(10, 100, 10, 20, 50, 100)
	f(7, 7, 2, 5, 10, 20)
	f(3, 4000, 1, 10, 100, 1000, 10000)
	f(1e3, 1e14, 1e3, 1e5, 1e7, 1e9, 1e11, 1e13, 1e15)
}

// Whatever the ends are, spread labels keep their order and their distance, and stay inside if
// there is room.
func TestSpread(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		ys := make([]float64, random.IntN(9))
		for i := range ys {
			ys[i] = 100 * random.Float64()
		}
		slices.Sort(ys)
		before := slices.Clone(ys)
		spread(ys, 10, 0, 100)
		for i, y := range ys {
			if y < -1e-9 || y > 100+1e-9 || i > 0 && y-ys[i-1] < 10-1e-9 {
				t.Fatalf("spread %v to %v", before, ys)
			}
		}
	}
	crowded := []float64{1, 2, 3}
	if spread(crowded, 10, 0, 10); !slices.Equal(crowded, []float64{0, 5, 10}) {
		t.Errorf("without room, spread to %v, want evenly", crowded)
	}
}

func TestUnits(t *testing.T) {
	f := func(u Unit, x float64, want string) {
		t.Helper()
		if got := u.Format(x); got != want {
			t.Errorf("%s of %v = %q, want %q", u, x, got, want)
		}
	}
	f(Bits, 0, "0\u00a0b")
	f(Bits, 1.234e15, "1.23\u00a0Pb")
	f(Bits, 999.6e9, "1\u00a0Tb")
	f(BPS, 350e9, "350\u00a0Gb/s")
	f(Count, 42, "42")
	f(Count, 6.05e6, "6.05\u00a0M")
	f(Percent, 0.18, "18.0\u00a0%")
	f(Percent, 1, "100.0\u00a0%")
	f(Percent, 0.0004, "0.04\u00a0%")
	f(Percent, 0, "0.0\u00a0%")
	f(Points, 14.54, "+14.5")
	f(Points, -0.96, "−1.0")
	f(Index, 100, "100")
	f(Index, 1.234e-7, "1.23×10⁻⁷")
}

func TestValueText(t *testing.T) {
	f := func(v Value, want string) {
		t.Helper()
		if got := v.Text(Count); got != want {
			t.Errorf("%v = %q, want %q", v, got, want)
		}
	}
	f(Num(0), "0")
	f(Hide(), "hidden")
	f(Value{}, "no data")
}

// Text must not be shown wider than it was measured: Arial's and DejaVu's advances of some
// characters, from the fonts' own tables in thousandths of an em.
func TestTextWidthIsThatOfTheWidestFont(t *testing.T) {
	f := func(text string, arial, dejavu float64) {
		t.Helper()
		if got := TextWidth(text, 1000, false); got < arial || got < dejavu || got > 1.02*max(arial, dejavu) {
			t.Errorf("width of %q = %v, want the larger of %v and %v", text, got, arial, dejavu)
		}
	}
	f("0", 556, 636)
	f("A", 667, 684)
	f("i", 222, 278)
	f("W", 944, 989)
	f(" ", 278, 318)
	f("@", 1015, 1000)
	if got := TextWidth("国", 12, false); got != 12 {
		t.Errorf("width of an ideograph = %v, want one em", got)
	}
	if a, b := TextWidth("Neocloud", 12, true), TextWidth("Neocloud", 12, false); a <= b {
		t.Errorf("bold is %v wide, regular %v", a, b)
	}
	if got, want := measureCSS("abc", "bold 13px Arial"), TextWidth("abc", 13, true); got != want {
		t.Errorf("measured %v by CSS font, want %v", got, want)
	}
}

func TestFit(t *testing.T) {
	f := func(text string, width float64, want string) {
		t.Helper()
		got := fit(text, 10, width)
		if got != want || TextWidth(got, 10, false) > width {
			t.Errorf("%q in %v pixels = %q (%.0f), want %q", text, width, got, TextWidth(got, 10, false), want)
		}
	}
	f("US-West", 100, "US-West")
	f("Point of presence 07", 70, "Point of… 07")
	f("Point of presence 12", 60, "Point… 12")
	f("", 10, "")
}
