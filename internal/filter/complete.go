package filter

import (
	"slices"
	"strings"
)

// Kind is what a candidate is.
type Kind string

// The kinds.
const (
	KindField    Kind = "field"
	KindOperator Kind = "operator"
	KindValue    Kind = "value"
	KindKeyword  Kind = "keyword"
)

// Candidate is a word that may stand at the cursor.
type Candidate struct {
	Text  string // as it is written, in quotes if it must be
	Kind  Kind
	About string // what it is, in a few words; may be empty
}

// Completion says which candidates may stand in place of the octets From to To of the text: the word that
// the cursor is in or behind, or nothing.
type Completion struct {
	From, To   int
	Candidates []Candidate
}

// mostCandidates is how many are offered: what a list on a page shows.
const mostCandidates = 20

// Complete offers what may stand at the cursor, octets from the text's beginning, given what stands before
// it. Those that begin with what is written so far come first; there are none after a mistake.
func Complete(text string, cursor int, v *Vocabulary) Completion {
	cursor = max(0, min(cursor, len(text)))
	from, typed := partial(text[:cursor])
	c := Completion{From: from, To: cursor}
	if from < cursor {
		c.To = max(cursor, lex(text, from).end)
		if text[from] == '"' && lex(text, from).kind != literal {
			c.To = cursor // the quotes do not end: what follows is not the string's
		}
	}
	if len(text) > maxText {
		return c
	}
	// What is wanted here is what is missing where the text before the word is all there is.
	before := text[:from]
	_, mistake := parse(before, v)
	want, field := wantAnd, Field(0)
	switch {
	case strings.TrimLeft(before, " \t\n\v\f\r") == "":
		want = wantOperand
	case mistake == nil:
	case mistake.Offset < len(before) || mistake.Length > 0:
		return c
	default:
		want, field = mistake.wanted, mistake.field
	}
	if want == wantValue && field.words() == nil && field != Region && field != Link && field != Provider {
		c.Candidates = searched(field, typed, v)
		return c
	}
	c.Candidates = matching(candidates(want, field, v), typed)
	return c
}

// partial is the word that ends where the text does: where it begins and what it says so far. Nothing
// where the text ends with a blank or a sign that is whole.
func partial(text string) (from int, typed string) {
	last := token{}
	for {
		t := lex(text, last.end)
		if t.kind == end {
			break
		}
		last = t
	}
	switch {
	case last.end != len(text) || last.end == 0:
	case last.kind == bare:
		return last.offset, last.text
	case last.kind == literal:
		return last.offset, last.text
	case last.kind == wrong && (text[last.offset] == '"' || last.text == "!"):
		return last.offset, last.text
	}
	return len(text), ""
}

// candidates are all that may stand where something is wanted.
func candidates(want wanted, field Field, v *Vocabulary) []Candidate {
	keyword := func(text, about string) Candidate { return Candidate{text, KindKeyword, about} }
	var out []Candidate
	switch want {
	case wantOperand:
		for f := range NumFields {
			out = append(out, Candidate{f.String(), KindField, f.About()})
		}
		return append(out, keyword("not", "whatever the next comparison does not say"), keyword("(", "comparisons that belong together"))
	case wantOperator:
		for _, o := range field.operators() {
			out = append(out, Candidate{o.Text, KindOperator, o.About})
		}
	case wantIn:
		return []Candidate{{"in", KindOperator, "is none of: not in (…, …)"}}
	case wantOpen:
		return []Candidate{keyword("(", "begins the values")}
	case wantValue:
		for _, w := range values(field, v) {
			out = append(out, Candidate{written(w.Text), KindValue, w.About})
		}
	case wantMore:
		return []Candidate{keyword(",", "another value"), keyword(")", "ends the values")}
	case wantAnd, wantAndClose:
		out = []Candidate{keyword("and", "both must be so"), keyword("or", "one of the two must be so")}
		if want == wantAndClose {
			out = append(out, keyword(")", "ends what belongs together"))
		}
	}
	return out
}

// values are those of a field that has few.
func values(f Field, v *Vocabulary) []Word {
	var out []Word
	for _, w := range f.words() {
		out = append(out, w.Word)
	}
	names, _ := v.names(f)
	for _, n := range names {
		w := Word{Text: n}
		if n == f.absent() {
			w.About = "whatever has none"
		}
		out = append(out, w)
	}
	return out
}

// searched are the values of a field that has many, as the vocabulary finds and orders them.
func searched(f Field, typed string, v *Vocabulary) (out []Candidate) {
	if v == nil || v.Search == nil {
		return nil
	}
	for _, w := range v.Search(f, typed, mostCandidates) {
		out = append(out, Candidate{written(w.Text), KindValue, w.About})
	}
	return out[:min(len(out), mostCandidates)]
}

// matching are the candidates for what is typed: those that begin with it before those that have it
// elsewhere, each in their order.
func matching(all []Candidate, typed string) []Candidate {
	typed = fold(typed)
	var first, other []Candidate
	for _, c := range all {
		switch text := fold(strings.Trim(c.Text, `"`)); {
		case strings.HasPrefix(text, typed):
			first = append(first, c)
		case strings.Contains(text, typed):
			other = append(other, c)
		}
	}
	all = slices.Concat(first, other)
	return all[:min(len(all), mostCandidates)]
}
