package figure

import (
	"strconv"
	"strings"
)

//go:generate go run gen_metrics.go

// FontStack is the font family of every figure. Arial, Helvetica and Liberation Sans have the same
// widths; other systems' sans-serif lies between them and DejaVu Sans, the widest in common use. The
// table of advances holds the larger of the two for each character, so that measured text is never
// narrower than shown text.
const FontStack = "Helvetica Neue,Helvetica,Arial,Liberation Sans,sans-serif"

const wideRune = 1000 // of characters outside the table: one em, as of ideographs

// TextWidth is a width, in CSS pixels, that text of one line does not exceed in a size of the font.
func TextWidth(text string, size float64, bold bool) float64 {
	table := &advances
	if bold {
		table = &boldAdvances
	}
	sum := 0
	for _, c := range text {
		sum += advance(table[:], c)
	}
	return float64(sum) * size / 1000
}

// fit shortens text to a width in CSS pixels: an ellipsis takes the place of its middle, since names
// of one kind often differ only at their ends.
func fit(text string, size, width float64) string {
	if TextWidth(text, size, false) <= width {
		return text
	}
	runes := []rune(text)
	tail := string(runes[max(0, len(runes)-3):])
	for n := len(runes) - 4; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " ") + "…" + tail; TextWidth(short, size, false) <= width {
			return short
		}
	}
	return tail
}

// regionLabels are names of regions, short enough to leave room for what they name.
func regionLabels(names []string, width int) []string {
	most := 150.0
	if narrow(width) {
		most = 84
	}
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = fit(name, fontSize(width), most)
	}
	return out
}

func advance(table []uint16, c rune) int {
	at := 0
	for _, r := range metricRanges {
		if c < r[0] {
			break
		}
		if c <= r[1] {
			if w := int(table[at+int(c-r[0])]); w > 0 {
				return w
			}
			return wideRune
		}
		at += int(r[1]-r[0]) + 1
	}
	return wideRune
}

// measureCSS is TextWidth for a CSS font such as "bold 12px Arial": what ECharts asks with.
func measureCSS(text, font string) float64 {
	size, bold := 12.0, false
	for word := range strings.FieldsSeq(font) {
		switch px, ok := strings.CutSuffix(word, "px"); {
		case ok:
			if v, err := strconv.ParseFloat(px, 64); err == nil {
				size = v
			}
		case word == "bold" || word == "bolder" || word == "600" || word == "700":
			bold = true
		}
	}
	return TextWidth(text, size, bold)
}
