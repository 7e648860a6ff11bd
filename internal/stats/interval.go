package stats

import "math"

// Week is one whole week of a period: the bits of a part and those of the whole it is a share of, in
// any unit that is the same for all weeks.
type Week struct{ Part, Whole float64 }

// Interval is a change of a share in percentage points and its 95 % interval.
type Interval struct {
	Change, Low, High float64
	df                float64 // degrees of freedom of Student's t; 0 where nothing varies and the interval is a point
}

// Outside says that the interval has no change out of it: all of it is above 0, or below.
func (i Interval) Outside() bool { return i.Low > 0 || i.High < 0 }

// ShareChange is the change of a share from one period to another, with its 95 % interval:
//
//	r = Σ part / Σ whole            of a period, over its n weeks
//	e_i = part_i − r · whole_i      linearised: the error of r is about Σ e_i / Σ whole
//	λ_j = √(2/n) Σ e_i cos(π j (i − ½) / n)                 j = 1 … B, i = 1 … n
//	V = n · (λ_1² + … + λ_B²) / B / (Σ whole)²              variance of r
//	change = 100 · (r_now − r_before)                       percentage points
//	half-width = 100 · t · √(V_now + V_before)              t: 97.5th percentile of Student's t with
//	df = (V_now + V_before)² / (V_now²/B_now + V_before²/B_before) degrees of freedom
//
// With B = n − 1 cosines V is the textbook variance of a ratio, n/(n−1) · Σ e² / (Σ whole)², which takes
// weeks for independent. A week above the mean is often followed by another, and then that is too small:
// so only the B = ⌈0.4 · n^⅔⌉ cosines that vary slowest are taken, which is where weeks that resemble
// their neighbours show. The price is fewer degrees of freedom, so wider intervals. docs/explanation/methods.md has
// how often intervals hold the true change, and what else was tried.
//
// Weeks are in order of time, at least two a period, and each period's whole has bits: anything else is
// a BUG. A period in which every week has the same share has V = 0; if both have, the interval is a
// point. The bounds are not cut where a share would leave 0 to 100 %.
//
// Sources: W. G. Cochran, Sampling Techniques, 3rd ed., 1977, chapter 6 (ratio). E. Lazarus, D. J. Lewis,
// J. H. Stock, M. W. Watson, "HAR Inference: Recommendations for Practice", Journal of Business & Economic
// Statistics 36 (2018) 541–559 (equal-weighted cosines, their number and Student's t). B. L. Welch, "The
// generalization of 'Student's' problem when several different population variances are involved",
// Biometrika 34 (1947) 28–35 (degrees of freedom).
func ShareChange(before, now []Week) Interval {
	b, n := ratioOf(before), ratioOf(now)
	change := 100 * (n.share - b.share)
	variance := n.variance + b.variance
	if variance == 0 {
		return Interval{Change: change, Low: change, High: change}
	}
	df := variance * variance / (n.variance*n.variance/float64(n.cosines) + b.variance*b.variance/float64(b.cosines))
	half := 100 * StudentT975(df) * math.Sqrt(variance)
	return Interval{Change: change, Low: change - half, High: change + half, df: df}
}

// ratio is a share of a period with its variance.
type ratio struct {
	share, variance float64
	cosines         int
}

func ratioOf(weeks []Week) ratio {
	var part, whole float64
	for _, w := range weeks {
		part += w.Part
		whole += w.Whole
	}
	if len(weeks) < 2 || whole <= 0 {
		panic("BUG: an interval of fewer than two weeks, or of weeks without bits")
	}
	r := ratio{share: part / whole, cosines: cosines(len(weeks))}
	n := float64(len(weeks))
	for j := 1; j <= r.cosines; j++ {
		var sum float64
		for i, w := range weeks {
			sum += (w.Part - r.share*w.Whole) * math.Cos(math.Pi*float64(j)*(float64(i)+0.5)/n)
		}
		r.variance += 2 / n * sum * sum
	}
	r.variance *= n / float64(r.cosines) / (whole * whole)
	return r
}

// cosines is how many are taken of n weeks: 0.4 · n^⅔, which Lazarus et al. recommend, rounded up; 3 of
// the 13 weeks of a quarter, 6 of the 52 of a year.
func cosines(n int) int {
	return min(n-1, int(math.Ceil(0.4*math.Cbrt(float64(n)*float64(n)))))
}
