package stats

// Dataset is the open dataset: one row per month and cell, sorted by month, region, network type,
// direction and IP version, each by its text. docs/reference/dataset.md is its dictionary.
type Dataset struct {
	Rows       []Row
	Normalized bool // bits, bps_* and magnitude are × one common factor, and bits not whole
}

// Row is a cell of a month.
type Row struct {
	Month string // "2025-10"
	Cell
}

// newDataset lists the cells of sheets of months, which are in order of time and sorted.
func newDataset(months []*Sheet) *Dataset {
	d := &Dataset{}
	for _, m := range months {
		d.Normalized = d.Normalized || m.Normalized
		for _, c := range m.Cells {
			d.Rows = append(d.Rows, Row{Month: m.Period.Name, Cell: c})
		}
	}
	return d
}
