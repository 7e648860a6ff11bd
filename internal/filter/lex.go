package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word, a quoted string, a sign or the end.
type token struct {
	kind        tokenKind
	offset, end int
	text        string // of a word or string: what it means; of a sign: itself
	message     string // of a wrong one: what is wrong
}

type tokenKind uint8

const (
	end     tokenKind = iota
	bare              // a word
	literal           // a quoted string
	sign              // ( ) , = != ~
	wrong
)

// is reports a keyword.
func (t *token) is(keyword string) bool {
	return t.kind == bare && strings.EqualFold(t.text, keyword)
}

// keywords cannot stand for a value unless they are quoted.
func (t *token) keyword() bool {
	return t.is("and") || t.is("or") || t.is("not") || t.is("in")
}

// wordByte reports the characters of words.
func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_:/", c) >= 0
}

// lex reads the token at or after an offset. Every token but the end is at least one octet long.
func lex(text string, at int) token {
	for at < len(text) && (text[at] == ' ' || text[at] >= '\t' && text[at] <= '\r') {
		at++
	}
	if at == len(text) {
		return token{kind: end, offset: at, end: at}
	}
	rest := text[at:]
	switch c := rest[0]; {
	case wordByte(c):
		n := 1
		for n < len(rest) && wordByte(rest[n]) {
			n++
		}
		return token{kind: bare, offset: at, end: at + n, text: rest[:n]}
	case c == '"':
		return lexString(text, at)
	case strings.IndexByte("(),=~", c) >= 0:
		if strings.HasPrefix(rest, "==") {
			return token{wrong, at, at + 2, "==", "there is no operator ==: did you mean =?"}
		}
		return token{kind: sign, offset: at, end: at + 1, text: rest[:1]}
	case strings.HasPrefix(rest, "!="):
		return token{kind: sign, offset: at, end: at + 2, text: "!="}
	}
	return lexWrong(text, at)
}

// lexString reads a quoted string. One that does not end is wrong, as far as it goes.
func lexString(text string, at int) token {
	var b strings.Builder
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			if s := b.String(); utf8.ValidString(s) {
				return token{kind: literal, offset: at, end: i + 1, text: s}
			}
			return token{wrong, at, i + 1, "", "the string in quotes is not UTF-8"}
		case '\\':
			if i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
				i++
				break
			}
			if i+1 == len(text) {
				continue
			}
			return token{wrong, i, i + 1, b.String(), `\ stands only before " and \ in a string: write \\ for itself`}
		}
		b.WriteByte(text[i])
	}
	return token{wrong, at, len(text), b.String(), `the string in quotes does not end: expected "`}
}

// signs are what other languages write.
var signs = []struct{ sign, message string }{
	{"&&", "there is no &&: did you mean and?"},
	{"||", "there is no ||: did you mean or?"},
	{"<>", "there is no operator <>: did you mean !=?"},
	{"!~", "there is no operator !~: did you mean not … ~ …?"},
	{"&", "there is no &: did you mean and?"},
	{"|", "there is no |: did you mean or?"},
	{"!", "there is no !: did you mean not, or !=?"},
	{"<", "there is no operator <; of AS numbers, a range does: as = 64500..64511"},
	{">", "there is no operator >; of AS numbers, a range does: as = 64500..64511"},
	{"'", `a string is written in double quotes: "…"`},
}

// lexWrong is the token of what no token begins with.
func lexWrong(text string, at int) token {
	for _, s := range signs {
		if strings.HasPrefix(text[at:], s.sign) {
			return token{wrong, at, at + len(s.sign), s.sign, s.message}
		}
	}
	r, n := utf8.DecodeRuneInString(text[at:])
	switch {
	case r == utf8.RuneError && n <= 1:
		return token{wrong, at, at + 1, "", "the text is not UTF-8"}
	case !unicode.IsPrint(r):
		return token{wrong, at, at + n, "", "there is a character that cannot be seen: take it away"}
	}
	return token{wrong, at, at + n, text[at : at+n], string(r) + ` stands only in a value in quotes: "…"`}
}

// written is a value as the language has it: in quotes if it needs them.
func written(value string) string {
	for i := range len(value) {
		if !wordByte(value[i]) {
			return quoted(value)
		}
	}
	if t := (token{kind: bare, text: value}); value == "" || t.keyword() {
		return quoted(value)
	}
	return value
}

// quoted is a value in quotes.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
