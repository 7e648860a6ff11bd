package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Size is a number of octets, written in binary units: 64MiB, 16GiB, 0.
type Size int64

// The units of sizes.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

// maxSize is more than any machine has: beyond it a size is a slip of the pen.
const maxSize = 1024 * TiB

// sizeUnits from the largest: a size prints in the first that holds it exactly.
var sizeUnits = []struct {
	name   string
	octets Size
}{{"TiB", TiB}, {"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"B", 1}}

// String is the size in the largest unit of which it is a whole number: "64MiB", "1500B", "0".
func (s Size) String() string {
	if s == 0 {
		return "0"
	}
	for _, u := range sizeUnits {
		if s%u.octets == 0 {
			return strconv.FormatInt(int64(s/u.octets), 10) + u.name
		}
	}
	panic("BUG: every size is a whole number of octets")
}

// measured is a whole number with a unit.
var measured = regexp.MustCompile(`^([0-9]+) ?([A-Za-z]*)$`)

func parseSize(text string) (Size, error) {
	const form = "must be a whole number of KiB, MiB, GiB or TiB, such as 64MiB or 16GiB"
	m := measured.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%s (got %q)", form, text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > int64(maxSize) {
		n = math.MaxInt64 // refused below, in whatever unit
	}
	if m[2] == "" && n == 0 {
		return 0, nil
	}
	for _, u := range sizeUnits {
		if u.name != m[2] || strings.Contains(text, " ") {
			continue
		}
		if n > int64(maxSize/u.octets) {
			return 0, fmt.Errorf("must be at most %s (got %q)", maxSize, text)
		}
		return Size(n) * u.octets, nil
	}
	return 0, fmt.Errorf("%s (got %q)%s", form, text, sizeHint(m[1], m[2]))
}

// sizeHint says what was probably meant by a number with another unit, or with none.
func sizeHint(number, unit string) string {
	if unit == "" {
		return fmt.Sprintf(": it has no unit; write %sMiB, or %sB for single octets", number, number)
	}
	for _, u := range sizeUnits {
		if strings.EqualFold(unit, u.name) || strings.EqualFold(unit, u.name[:1]) || strings.EqualFold(unit, u.name[:1]+"B") {
			return fmt.Sprintf(": write %s%s", number, u.name)
		}
	}
	return ""
}

// Span is a length of time in whole minutes, written in days, hours or minutes: 2d, 6h, 90m.
type Span time.Duration

// maxSpan is a year: beyond it a span is a slip of the pen.
const maxSpan = Span(365 * 24 * time.Hour)

// spanUnits from the largest: a span prints in the first that holds it exactly.
var spanUnits = []struct {
	name   string
	length Span
}{{"d", Span(24 * time.Hour)}, {"h", Span(time.Hour)}, {"m", Span(time.Minute)}}

// String is the span in the largest unit of which it is a whole number: "6h", "90m", "2d".
func (s Span) String() string {
	for _, u := range spanUnits {
		if s%u.length == 0 && s != 0 {
			return strconv.FormatInt(int64(s/u.length), 10) + u.name
		}
	}
	return s.Duration().String() // not from a file: parts of a minute cannot be written there
}

// Duration is the span for the clock.
func (s Span) Duration() time.Duration { return time.Duration(s) }

func parseSpan(text string) (Span, error) {
	if m := measured.FindStringSubmatch(text); m != nil && !strings.Contains(text, " ") {
		for _, u := range spanUnits {
			n, err := strconv.ParseInt(m[1], 10, 64)
			if u.name == m[2] && err == nil && n >= 1 && n <= int64(maxSpan/u.length) {
				return Span(n) * u.length, nil
			}
		}
	}
	return 0, fmt.Errorf("must be a number of minutes, hours or days from 1m to %s, such as 90m, 6h or 2d (got %q)", maxSpan, text)
}
