package yamlfile

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// maxInline is the longest inner struct that is printed on one line.
const maxInline = 100

// Append appends the struct v as YAML that Read reads back to the same value: a key a line, inner
// structs and the elements of lists each on one line in braces, as operators write them; an inner
// struct longer than maxInline with a line for each of its keys. A field tagged `yaml:"key,omitempty"` is left out of inner structs while it is the zero value. Types that
// need a parser to be read must have a String method that the parser understands.
//
// The library's encoder is not used: it drops a netip.Addr with omitempty, whatever its value.
func Append(dst []byte, v any) []byte {
	s := reflect.ValueOf(v)
	for i := range s.NumField() {
		key := keyOf(s.Type().Field(i))
		if key == "" {
			continue
		}
		dst = append(dst, key+":"...)
		field := s.Field(i)
		if field.Kind() == reflect.Slice && field.Len() > 0 && field.Index(0).Kind() == reflect.Struct && !isWord(field.Index(0)) {
			for j := range field.Len() {
				dst = appendInline(append(dst, "\n  - "...), field.Index(j))
			}
		} else if inline := appendInline(nil, field); len(inline) <= maxInline || field.Kind() != reflect.Struct || isWord(field) {
			dst = append(append(dst, ' '), inline...)
		} else {
			for j := range field.NumField() {
				if inner := keyOf(field.Type().Field(j)); inner != "" {
					dst = appendInline(append(dst, "\n  "+inner+": "...), field.Field(j))
				}
			}
		}
		dst = append(dst, '\n')
	}
	return dst
}

func isWord(v reflect.Value) bool {
	_, ok := reflect.TypeAssert[fmt.Stringer](v)
	return ok
}

// AppendInline appends the struct v in braces, on one line.
func AppendInline(dst []byte, v any) []byte { return appendInline(dst, reflect.ValueOf(v)) }

func appendInline(dst []byte, v reflect.Value) []byte {
	if word, ok := reflect.TypeAssert[fmt.Stringer](v); ok {
		text := word.String()
		if v.CanInt() && text == "0" { // a size of nothing is written as a number
			return append(dst, text...)
		}
		return append(dst, quote(text)...)
	}
	switch v.Kind() {
	case reflect.Struct:
		dst = append(dst, '{')
		for i, first := 0, true; i < v.NumField(); i++ {
			f := v.Type().Field(i)
			if keyOf(f) == "" || strings.HasSuffix(f.Tag.Get("yaml"), ",omitempty") && v.Field(i).IsZero() {
				continue
			}
			if !first {
				dst = append(dst, ", "...)
			}
			first = false
			dst = appendInline(append(dst, keyOf(f)+": "...), v.Field(i))
		}
		return append(dst, '}')
	case reflect.Slice:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendInline(dst, v.Index(i))
		}
		return append(dst, ']')
	case reflect.String:
		return append(dst, quote(v.String())...)
	}
	return fmt.Append(dst, v.Interface()) // numbers, true and false
}

// plainWord is text that means itself in YAML without quotes, in braces too.
var plainWord = regexp.MustCompile(`^(\./|/|[A-Za-z])([A-Za-z0-9 ._/-]*[A-Za-z0-9._/-])?$|^[0-9]+(\.[0-9]+){3}(/[0-9]+)?$|^[0-9]+([dhm]|([KMGT]i)?B)$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)

// meaning are the plain words that YAML takes for something else than text.
var meaning = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true}

func quote(s string) string {
	if plainWord.MatchString(s) && !meaning[strings.ToLower(s)] {
		return s
	}
	return strconv.Quote(s)
}
