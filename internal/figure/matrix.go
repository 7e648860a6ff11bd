package figure

import "strings"

// Matrix is a number by row and column in one period, as a heatmap.
type Matrix struct {
	Rows, Cols []string
	Short      []string  // of rows, where there is little room; nil for Rows
	Cells      [][]Value // by row and column
	Unit       Unit

	// Months says that the columns are months ("2025-10"). Where they are too narrow for their
	// numbers they become the rows.
	Months bool
}

// matrixLayout is where the parts of a matrix stand.
type matrixLayout struct {
	size       float64
	rows, cols []string  // names as written
	head       []string  // of hover values: rows' and columns' names in full
	across     []string  // the columns' of them
	cells      [][]Value // by row and column as drawn
	upright    bool      // column names are written upwards
	numbers    bool
	cell       [2]float64
	plot       plot
	height     float64
}

// Chart draws the cells, each with its number where there is room.
func (m *Matrix) Chart(width int, t *Theme) Chart {
	l := m.layout(width)
	c := Chart{Width: width, Height: int(l.height), Option: base(width, t)}
	steps := rampOf(l.cells)
	push(c.Option, "grid", l.plot.grid())
	push(c.Option, "xAxis", heatAxis(l.cols, 0, l.size, t, true, l.upright))
	push(c.Option, "yAxis", heatAxis(l.rows, 0, l.size, t, false, false))
	push(c.Option, "series", heatSeries("", 0, &heatGrid{l.rows, l.cols, l.cells, m.Unit, l.size, l.numbers, true}, &steps, t))
	c.Option["tooltip"] = obj{"trigger": "item"}
	c.Option["graphic"] = obj{"elements": heatLegend(width, l.plot.left, l.plot.bottom(), m.Unit, &steps, [][][]Value{l.cells}, t)}
	for row := range l.cells {
		for col, v := range l.cells[row] {
			c.Tips = append(c.Tips, Tip{
				X: l.plot.left + float64(col)*l.cell[0], Y: l.plot.top + float64(row)*l.cell[1], W: l.cell[0], H: l.cell[1],
				Text: tipLines(l.head[row]+", "+l.across[col], v.Text(m.Unit)),
			})
		}
	}
	return c
}

func (m *Matrix) layout(width int) matrixLayout {
	l := matrixLayout{size: fontSize(width), rows: m.Rows, head: m.Rows, cols: m.Cols, across: m.Cols, cells: m.Cells}
	if narrow(width) && m.Short != nil {
		l.rows = m.Short
	}
	if m.Months {
		l.across = make([]string, len(m.Cols))
		for i, month := range m.Cols {
			l.across[i] = monthName(month)
		}
		l.cols = stackedMonths(m.Cols)
		l.place(m, width)
		if l.numbers || !narrow(width) || len(m.Cols) <= len(m.Rows) {
			return l
		}
		l.rows, l.cols, l.head, l.across, l.cells = l.across, l.rows, l.across, l.head, turned(m.Cells, len(m.Cols))
	}
	l.place(m, width)
	return l
}

// place measures names and sets the grid.
func (l *matrixLayout) place(m *Matrix, width int) {
	const right, most = 4, 280 // a cell needs no more than that: a few columns stand together
	left, name := 0.0, 0.0
	for _, s := range l.rows {
		left = max(left, TextWidth(s, l.size, false)+10)
	}
	lines := 1
	for _, s := range l.cols {
		parts := strings.Split(s, "\n")
		lines = max(lines, len(parts))
		for _, part := range parts {
			name = max(name, TextWidth(part, l.size, false))
		}
	}
	w := min(float64(width)-left-right, most*float64(max(1, len(l.cols))))
	l.cell = [2]float64{w / float64(max(1, len(l.cols))), 2.2 * l.size}
	l.upright = lines == 1 && name > l.cell[0]-4
	head := 8 + 1.3*l.size*float64(lines)
	if l.upright {
		head = name + 12
	}
	l.numbers = numbersFit(m.Unit, l.size, l.cell[0], l.cells)
	l.plot = plot{left: left, top: head, width: w, height: l.cell[1] * float64(len(l.rows))}
	l.height = l.plot.bottom() + legendHeight(width, hasState(Hidden, l.cells) || hasState(Missing, l.cells))
}

// stackedMonths are months as the heads of narrow columns: "Nov", with the year over the first and
// over every January.
func stackedMonths(months []string) []string {
	out := make([]string, len(months))
	for i, month := range months {
		name := monthName(month)
		year := name[max(0, len(name)-4):]
		out[i] = name[:min(3, len(name))]
		if i == 0 || strings.HasSuffix(month, "-01") {
			out[i] = year + "\n" + out[i]
		}
	}
	return out
}

// turned swaps rows and columns.
func turned(cells [][]Value, cols int) [][]Value {
	out := make([][]Value, cols)
	for _, row := range cells {
		for col, v := range row {
			out[col] = append(out[col], v)
		}
	}
	return out
}
