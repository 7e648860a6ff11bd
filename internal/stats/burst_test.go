package stats

import "testing"

func TestBurst(t *testing.T) {
	f := func(what string, weeks int, rates []float64, rate, total float64, burst bool, deviation Num) {
		t.Helper()
		got, by := UsualOf(weeks, rates).Burst(rate, total)
		if got != burst || by != deviation {
			t.Errorf("%s: %v by %v, want %v by %v", what, got, by, burst, deviation)
		}
	}
	even := []float64{100, 100, 110, 90, 100, 100}
	f("as ever", 3, even, 100, 1000, false, num(0))
	f("a little more", 3, even, 140, 1000, false, num(0.4))
	f("far more", 3, even, 151, 1000, true, num(0.51))
	f("far more, and too little history", 2, even, 151, 1000, false, num(0.51))
	f("far more of next to nothing", 3, even, 151, 100_000, false, num(0.51))
	uneven := []float64{400, 10, 100, 100, 100, 100}
	f("no more than once before", 3, uneven, 400, 1000, false, num(3))
	f("more than ever before", 3, uneven, 401, 1000, true, num(3.01))
	f("never seen before", 8, []float64{0, 0, 0, 0}, 50, 1000, true, Num{})
	f("seen now and then", 8, []float64{0, 0, 0, 40}, 50, 1000, false, Num{})
	f("no history at all", 0, nil, 50, 1000, false, Num{})
	if u := UsualOf(4, []float64{3, 1, 2, 4}); u.Baseline != 2.5 || u.Highest != 4 || u.Weeks != 4 {
		t.Errorf("usual of 1 to 4 = %+v", u)
	}
}
