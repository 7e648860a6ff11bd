package console

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"tributary/internal/explore"
	"tributary/internal/stats"
)

// Keys of rows of a CSV file that stand for several.
const (
	csvOthers = "(others)" // the rows that are not listed one by one
	csvTotal  = "(all)"    // everything that the filter lets through
)

// exploreCSV is an answer as CSV: a line for each row and step, rows in the answer's order and then
// the others and the total. Numbers are as the dataset's: the shortest decimal that reads back to the same;
// what is not known is empty.
func exploreCSV(a *explore.Answer) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	in := func(what string) string { return what + " (" + a.Unit + ")" }
	header := []string{"time (UTC)"}
	for _, d := range a.Question.By {
		header = append(header, string(d))
	}
	header = append(header, in(string(a.Question.Measure)), in("low"), in("high"), in("previous "+string(a.Question.Measure)))
	_ = w.Write(header) // into memory: never fails
	write := func(r *explore.Row, name string) {
		for i, at := range a.Times {
			line := []string{at.Format(time.RFC3339)}
			for k := range a.Question.By {
				if name == "" && k < len(r.Keys) {
					line = append(line, r.Keys[k].Value)
				} else {
					line = append(line, name)
				}
			}
			for _, values := range [][]stats.Num{r.Values, r.Low, r.High, r.Before} {
				text := ""
				if i < len(values) {
					text = values[i].Text()
				}
				line = append(line, text)
			}
			_ = w.Write(line)
		}
	}
	for i := range a.Rows {
		write(&a.Rows[i], "")
	}
	if a.Others != nil {
		write(a.Others, csvOthers)
	}
	write(&a.Total, csvTotal)
	w.Flush()
	return b.Bytes()
}

// csvName names a file after what it answers: "tributary-volume-by-type-2026-05.csv".
func csvName(q *explore.Question) string {
	parts := []string{"tributary", string(q.Measure)}
	if len(q.By) > 0 {
		parts = append(parts, "by")
	}
	for _, d := range q.By {
		parts = append(parts, string(d))
	}
	name := strings.Join(append(parts, q.Range), "-") + ".csv"
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.':
			return r
		}
		return '-'
	}, name)
}
