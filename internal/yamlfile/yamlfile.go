// Package yamlfile reads the YAML files that operators write. It is strict: a key that the Go
// struct does not have, a value of the wrong kind and a key given twice are mistakes, and every
// mistake is a Problem that names file, line, key path and value. All mistakes of a file are
// reported together.
//
// Of YAML it takes one document of mappings, lists and plain values. Anchors, aliases, merge keys
// and tags are refused: these files are short, and a reader must see what a line says.
package yamlfile

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Parsers read the values of types that are written as one word: addresses, kinds, ages. The
// function's error says what is wrong with the text, with the text.
type Parsers map[reflect.Type]func(text string) (any, error)

// Parser adds the parser of T to p.
func Parser[T any](p Parsers, parse func(string) (T, error)) {
	p[reflect.TypeFor[T]()] = func(text string) (any, error) { return parse(text) }
}

// File is a file that was read: where its keys stand.
type File struct {
	Name  string
	lines map[string]int // by key path; negative for a key without value
}

// Line is the line of a key path, or of the nearest key above it; 0 where the file has none.
func (f *File) Line(path string) int {
	for path != "" {
		if line, ok := f.lines[path]; ok {
			return max(line, -line)
		}
		cut := max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, '['))
		path = path[:max(0, cut)]
	}
	return 0
}

// Has reports whether the file has a value at the key path.
func (f *File) Has(path string) bool { return f.lines[path] > 0 }

// Problem makes a Problem at a key path.
func (f *File) Problem(path, format string, args ...any) *Problem {
	return &Problem{File: f.Name, Line: f.Line(path), Path: path, Text: fmt.Sprintf(format, args...)}
}

// Read reads data into the struct that into points to, by its `yaml:"key"` tags. What the file does
// not mention, or leaves empty, stays as it is; a list replaces the list that was there. The File
// is never nil, so that what is found wrong later can be given its line.
func Read(name string, data []byte, into any, parsers Parsers) (*File, Problems) {
	r := reader{file: &File{Name: name, lines: map[string]int{}}, parsers: parsers}
	tree, err := parse(data)
	if err != nil {
		problem := &Problem{File: name, Text: "cannot be read as YAML: " + err.Error()}
		if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok {
			problem.Text = "cannot be read as YAML: " + syntax.Message
			if syntax.Token != nil && syntax.Token.Position != nil {
				problem.Line = syntax.Token.Position.Line
			}
		}
		return r.file, Problems{problem}
	}
	switch {
	case len(tree.Docs) > 1 && tree.Docs[1].Body != nil:
		r.problem(tree.Docs[1].Body, "", "a second document (after ---): write everything in one")
	case len(tree.Docs) > 0 && tree.Docs[0].Body != nil:
		r.value(tree.Docs[0].Body, reflect.ValueOf(into).Elem(), "")
	}
	return r.file, r.problems
}

// parse guards against the library: a file must not be able to end the program, whatever it holds.
func parse(data []byte) (tree *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			tree, err = nil, fmt.Errorf("the YAML library failed on it (%v)", p)
		}
	}()
	return parser.ParseBytes(data, 0)
}

type reader struct {
	file     *File
	parsers  Parsers
	problems Problems
}

func (r *reader) problem(n ast.Node, path, format string, args ...any) {
	r.problems = append(r.problems, &Problem{File: r.file.Name, Line: lineOf(n), Path: path, Text: fmt.Sprintf(format, args...)})
}

// value reads n into v.
func (r *reader) value(n ast.Node, v reflect.Value, path string) {
	if _, ok := r.file.lines[path]; !ok {
		r.file.lines[path] = lineOf(n)
	}
	switch n.(type) {
	case *ast.NullNode:
		r.file.lines[path] = -lineOf(n)
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.problem(n, path, "anchors (&), aliases (*) and tags (!) are not used here: write the value itself, in quotes if it begins with one of these signs")
		return
	}
	if parse, ok := r.parsers[v.Type()]; ok {
		text, ok := scalar(n)
		if !ok {
			r.problem(n, path, "must be one value, not %s%s", kindOf(n), quoteHint(n))
			return
		}
		parsed, err := parse(text)
		if err != nil {
			r.problem(n, path, "%v", err)
			return
		}
		v.Set(reflect.ValueOf(parsed))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		r.mapping(n, v, path)
	case reflect.Slice:
		r.list(n, v, path)
	default:
		r.plain(n, v, path)
	}
}

// mapping reads the keys of n into the fields of v.
func (r *reader) mapping(n ast.Node, v reflect.Value, path string) {
	var pairs []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		r.problem(n, path, "must be keys and values (%s), not %s", strings.Join(Keys(v.Type()), ", "), kindOf(n))
		return
	}
	for _, pair := range pairs {
		key := pair.Key.GetToken().Value
		under := join(path, key)
		r.file.lines[under] = pair.Key.GetToken().Position.Line
		field, ok := fieldOf(v, key)
		if !ok {
			r.problem(pair.Key, under, "no such key; %s", suggest(key, Keys(v.Type())))
			continue
		}
		if pair.Value != nil {
			r.value(pair.Value, field, under)
		}
	}
}

// list reads the elements of n into a new slice.
func (r *reader) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		if text, one := scalar(n); one {
			r.problem(n, path, "must be a list: write [%s] (got %q)", text, text)
			return
		}
		r.problem(n, path, "must be a list, not %s%s", kindOf(n), quoteHint(n))
		return
	}
	if len(seq.Values) == 0 {
		v.SetZero() // an empty list is nil, however it came about
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, e := range seq.Values {
		under := fmt.Sprintf("%s[%d]", path, i)
		if _, empty := e.(*ast.NullNode); empty {
			r.problem(e, under, "is empty: remove it, or write a value")
			continue
		}
		r.value(e, out.Index(i), under)
	}
	v.Set(out)
}

// plain reads text, numbers and true/false.
func (r *reader) plain(n ast.Node, v reflect.Value, path string) {
	text, ok := scalar(n)
	if !ok {
		r.problem(n, path, "must be one value, not %s%s", kindOf(n), quoteHint(n))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			r.problem(n, path, "must be true or false (got %q)", text)
			return
		}
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int32, reflect.Int64:
		whole, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			r.problem(n, path, "must be a whole number (got %q)", text)
			return
		}
		v.SetInt(whole)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		whole, err := strconv.ParseUint(text, 10, v.Type().Bits())
		if err != nil {
			r.problem(n, path, "must be a whole number from 0 to %d (got %q)", uint64(1)<<v.Type().Bits()-1, text)
			return
		}
		v.SetUint(whole)
	case reflect.Float64:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
			r.problem(n, path, "must be a number (got %q)", text)
			return
		}
		v.SetFloat(number)
	default:
		panic(fmt.Sprintf("BUG: yamlfile cannot read a %s (at %s)", v.Type(), path))
	}
}

// scalar is the text of a plain value as it was written, less its quotes.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	}
	if text, ok := scalar(n); ok {
		return strconv.Quote(text)
	}
	return "something else"
}

// quoteHint explains what YAML makes of an IPv6 address without quotes.
func quoteHint(n ast.Node) string {
	if strings.Contains(n.String(), ":") {
		return "; put a value that holds a colon, such as an IPv6 address, in quotes"
	}
	return ""
}

func lineOf(n ast.Node) int {
	t := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		t = m.Values[0].Key.GetToken() // the mapping's own token is its first colon
	}
	if t == nil || t.Position == nil {
		return 0
	}
	return t.Position.Line
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
