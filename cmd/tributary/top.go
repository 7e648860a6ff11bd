package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"tributary/internal/flow"
	"tributary/internal/stats"
)

type topCmd struct {
	Period string `arg:"" name:"PERIOD" help:"UTC day (2025-10-03), month (2025-10), quarter (2025Q4) or year (2025)."`
	By     string `enum:"network,as,type,region,link,country" default:"network" help:"What to rank: network, as, type, region, link or country (default ${default}). Of countries the store keeps volume alone."`
	N      int    `short:"n" default:"20" placeholder:"ROWS" help:"How many rows at most (default ${default})."`
}

// Help explains the table.
func (*topCmd) Help() string {
	return `Both directions together. Columns: volume in bits (b) of the period; share of all bits; average, 95th percentile and largest five-minute rate (b/s); distinct remote addresses, with their bounds in parentheses where they are an estimate; bits per address. Decimal prefixes: 1 Gb = 10^9 bits. The table is for your own use: nothing in it is suppressed.`
}

// Run ranks. The table is for the operator: it names networks, and nothing in it is suppressed.
func (c *topCmd) Run(m *Main) error {
	period, err := flow.ParsePeriod(c.Period)
	if err != nil {
		return usagef("%w", err)
	}
	if c.N < 1 {
		return usagef("-n must be at least 1 (got %d)", c.N)
	}
	var answer bytes.Buffer
	if err := ask(m, "top", stats.TopQuestion{Period: period, By: stats.TopBy(c.By), N: c.N}, &answer); err != nil {
		return err
	}
	_, err = answer.WriteTo(m.Stdout)
	return err
}

// answerTop writes the ranking that is asked for as a table.
func answerTop(ctx context.Context, src *stats.Source, q stats.TopQuestion, w io.Writer) error {
	top, err := src.Top(ctx, q)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, topTable(top))
	return err
}

// topTable draws the ranking for a terminal.
func topTable(top *stats.Top) string {
	table := [][]string{{"", string(top.By), "type", "volume", "share", "average", "p95", "max", "addresses", "", "per address"}}
	add := func(rank string, r *stats.TopRow) {
		table = append(table, []string{
			rank, r.Name, r.Type,
			human(r.Bits, "b"), percent(r.Share),
			human(r.BpsAvg, "b/s"), human(r.BpsP95, "b/s"), human(r.BpsMax, "b/s"),
			grouped(r.Unique), bounds(r), human(r.Magnitude, "b"),
		})
	}
	for i := range top.Rows {
		add(strconv.Itoa(i+1), &top.Rows[i])
	}
	if top.Others > 0 {
		table = append(table, []string{"", fmt.Sprintf("… %d more", top.Others)})
	}
	add("", &top.Total)
	var b strings.Builder
	const minute = "2006-01-02 15:04"
	fmt.Fprintf(&b, "%s, %s to %s UTC\n", top.Period.Name, top.Period.From.Time().Format(minute), top.Period.To.Time().Format(minute))
	if top.Begins > top.Period.From {
		fmt.Fprintf(&b, "the store's traffic begins at %s UTC: the average and p95 take the time before as empty\n", top.Begins.Time().Format(minute))
	}
	b.WriteString("\n")
	b.WriteString(align(table))
	return b.String()
}

// align pads columns: names to the right, numbers to the left. Columns without any value are left
// out.
func align(table [][]string) string {
	width := make([]int, len(table[0]))
	used := make([]bool, len(table[0]))
	for i, row := range table {
		for j, cell := range row {
			width[j] = max(width[j], utf8.RuneCountInString(cell))
			used[j] = used[j] || i > 0 && cell != ""
		}
	}
	var b strings.Builder
	for _, row := range table {
		var line strings.Builder
		for j, cell := range row {
			if !used[j] {
				continue
			}
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if j == 1 || j == 2 || j == 9 {
				line.WriteString(cell + pad + "  ")
			} else {
				line.WriteString(pad + cell + "  ")
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// human is a number with three digits and a decimal prefix: "1.23 Tb". Empty for nothing.
func human(n stats.Num, unit string) string {
	if !n.Known {
		return ""
	}
	v, prefix := n.Value, ""
	for _, p := range []string{"k", "M", "G", "T", "P", "E", "Z", "Y"} {
		if v < 999.5 {
			break
		}
		v, prefix = v/1000, p
	}
	digits := 2
	switch {
	case v >= 99.95 || prefix == "" && v == float64(int64(v)):
		digits = 0
	case v >= 9.995:
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + prefix + unit
}

func percent(n stats.Num) string {
	if !n.Known {
		return ""
	}
	return strconv.FormatFloat(100*n.Value, 'f', 2, 64) + " %"
}

// grouped is a count with commas: "12,345".
func grouped(n stats.Num) string {
	if !n.Known {
		return ""
	}
	digits := strconv.FormatFloat(n.Value, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// bounds are those of an estimated count of addresses; empty for an exact one.
func bounds(r *stats.TopRow) string {
	if r.UniqueLow == r.UniqueHigh {
		return ""
	}
	return "(" + grouped(r.UniqueLow) + " to " + grouped(r.UniqueHigh) + ")"
}
