package main

import (
	"math"

	"tributary/internal/stats"
)

// A method makes an interval of a share's change from the weeks of two periods.
type method struct {
	name     string
	interval func(before, now []stats.Week) stats.Interval
}

// The report's own method comes first; the others are what it was chosen from.
var methods = []method{
	{"**report**", stats.ShareChange},
	{"textbook", linearised(textbook)},
	{"Newey–West", linearised(neweyWest)},
	{"Newey–West, fixed-b", linearised(neweyWestFixed)},
	{"AR(1)", linearised(autoregressive)},
	{"straight line", linearised(detrended)},
}

// An estimate is the variance of a sum of residuals. Its critical value is Student's for df degrees of
// freedom, or critical where that is set.
type estimate struct{ variance, df, critical float64 }

// linearised makes a method of an estimator of the variance of a sum of n residuals: the ratio as in
// stats.ShareChange, with the degrees of freedom of both periods together.
func linearised(of func(residuals []float64) estimate) func(before, now []stats.Week) stats.Interval {
	return func(before, now []stats.Week) stats.Interval {
		var shares, variances [2]float64
		var df, critical float64
		for i, weeks := range [...][]stats.Week{before, now} {
			var part, whole float64
			for _, w := range weeks {
				part, whole = part+w.Part, whole+w.Whole
			}
			shares[i] = part / whole
			residuals := make([]float64, len(weeks))
			for j, w := range weeks {
				residuals[j] = w.Part - shares[i]*w.Whole
			}
			e := of(residuals)
			variances[i] = e.variance / (whole * whole)
			df += e.df
			critical = max(critical, e.critical)
		}
		if critical == 0 {
			critical = stats.StudentT975(df)
		}
		change, half := 100*(shares[1]-shares[0]), 100*critical*math.Sqrt(variances[0]+variances[1])
		return stats.Interval{Change: change, Low: change - half, High: change + half}
	}
}

// textbook takes weeks for independent: n/(n−1) · Σ e² with n − 1 degrees of freedom (Cochran 1977, ch. 6).
func textbook(e []float64) estimate {
	n := float64(len(e))
	return estimate{variance: n / (n - 1) * lagged(e, 0), df: n - 1}
}

// neweyWest has Bartlett weights and the lag ⌊4 (n/100)^(2/9)⌋ (W. K. Newey, K. D. West, Econometrica 55
// (1987) 703–708, and Review of Economic Studies 61 (1994) 631–653).
func neweyWest(e []float64) estimate {
	n := float64(len(e))
	return estimate{variance: bartlett(e, int(4*math.Pow(n/100, 2./9))), df: n - 1}
}

// neweyWestFixed has the lag ⌈1.3 √n⌉ (Lazarus et al. 2018) and the critical value that the estimate's
// own noise asks for, b being the weights' reach over n (N. M. Kiefer, T. J. Vogelsang, Econometric Theory
// 21 (2005) 1130–1164, table 1). The value is that of one period, and so too large for the sum of two.
func neweyWestFixed(e []float64) estimate {
	n := float64(len(e))
	lag := math.Ceil(1.3 * math.Sqrt(n))
	b := (lag + 1) / n
	return estimate{variance: bartlett(e, int(lag)), critical: 1.96 + 2.9694*b + 0.4160*b*b - 0.5324*b*b*b}
}

// bartlett is the sum of the residuals' autocovariances to a lag, times n, with weights that fall in a
// straight line.
func bartlett(e []float64, lag int) float64 {
	n := float64(len(e))
	sum := lagged(e, 0)
	for l := 1; l <= lag; l++ {
		sum += 2 * (1 - float64(l)/float64(lag+1)) * lagged(e, l)
	}
	return n / (n - 1) * sum
}

// autoregressive multiplies the textbook variance by (1+ρ)/(1−ρ), and divides the degrees of freedom by
// it, with ρ the correlation of neighbours (0 to 0.8) freed of its bias, −(1+4ρ)/n (M. G. Kendall,
// Biometrika 41 (1954) 403–404).
func autoregressive(e []float64) estimate {
	n := float64(len(e))
	rho := 0.0
	if square := lagged(e, 0); square > 0 {
		rho = min(0.8, max(0, (n*lagged(e, 1)/square+1)/(n-4)))
	}
	factor := (1 + rho) / (1 - rho)
	out := textbook(e)
	return estimate{variance: out.variance * factor, df: max(1, out.df/factor)}
}

// detrended is textbook after a straight line is taken from the residuals, with n − 2 degrees of freedom:
// what moves steadily is no variation.
func detrended(e []float64) estimate {
	n := float64(len(e))
	var slope, squares float64
	for i, x := range e {
		t := float64(i) - (n-1)/2
		slope += t * x
		squares += t * t
	}
	slope /= squares
	sum := 0.0
	for i, x := range e {
		d := x - slope*(float64(i)-(n-1)/2)
		sum += d * d
	}
	return estimate{variance: n / (n - 2) * sum, df: n - 2}
}

// lagged is Σ e_i e_{i−lag}.
func lagged(e []float64, lag int) float64 {
	sum := 0.0
	for i := lag; i < len(e); i++ {
		sum += e[i] * e[i-lag]
	}
	return sum
}
