package figure

import (
	"math"
	"strconv"
	"strings"
)

// Unit is how numbers of a figure are written. Its value is the name of the formatter that
// web/figures/format.ts puts in its place in an option.
type Unit string

// The units of figures. Prefixes are decimal: 1 kb = 1,000 bits.
const (
	Bits    Unit = "@bits"    // 1.23 Pb
	BPS     Unit = "@bps"     // 1.23 Gb/s
	Count   Unit = "@count"   // 1.23 M
	Percent Unit = "@percent" // of a fraction: 12.3 %
	Points  Unit = "@points"  // a difference of shares in percentage points: +1.5; in tables only
	Index   Unit = "@index"   // 100 is the volume of the first whole month: 12.3
)

const nbsp = "\u00a0"

// Format writes x with three significant digits, as labels do.
func (u Unit) Format(x float64) string { return u.Digits(x, 3) }

// Digits writes x with at most n significant digits; shares always with one decimal.
func (u Unit) Digits(x float64, n int) string {
	switch u {
	case Bits:
		return scaled(x, n, "b")
	case BPS:
		return scaled(x, n, "b/s")
	case Percent:
		return percentText(100*x) + nbsp + "%"
	}
	switch u {
	case Points:
		return PointsText(x)
	case Index:
		return indexText(x, n)
	}
	return scaled(x, n, "")
}

// indexText has no prefixes, since an index is read against 100: far from it, it is 1.2×10⁻⁵.
func indexText(x float64, n int) string {
	if x == 0 || math.Abs(x) < 1e6 && math.Abs(x) >= 1e-4 {
		return trimZeros(precision(x, n))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(x, 'e', n-1, 64), "e")
	e, _ := strconv.Atoi(exponent)
	return strings.Replace(trimZeros(mantissa), "-", "−", 1) + "×10" + superscripts.Replace(strconv.Itoa(e))
}

var superscripts = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// percentText has one decimal, or the first digit that is not zero of what is below 0.05.
func percentText(p float64) string {
	if a := math.Abs(p); a > 0 && a < 0.05 {
		return precision(p, 1)
	}
	return strings.Replace(strconv.FormatFloat(p, 'f', 1, 64), "-", "−", 1)
}

// PointsText writes a difference in percentage points with its sign and one decimal: "+1.5".
func PointsText(points float64) string {
	text := percentText(points)
	if points > 0 {
		return "+" + text
	}
	return text
}

// Tick is the value on an axis: as Format, without decimals that are all zero.
func (u Unit) Tick(x float64) string {
	if u == Percent {
		return trimZeros(precision(100*x, 3)) + nbsp + "%"
	}
	return u.Format(x)
}

// Of is what the numbers count, for the head of a table's column.
func (u Unit) Of() string {
	switch u {
	case Bits:
		return "bits"
	case BPS:
		return "bits per second"
	case Percent:
		return "per cent"
	case Index:
		return "index"
	case Points:
		return "percentage points"
	}
	return "count"
}

var prefixes = [...]string{"", "k", "M", "G", "T", "P", "E", "Z", "Y"}

// scaled writes x with n significant digits and the prefix that leaves 1 to 999 before it.
func scaled(x float64, n int, unit string) string {
	if x == 0 {
		if unit == "" {
			return "0"
		}
		return "0" + nbsp + unit
	}
	step, a := 0, math.Abs(x)
	for step < len(prefixes)-1 && rounded(a, n) >= 1000 {
		a /= 1000
		step++
	}
	text := trimZeros(precision(a, n))
	if x < 0 {
		text = "−" + text
	}
	if suffix := prefixes[step] + unit; suffix != "" {
		text += nbsp + suffix
	}
	return text
}

// precision is JavaScript's Number.prototype.toPrecision for what labels hold: n significant
// digits, ties away from zero.
func precision(x float64, n int) string {
	if x == 0 {
		return "0"
	}
	// FormatFloat rounds ties to even. 60 digits tell a tie from what is only near one.
	exact := strconv.FormatFloat(math.Abs(x), 'e', 60, 64)
	if exact[n+1] == '5' && strings.Trim(exact[n+2:strings.IndexByte(exact, 'e')], "0") == "" {
		x = math.Nextafter(x, math.Copysign(math.Inf(1), x))
	}
	r := strconv.FormatFloat(x, 'e', n-1, 64)
	e, _ := strconv.Atoi(r[strings.IndexByte(r, 'e')+1:])
	v, _ := strconv.ParseFloat(r, 64)
	return strings.Replace(strconv.FormatFloat(v, 'f', max(0, n-1-e), 64), "-", "−", 1)
}

func rounded(x float64, n int) float64 {
	v, _ := strconv.ParseFloat(precision(x, n), 64)
	return v
}

func trimZeros(s string) string {
	if strings.Contains(s, ".") {
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// niceMax is the end of a linear axis from 0 that holds x, and its tick distance: one of 1, 2, 2.5
// or 5 × a power of ten, with at most ticks of them.
func niceMax(x float64, ticks int) (end, step float64) {
	if x <= 0 {
		return 1, 1
	}
	raw := x / float64(ticks)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range [...]float64{1, 2, 2.5, 5, 10} {
		if step = m * power; step >= raw*(1-1e-9) {
			break
		}
	}
	return step * math.Ceil(x/step*(1-1e-9)), step
}
