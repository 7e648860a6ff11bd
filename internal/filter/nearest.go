package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold makes texts equal that differ in the case of letters alone: each letter is the least of those
// that it is another case of. ASCII without capitals comes back as it is.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if least >= 'A' && least <= 'Z' { // small letters, so that most texts need no copy
			least += 'a' - 'A'
		}
		return least
	}, s)
}

// nearest is the name that a text was most likely meant to be: the one fewest changes away, if those are
// few for its length; else the only one that begins with it.
func nearest(text string, names []string) (string, bool) {
	text = fold(text)
	letters := utf8.RuneCountInString(text)
	best, fewest := "", 1+min(max(1, letters/3), letters-1) // some of it must be right
	for _, n := range names {
		if d := distance(text, fold(n), fewest); d < fewest {
			best, fewest = n, d
		}
	}
	if best != "" || text == "" {
		return best, best != ""
	}
	for _, n := range names {
		if strings.HasPrefix(fold(n), text) {
			if best != "" {
				return "", false
			}
			best = n
		}
	}
	return best, best != ""
}

// distance is how many letters must be put in, taken away, changed or swapped with the next to make b of
// a (optimal string alignment); limit if it is as many or more.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) >= limit || len(y)-len(x) >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(limit, last[len(y)])
}
