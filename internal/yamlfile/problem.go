package yamlfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a file that people write.
type Problem struct {
	File string // as it was opened; empty for a value that was not read from a file
	Line int    // from 1; 0 = unknown
	Path string // key path, such as "links[2].kind"; empty for the file as a whole
	Text string // what is wrong and what to do, with the value
}

// Error is "FILE:LINE: PATH: TEXT", less what is not known.
func (p *Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Text
}

// maxProblems is how many mistakes are shown at once: more than fit on a terminal help nobody.
const maxProblems = 20

// Problems are all the mistakes found in a file, in the order of its lines.
type Problems []*Problem

// Error has one line a problem.
func (p Problems) Error() string {
	lines := make([]string, 0, min(len(p), maxProblems+1))
	for i, one := range p {
		if i == maxProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(p)-i))
			break
		}
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a *Problem.
func (p Problems) Unwrap() []error {
	errs := make([]error, len(p))
	for i := range p {
		errs[i] = p[i]
	}
	return errs
}

// Err is p as an error: nil where there are none. It sorts p.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return p
}
