package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"tributary/internal/stats"
)

// appendText appends the value as CSV has it: whole numbers in full, others as the shortest
// decimal that reads back to the same float64, nothing for empty.
func (v *value) appendText(dst []byte, k kind) []byte {
	switch k {
	case kindText:
		return append(dst, v.text...)
	case kindFlag:
		return strconv.AppendBool(dst, v.flag)
	case kindWhole:
		if !v.num.Known {
			return dst
		}
		return append(dst, v.whole.String()...)
	}
	return v.num.Append(dst)
}

// writeCSV writes the dataset as RFC 4180 has it, but with line feeds alone.
func writeCSV(w io.Writer, d *stats.Dataset) error {
	columns := datasetColumns(d.Normalized)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	out := csv.NewWriter(w)
	if err := out.Write(record); err != nil {
		return err
	}
	var field []byte
	for i := range d.Rows {
		for j, c := range columns {
			v := c.of(&d.Rows[i])
			field = v.appendText(field[:0], c.kind)
			record[j] = string(field)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeJSON writes an array of objects, one a line, so that it reads as JSON and by lines.
// Numbers are JSON numbers with all their digits: a reader that keeps numbers as float64 loses the
// last ones of bits above 2^53.
func writeJSON(w io.Writer, d *stats.Dataset) error {
	out := bufio.NewWriter(w)
	columns := datasetColumns(d.Normalized)
	line := []byte("[")
	for i := range d.Rows {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, "\n{"...)
		for j, c := range columns {
			if j > 0 {
				line = append(line, ',')
			}
			line = append(strconv.AppendQuote(line, c.name), ':')
			v := c.of(&d.Rows[i])
			line = v.appendJSON(line, c.kind)
		}
		line = append(line, '}')
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	if _, err := out.Write(append(line, "\n]\n"...)); err != nil {
		return err
	}
	return out.Flush()
}

func (v *value) appendJSON(dst []byte, k kind) []byte {
	switch {
	case k == kindText:
		quoted, err := json.Marshal(v.text)
		if err != nil {
			panic("BUG: a string that is no JSON: " + err.Error())
		}
		return append(dst, quoted...)
	case k != kindFlag && !v.num.Known:
		return append(dst, "null"...)
	}
	return v.appendText(dst, k)
}
