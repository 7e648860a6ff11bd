// Package figure draws: a table becomes an ECharts option, and an option an SVG.
//
// The option is plain data (JSON without functions), so that the console's pages can give the same
// figure to ECharts in a browser; Render gives it to the same ECharts inside the binary, in a
// JavaScript interpreter without clock, timers or DOM, so that the same table is the same bytes.
//
// Nothing is placed by trial: every figure sets its margins from the widths of its labels, measured
// with metrics that are at least as wide as the font a reader will see. Two layouts exist, wide and
// narrow; each is drawn for its width and not scaled down from the other.
package figure

// Widths in CSS pixels of the two layouts of a report. The wide one, drawn at 2×, is 1,800 pixels;
// the narrow one is what a phone of 390 pixels has between its margins.
const (
	WideWidth   = 900
	NarrowWidth = 360
)

// Chart is a figure ready to draw: an ECharts option and the size it is laid out for. A chart drawn
// at another size has its labels in the wrong place: ask for another width instead.
type Chart struct {
	Option        map[string]any
	Width, Height int      // CSS pixels
	Tips          []Tip    // values that show where a reader points
	Bands         []string // the same for the bands of a Sankey diagram, by link
}

// State says what a value is.
type State uint8

// The states of a value.
const (
	Missing State = iota // there is no such number: nothing was observed, or it is undefined
	Known
	Hidden // there is one, and publication suppresses it
)

// Value is a number of a table, or the reason why there is none. The zero value is Missing.
// X is 0 unless State is Known: a hidden number is nowhere in what is published.
type Value struct {
	X     float64
	State State
}

// Num is a known value.
func Num(x float64) Value { return Value{x, Known} }

// Hide is a suppressed value.
func Hide() Value { return Value{State: Hidden} }

// OK reports whether there is a number.
func (v Value) OK() bool { return v.State == Known }

// Text is the value in a unit, "hidden" or "no data".
func (v Value) Text(u Unit) string {
	switch v.State {
	case Known:
		return u.Format(v.X)
	case Hidden:
		return "hidden"
	}
	return "no data"
}

// datum is the value as an ECharts datum: a number, or "-", which ECharts does not draw.
func (v Value) datum() any {
	if v.OK() {
		return v.X
	}
	return "-"
}

type (
	obj = map[string]any
	arr = []any
)

// narrow reports whether a width calls for the layout of a phone.
func narrow(width int) bool { return width < 600 }

// fontSize is that of labels, in CSS pixels. A wide figure may be shown down to three quarters of
// its size, a narrow one hardly smaller than drawn.
func fontSize(width int) float64 {
	if narrow(width) {
		return 11
	}
	return 13
}
