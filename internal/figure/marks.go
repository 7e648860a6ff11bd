package figure

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// symbols are the marks of types on lines, so that colour is not all that tells them apart.
var symbols = [...]string{
	flow.CDN: "circle", flow.Hosting: "rect", flow.Hyperscaler: "triangle", flow.ISPRegional: "emptyCircle",
	flow.ISPTier1: "emptyRect", flow.Migration: "emptyDiamond", flow.Neocloud: "diamond", flow.Other: "emptyTriangle",
}

// label is text at a point, as an ECharts graphic element. Align is left, center or right.
func label(text string, x, y, size float64, color, align string) obj {
	return obj{"type": "text", "silent": true, "z": 10, "x": x, "y": y, "style": obj{
		"text": text, "fill": color, "fontSize": size, "fontFamily": FontStack,
		"align": align, "verticalAlign": "middle",
	}}
}

func boldLabel(text string, x, y, size float64, color, align string) obj {
	l := label(text, x, y, size, color, align)
	l["style"].(obj)["fontWeight"] = "bold"
	return l
}

func rect(x, y, w, h float64, fill string) obj {
	return obj{"type": "rect", "silent": true, "z": 10, "shape": obj{"x": x, "y": y, "width": w, "height": h}, "style": obj{"fill": fill}}
}

func line(points [][2]float64, color string) obj {
	return obj{"type": "polyline", "silent": true, "z": 5, "shape": obj{"points": points}, "style": obj{"fill": "none", "stroke": color, "lineWidth": 1}}
}

// mark draws a symbol of ECharts' set around a point, as lines do at theirs.
func mark(symbol string, x, y, size float64, color, paper string) obj {
	fill, stroke := color, "none"
	if hollow, ok := hollowOf(symbol); ok {
		symbol, fill, stroke = hollow, paper, color
	}
	style := obj{"fill": fill, "stroke": stroke, "lineWidth": 1.6}
	r := size / 2
	switch symbol {
	case "circle":
		return obj{"type": "circle", "silent": true, "z": 10, "shape": obj{"cx": x, "cy": y, "r": r}, "style": style}
	case "triangle":
		return polygon([][2]float64{{x, y - r}, {x + r, y + r}, {x - r, y + r}}, style)
	case "diamond":
		return polygon([][2]float64{{x, y - r}, {x + r, y}, {x, y + r}, {x - r, y}}, style)
	}
	return obj{"type": "rect", "silent": true, "z": 10, "shape": obj{"x": x - r, "y": y - r, "width": size, "height": size}, "style": style}
}

func hollowOf(symbol string) (string, bool) {
	switch symbol {
	case "emptyCircle":
		return "circle", true
	case "emptyRect":
		return "rect", true
	case "emptyTriangle":
		return "triangle", true
	case "emptyDiamond":
		return "diamond", true
	}
	return symbol, false
}

func polygon(points [][2]float64, style obj) obj {
	return obj{"type": "polygon", "silent": true, "z": 10, "shape": obj{"points": points}, "style": style}
}

// tag is a label beside the end of a line or band.
type tag struct {
	y      float64 // where the line ends
	text   string
	color  string
	symbol string // of the line; a square for a band
}

// tagColumn is the width that tags need beside a plot.
func tagColumn(texts []string, size float64) float64 {
	w := 0.0
	for _, s := range texts {
		w = max(w, TextWidth(s, size, false))
	}
	return tagIndent + 16 + w + 2
}

const tagIndent = 14 // from the plot to a tag's mark: room for the line that leads there

// tags places labels beside a plot at the height of what they name, moved apart until none touch,
// with a line to where they belong.
func tags(list []tag, p plot, size float64, t *Theme) arr {
	slices.SortStableFunc(list, func(a, b tag) int { return cmp.Compare(a.y, b.y) })
	ys := make([]float64, len(list))
	for i := range list {
		ys[i] = list[i].y
	}
	spread(ys, size*1.3, p.top, p.bottom())
	var out arr
	for i, g := range list {
		x := p.right() + tagIndent
		out = append(out,
			line([][2]float64{{p.right() + 2, g.y}, {p.right() + 5, g.y}, {x - 4, ys[i]}, {x - 1, ys[i]}}, t.Rule),
			mark(g.symbol, x+5, ys[i], 9, g.color, t.Paper),
			label(g.text, x+16, ys[i], size, t.Ink, "left"))
	}
	return out
}

// spread moves ascending positions apart by at least gap and keeps them between low and high, as
// far as there is room.
func spread(ys []float64, gap, low, high float64) {
	if n := len(ys); n > 1 {
		gap = min(gap, (high-low)/float64(n-1))
	}
	for i := range ys {
		floor := low
		if i > 0 {
			floor = ys[i-1] + gap
		}
		ys[i] = max(ys[i], floor)
	}
	ceiling := high
	for i := len(ys) - 1; i >= 0; i-- {
		ys[i] = min(ys[i], ceiling)
		ceiling = ys[i] - gap
	}
}
