package figure

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// The thresholds are CIEDE2000 differences, for normal sight and for full deuteranopia, protanopia
// and tritanopia. About 1 is just noticeable side by side; 10 is told apart at a glance.
const (
	neighbourThreshold = 14 // areas that touch in a stack
	anyPairThreshold   = 9  // lines and marks that may meet anywhere
)

func TestPaletteIsDistinguishable(t *testing.T) {
	for _, theme := range []*Theme{&Light, &Dark} {
		worst := math.Inf(1)
		for i, a := range StackOrder {
			for j := range i {
				b := StackOrder[j]
				for sight, m := range sights {
					d := ciede2000(lab(seen(theme.Types[a], m)), lab(seen(theme.Types[b], m)))
					limit := float64(anyPairThreshold)
					if i == j+1 {
						limit = neighbourThreshold
					}
					worst = min(worst, d)
					if d < limit {
						t.Errorf("%s: %v and %v differ by %.1f for %s sight, want at least %g", theme.Name, a, b, d, sight, limit)
					}
				}
			}
		}
		t.Logf("%s: the closest pair differs by %.1f", theme.Name, worst)
	}
}

func TestPaletteContrast(t *testing.T) {
	f := func(theme *Theme, what, front, back string, want float64) {
		t.Helper()
		if got := contrast(front, back); got < want {
			t.Errorf("%s: %s %s on %s has a contrast of %.2f, want at least %g", theme.Name, what, front, back, got, want)
		}
	}
	for _, theme := range []*Theme{&Light, &Dark} {
		f(theme, "ink", theme.Ink, theme.Paper, 7)       // WCAG 2.2, 1.4.6
		f(theme, "muted", theme.Muted, theme.Paper, 4.5) // WCAG 2.2, 1.4.3
		for i, c := range theme.Types {
			f(theme, flow.NetworkType(i).String(), c, theme.Paper, 2)
		}
		for i, c := range theme.Ramp {
			f(theme, fmt.Sprintf("number on step %d", i), theme.onRamp(i), c, 4.5)
			if i > 0 && ciede2000(lab(rgb(c)), lab(rgb(theme.Ramp[i-1]))) < 4 {
				t.Errorf("%s: steps %d and %d of the ramp differ by less than 4", theme.Name, i-1, i)
			}
		}
	}
}

// Colours are replaced by CSS variables by their value: two names with one value would be mixed up.
func TestPaletteValuesAreUnique(t *testing.T) {
	for _, theme := range []*Theme{&Light, &Dark} {
		seen := map[string]string{}
		for _, v := range theme.variables() {
			if v.value != strings.ToLower(v.value) {
				t.Errorf("%s: %s is %s: write colours in lower case", theme.Name, v.name, v.value)
			}
			if other, ok := seen[v.value]; ok {
				t.Errorf("%s: %s and %s are both %s", theme.Name, v.name, other, v.value)
			}
			seen[v.value] = v.name
		}
	}
}

// Vectors 1, 2, 7, 13, 17 and 25 of Sharma, Wu, Dalal: "The CIEDE2000 color-difference formula"
// (Color Research and Application 30, 2005), table 1.
func TestCIEDE2000(t *testing.T) {
	f := func(a, b [3]float64, want float64) {
		t.Helper()
		if got := ciede2000(a, b); math.Abs(got-want) > 5e-5 {
			t.Errorf("difference of %v and %v = %.4f, want %.4f", a, b, got, want)
		}
	}
	f([3]float64{50, 2.6772, -79.7751}, [3]float64{50, 0, -82.7485}, 2.0425)
	f([3]float64{50, 3.1571, -77.2803}, [3]float64{50, 0, -82.7485}, 2.8615)
	f([3]float64{50, 0, 0}, [3]float64{50, -1, 2}, 2.3669)
	f([3]float64{50, -0.001, 2.49}, [3]float64{50, 0.0009, -2.49}, 4.8045)
	f([3]float64{50, 2.5, 0}, [3]float64{73, 25, -18}, 27.1492)
	f([3]float64{60.2574, -34.0099, 36.2677}, [3]float64{60.4626, -34.1751, 39.4387}, 1.2644)
}

// sights are matrices on linear RGB for full dichromacy: Machado, Oliveira, Fernandes, "A
// physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15 (2009),
// severity 1.0.
var sights = map[string][9]float64{
	"normal":      {1, 0, 0, 0, 1, 0, 0, 0, 1},
	"protanope":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"deuteranope": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"tritanope":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

func seen(hex string, m [9]float64) [3]float64 {
	c := rgb(hex)
	var out [3]float64
	for i := range out {
		out[i] = min(1, max(0, m[3*i]*c[0]+m[3*i+1]*c[1]+m[3*i+2]*c[2]))
	}
	return out
}

// rgb is linear light, 0 to 1.
func rgb(hex string) (c [3]float64) {
	var v [3]int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &v[0], &v[1], &v[2]); err != nil {
		panic(hex + ": " + err.Error())
	}
	for i := range c {
		s := float64(v[i]) / 255
		if s <= 0.04045 {
			c[i] = s / 12.92
		} else {
			c[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return c
}

func contrast(a, b string) float64 {
	light := func(hex string) float64 {
		c := rgb(hex)
		return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] + 0.05
	}
	x, y := light(a), light(b)
	return max(x, y) / min(x, y)
}

// lab is CIELAB under D65.
func lab(c [3]float64) [3]float64 {
	f := func(t float64) float64 {
		if t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124564*c[0] + 0.3575761*c[1] + 0.1804375*c[2]) / 0.95047)
	y := f(0.2126729*c[0] + 0.7151522*c[1] + 0.0721750*c[2])
	z := f((0.0193339*c[0] + 0.1191920*c[1] + 0.9503041*c[2]) / 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func ciede2000(p, q [3]float64) float64 {
	deg := math.Pi / 180
	pow7 := func(x float64) float64 { return math.Pow(x, 7) }
	cm := (math.Hypot(p[1], p[2]) + math.Hypot(q[1], q[2])) / 2
	g := 0.5 * (1 - math.Sqrt(pow7(cm)/(pow7(cm)+pow7(25))))
	a1, a2 := (1+g)*p[1], (1+g)*q[1]
	c1, c2 := math.Hypot(a1, p[2]), math.Hypot(a2, q[2])
	hue := func(b, a float64) float64 {
		if a == 0 && b == 0 {
			return 0
		}
		return math.Mod(math.Atan2(b, a)/deg+360, 360)
	}
	h1, h2 := hue(p[2], a1), hue(q[2], a2)
	dh, hm := h2-h1, h1+h2
	switch {
	case c1*c2 == 0:
		dh = 0
	case math.Abs(h2-h1) <= 180:
		hm /= 2
	case h2 > h1:
		dh, hm = dh-360, (hm+360)/2
	default:
		dh, hm = dh+360, (hm+360)/2
	}
	if c1*c2 != 0 && math.Abs(h2-h1) > 180 && h1+h2 >= 360 {
		hm = (h1 + h2 - 360) / 2
	}
	dL, dC := q[0]-p[0], c2-c1
	dH := 2 * math.Sqrt(c1*c2) * math.Sin(dh/2*deg)
	lm, cpm := (p[0]+q[0])/2, (c1+c2)/2
	t := 1 - 0.17*math.Cos((hm-30)*deg) + 0.24*math.Cos(2*hm*deg) + 0.32*math.Cos((3*hm+6)*deg) - 0.20*math.Cos((4*hm-63)*deg)
	sl := 1 + 0.015*(lm-50)*(lm-50)/math.Sqrt(20+(lm-50)*(lm-50))
	sc, sh := 1+0.045*cpm, 1+0.015*cpm*t
	rt := -2 * math.Sqrt(pow7(cpm)/(pow7(cpm)+pow7(25))) * math.Sin(60*math.Exp(-((hm-275)/25)*((hm-275)/25))*deg)
	return math.Sqrt(dL/sl*dL/sl + dC/sc*dC/sc + dH/sh*dH/sh + rt*dC/sc*dH/sh)
}
