package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tributary/internal/stats"
)

// TestIntervalsCover: intervals of independent weeks hold the true change in 93 to 97 % of cases, and the
// report's method is nearer to 95 % than the textbook's where weeks resemble their neighbours. The row of
// docs/explanation/methods.md is the program's own.
func TestIntervalsCover(t *testing.T) {
	doc := fileText("../docs/explanation/methods.md")
	f := func(name string, least, most float64) {
		t.Helper()
		for i := range scenarios {
			s := &scenarios[i]
			if s.name != name {
				continue
			}
			got := s.measure(documentPairs, methods[:2])
			report, _, _ := got[0].share(documentPairs)
			textbook, _, _ := got[1].share(documentPairs)
			if report < least || report > most {
				t.Errorf("%s: %.1f %% of intervals hold the true change, want %v to %v", name, 100*report, least, most)
			}
			if s.rho > 0 && report < textbook+0.1 {
				t.Errorf("%s: %.1f %% of intervals hold the true change, and %.1f %% of the textbook's", name, 100*report, 100*textbook)
			}
			if row := fmt.Sprintf("\n| %s | %.1f %% (±", name, 100*report); !strings.Contains(doc, row) {
				t.Errorf("docs/explanation/methods.md does not have %q: run bench intervals -write", row)
			}
			return
		}
		t.Errorf("there is no scenario %q", name)
	}
	f("quarters, independent weeks", 0.93, 0.97)
	f("the same, nothing changes", 0.93, 0.97)
	f("quarters, autocorrelation 0.5", 0.90, 0.97)
	f("eight weeks, independent", 0.93, 0.97)
}

// TestNoise: the factors of weeks have the mean, deviation and autocorrelation that scenarios say.
func TestNoise(t *testing.T) {
	s := scenario{weeks: 13, rho: 0.5, times: 1, changes: true}
	const pairs, deviation = 20_000, 0.3
	r := newNoise()
	var mean, square, product float64
	for range pairs {
		w := s.noise(r, deviation)
		for i := range w {
			z := (math.Log(w[i]) + deviation*deviation/2) / deviation
			mean += w[i] / float64(pairs*len(w))
			square += z * z / float64(pairs*len(w))
			if i > 0 {
				last := (math.Log(w[i-1]) + deviation*deviation/2) / deviation
				product += z * last / float64(pairs*(len(w)-1))
			}
		}
	}
	for _, x := range []struct {
		name      string
		got, want float64
	}{{"mean factor", mean, 1}, {"variance", square, 1}, {"autocorrelation", product, 0.5}} {
		if math.Abs(x.got-x.want) > 0.01 {
			t.Errorf("%s = %.4f, want %v", x.name, x.got, x.want)
		}
	}
}

// TestTruth: shares of all types add up to one, so changes to nothing, and a trend's truth is that of
// its halves.
func TestTruth(t *testing.T) {
	for i := range scenarios {
		sum := 0.0
		for j := range trafficTypes {
			sum += scenarios[i].truth(&trafficTypes[j])
		}
		if math.Abs(sum) > 1e-9 {
			t.Errorf("%s: changes add up to %v points", scenarios[i].name, sum)
		}
	}
	trend := scenario{weeks: 2, trend: true, changes: true}
	// Weeks of 0, 1/3, 2/3 and 1 of the way: means of 1/6 and 5/6.
	if got, want := trend.truth(&trafficType{before: 0.1, now: 0.4}), 20.0; math.Abs(got-want) > 1e-9 {
		t.Errorf("a trend's change = %v points, want %v", got, want)
	}
}

// TestOtherEstimators compares with numbers worked out by hand, for the residuals 1, −2, 3, −2.
func TestOtherEstimators(t *testing.T) {
	e := []float64{1, -2, 3, -2}
	f := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	f("Σ e²", lagged(e, 0), 18)
	f("Σ e e₋₁", lagged(e, 1), -2-6-6)
	f("textbook", textbook(e).variance, 4./3*18)
	f("bartlett, lag 1", bartlett(e, 1), 4./3*(18-14))
	f("AR(1) of alternating weeks", autoregressive(append(e, 0)).variance, 5./4*18)
	// A straight line −0.4·t with t = −1.5 … 1.5 takes 0.4²·5 = 0.8 of the squares.
	f("straight line", detrended(e).variance, 4./2*(18-0.8))
	i := linearised(textbook)([]stats.Week{{Part: 2, Whole: 10}, {Part: 4, Whole: 10}}, []stats.Week{{Part: 5, Whole: 10}, {Part: 5, Whole: 10}})
	// Shares 0.3 and 0.5; residuals ∓1, so the variance is 2/1·2/20²; t of 2 degrees is 4.302652729749.
	f("change", i.Change, 20)
	f("half-width", i.High-i.Change, 100*4.302652729749*0.1)
}
