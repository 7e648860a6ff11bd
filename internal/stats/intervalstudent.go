package stats

import "math"

// StudentT975 is the 97.5th percentile of Student's t distribution with df degrees of freedom, df > 0
// and not necessarily whole: the t with P(|T| > t) = 0.05. It is found by bisection, so it is exact to
// the last bits of float64 that studentTail is.
func StudentT975(df float64) float64 {
	low, high := 0.0, 2.0
	for studentTail(high, df) > 0.05 {
		low, high = high, 2*high
	}
	for {
		middle := low + (high-low)/2
		if middle <= low || middle >= high {
			return high
		}
		if studentTail(middle, df) > 0.05 {
			low = middle
		} else {
			high = middle
		}
	}
}

// studentTail is P(|T| > t) of Student's t distribution with df degrees of freedom:
// I_x(df/2, 1/2) at x = df/(df + t²), the regularized incomplete beta function (Abramowitz & Stegun,
// Handbook of Mathematical Functions, 26.7.1 with 26.5.27).
func studentTail(t, df float64) float64 {
	return regularizedBeta(df/2, 0.5, df/(df+t*t))
}

// regularizedBeta is I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1, by its continued fraction where that converges
// fast, else by I_x(a, b) = 1 − I_{1−x}(b, a) (Abramowitz & Stegun, 26.5.2 and 26.5.8).
func regularizedBeta(a, b, x float64) float64 {
	if x <= 0 || x >= 1 {
		return min(1, max(0, x))
	}
	if x > (a+1)/(a+b+2) {
		return 1 - regularizedBeta(b, a, 1-x)
	}
	ab, _ := math.Lgamma(a + b)
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	front := math.Exp(ab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	return front * betaFraction(a, b, x)
}

// betaFraction is the continued fraction 1/(1 + d_1/(1 + d_2/(1 + …))) of the incomplete beta function,
// by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64 (1986) 490–509).
func betaFraction(a, b, x float64) float64 {
	const (
		tiny  = 1e-300  // in place of a denominator of zero
		one   = 2.3e-16 // a factor this near to 1 changes the last bit at most
		steps = 10_000  // it takes about √max(a, b)
	)
	f, c, d := 1.0, 1.0, 0.0
	for j := 1; j <= steps; j++ {
		m := float64(j / 2)
		term := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		if j%2 == 1 {
			term = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + term*d; d == 0 {
			d = tiny
		}
		if c = 1 + term/c; c == 0 {
			c = tiny
		}
		d = 1 / d
		f *= c * d
		if math.Abs(c*d-1) <= one {
			break
		}
	}
	return 1 / f
}
