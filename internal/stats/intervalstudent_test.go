package stats

import (
	"math"
	"testing"
)

// TestStudentT975 compares with another way to the same numbers: Simpson's rule over the density, which
// under x = √df·tan u is cosine to the power df − 1, in Python 3:
//
//	from math import *
//	def tail(t, df, n=2000):
//	    u = atan(t / sqrt(df)); h = u / n; f = lambda x: cos(x) ** (df - 1)
//	    s = f(0) + f(u) + 4*fsum(f((2*i+1)*h) for i in range(n//2)) + 2*fsum(f(2*i*h) for i in range(1, n//2))
//	    return 1 - 2 * exp(lgamma((df+1)/2) - lgamma(df/2)) / sqrt(pi) * s * h / 3
//	def t975(df):
//	    low, high = 0, 50
//	    for _ in range(60):
//	        m = (low + high) / 2
//	        low, high = (m, high) if tail(m, df) > 0.05 else (low, m)
//	    return low
//
// To three decimals those of whole degrees stand in Abramowitz & Stegun, Handbook of Mathematical
// Functions, table 26.10: 12.706, 4.303, 3.182, 2.776, 2.447, 2.306, 2.179, 2.064.
func TestStudentT975(t *testing.T) {
	f := func(df, want float64) {
		t.Helper()
		if got := StudentT975(df); math.Abs(got-want) > 2e-12*want {
			t.Errorf("t of %v degrees of freedom = %.12f, want %.12f", df, got, want)
		}
	}
	f(1, 12.706204736175)
	f(2, 4.302652729749)
	f(3, 3.182446305284)
	f(3.7, 2.867520707191)
	f(4, 2.776445105198)
	f(5.5, 2.501858617589)
	f(6, 2.446911851145)
	f(8, 2.306004135204)
	f(12, 2.178812829667)
	f(24, 2.063898561628)
	f(100, 1.983971518524)
	f(1000, 1.962339080826)
	// One and two degrees have closed forms.
	f(1, math.Tan(0.475*math.Pi))
	f(2, 0.95*math.Sqrt(2/(1-0.95*0.95)))
}
