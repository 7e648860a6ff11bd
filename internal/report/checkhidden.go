package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// secrets are the numbers that publication hides, by value, each with the cell that it is of. They
// are kept only to be looked for.
type secrets map[float64]string

// secretsOf are those of published sheets. A number that any cell shows, of these sheets or of the dataset,
// is no secret, whatever it measures there: two months or cells with nearly the same addresses have the same
// estimate, which follows from one hash of a sketch. Round numbers are left out: they stand elsewhere by
// chance.
func secretsOf(sheets []*stats.Sheet, dataset *stats.Dataset) secrets {
	shown := shownNumbers(sheets, dataset)
	out := secrets{}
	for _, s := range stats.Secrets(sheets...) {
		if shown[s.Value] || s.Measure == "share" && simple(s.Value) || s.Measure != "share" && digits(s.Value) < 6 {
			continue
		}
		out[s.Value] = strings.Join([]string{s.Measure, "of", s.Period, s.Key.Region, s.Key.TypeName(), s.Key.Direction.String(), s.Key.VersionName()}, " ")
	}
	return out
}

// shownNumbers are those that cells show which are not suppressed.
func shownNumbers(sheets []*stats.Sheet, dataset *stats.Dataset) map[float64]bool {
	shown := map[float64]bool{}
	add := func(c *stats.Cell) {
		if c.Suppressed {
			return
		}
		for _, n := range [...]stats.Num{
			c.Bits, c.BpsAvg, c.BpsP95, c.BpsMax, c.Unique, c.UniqueLow, c.UniqueHigh, c.Magnitude, c.Share, c.Networks, c.Flows,
			c.UniqueDay.Avg, c.UniqueDay.P95, c.UniqueDay.Max, c.MagnitudeDay.Avg, c.MagnitudeDay.P95, c.MagnitudeDay.Max,
		} {
			if n.Known {
				shown[n.Value] = true
			}
		}
	}
	for _, s := range sheets {
		for i := range s.Cells {
			add(&s.Cells[i])
		}
	}
	if dataset != nil {
		for i := range dataset.Rows {
			add(&dataset.Rows[i].Cell)
		}
	}
	return shown
}

// digits is how many significant digits a number has.
func digits(x float64) int {
	mantissa, _, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'e', -1, 64), "e")
	return len(strings.ReplaceAll(mantissa, ".", ""))
}

// simple reports a fraction of small whole numbers.
func simple(share float64) bool {
	for n := 1.0; n <= 500; n++ {
		if math.Abs(share*n-math.Round(share*n)) < 1e-12*n {
			return true
		}
	}
	return false
}

// checkSecrets: no number that is shown is one that is hidden.
func (r *Report) checkSecrets() []string {
	var out failures
	look := func(where string, v figure.Value, u figure.Unit) {
		if of, ok := r.secrets[v.X]; ok && v.OK() && u != figure.Points {
			out.add("%s shows the hidden %s", where, of)
		}
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		for _, row := range f.Table.Rows {
			for c := range row {
				look("figure "+f.Name, row[c].Value, f.Table.Columns[min(c, len(f.Table.Columns)-1)].Unit)
			}
		}
	}
	for i := range r.Findings {
		for _, n := range r.Findings[i].Numbers {
			look("a finding", n.Value, n.Unit)
		}
	}
	for _, n := range r.Key {
		look("the head", n.Value, n.Unit)
	}
	return out
}

// checkFiles: no file that is text holds a number that is hidden, with all its digits. Tables are
// looked at before (checkSecrets); this finds what pictures and pages hold besides.
func (r *Report) checkFiles(files []File) error {
	if len(r.secrets) == 0 {
		return nil
	}
	var out failures
	for _, f := range files {
		if bytes.IndexByte(f.Data, 0) >= 0 {
			continue // the dataset in its binary form is checked as rows
		}
		for data := f.Data; ; {
			from := bytes.IndexAny(data, "0123456789")
			if from < 0 {
				break
			}
			data = data[from:]
			length := numberLength(data)
			if length >= 7 {
				if x, err := strconv.ParseFloat(string(data[:length]), 64); err == nil && r.secrets[x] != "" {
					out.add("%s holds the hidden %s", f.Path, r.secrets[x])
				}
			}
			data = data[length:]
		}
	}
	if len(out) == 0 || r.Draft != nil {
		return nil
	}
	return fmt.Errorf("cannot write the report: %w", &CheckError{out})
}

// numberLength is how long the decimal number is that data begins with, its fraction included.
func numberLength(data []byte) int {
	n, point := 0, false
	for n < len(data) && (data[n] >= '0' && data[n] <= '9' || data[n] == '.' && !point) {
		point = point || data[n] == '.'
		n++
	}
	return n
}
