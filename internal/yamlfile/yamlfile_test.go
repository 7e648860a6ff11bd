package yamlfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// colour stands for types that are written as one word.
type colour uint8

func (c colour) String() string { return [...]string{"red", "green"}[c] }

func parseColour(s string) (colour, error) {
	switch s {
	case "red":
		return 0, nil
	case "green":
		return 1, nil
	}
	return 0, fmt.Errorf("must be red or green (got %q)", s)
}

type inner struct {
	Name   string   `yaml:"name"`
	Colour colour   `yaml:"colour"`
	Counts []uint16 `yaml:"counts,omitempty"`
}

type outer struct {
	Text  string   `yaml:"text"`
	Whole int      `yaml:"whole"`
	Share float64  `yaml:"share"`
	Yes   bool     `yaml:"yes"`
	Words []colour `yaml:"words"`
	One   inner    `yaml:"one"`
	Many  []inner  `yaml:"many"`
	Not   int      `yaml:"-"`
}

func read(text string, into any) (*File, Problems) {
	p := Parsers{}
	Parser(p, parseColour)
	return Read("f.yaml", []byte(text), into, p)
}

const document = `# comment
text: "a: b"
whole: -7
share: 0.25
yes: true
words: [green, red]
one: {name: x}
many:
  - name: first
    colour: green
  - {name: second, counts: [1, 65535]}
`

func TestReadAndAppend(t *testing.T) {
	want := outer{
		Text: "a: b", Whole: -7, Share: 0.25, Yes: true, Words: []colour{1, 0}, One: inner{Name: "x"},
		Many: []inner{{Name: "first", Colour: 1}, {Name: "second", Counts: []uint16{1, 65535}}},
	}
	var got outer
	if _, problems := read(document, &got); problems.Err() != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v; want %+v", got, problems, want)
	}
	const printed = `text: "a: b"
whole: -7
share: 0.25
yes: true
words: [green, red]
one: {name: x, colour: red}
many:
  - {name: first, colour: green}
  - {name: second, colour: red, counts: [1, 65535]}
`
	if out := string(Append(nil, want)); out != printed {
		t.Errorf("printed:\n%swant:\n%s", out, printed)
	}
	var again outer
	if _, problems := read(printed, &again); problems.Err() != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("read back %+v, %v", again, problems)
	}
}

// width is a word that is a number where it is nothing.
type width int

func (w width) String() string {
	if w == 0 {
		return "0"
	}
	return fmt.Sprint(int(w)) + "KiB"
}

// TestAppendLong: an inner struct that is long for a line gets a line for each key.
func TestAppendLong(t *testing.T) {
	type long struct {
		First  string `yaml:"first"`
		Second string `yaml:"second"`
		Width  width  `yaml:"width"`
		Hidden int    `yaml:"-"`
		Narrow width  `yaml:"narrow"`
	}
	v := struct {
		Short long `yaml:"short"`
		Long  long `yaml:"long"`
		Last  int  `yaml:"last"`
	}{long{First: "a"}, long{First: strings.Repeat("b", 40), Second: strings.Repeat("c", 40), Width: 64}, 1}
	want := `short: {first: a, second: "", width: 0, narrow: 0}
long:
  first: ` + v.Long.First + `
  second: ` + v.Long.Second + `
  width: 64KiB
  narrow: 0
last: 1
`
	if got := string(Append(nil, v)); got != want {
		t.Errorf("printed:\n%swant:\n%s", got, want)
	}
}

// TestReadKeepsDefaults: what is not mentioned or left empty stays; a list replaces the list.
func TestReadKeepsDefaults(t *testing.T) {
	got := outer{Text: "default", Whole: 3, Words: []colour{1, 1, 1}, One: inner{Name: "n", Counts: []uint16{5}}, Not: 9}
	if _, problems := read("text:\nwords: [red]\none: {colour: green}\nmany: []\n", &got); problems.Err() != nil {
		t.Fatal(problems)
	}
	want := outer{Text: "default", Whole: 3, Words: []colour{0}, One: inner{Name: "n", Colour: 1, Counts: []uint16{5}}, Not: 9}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestProblems(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var v outer
		_, problems := read(text, &v)
		if got := problems.Error(); got != strings.Join(want, "\n") {
			t.Errorf("%q:\n got %s\nwant %s", text, got, strings.Join(want, "\n"))
		}
	}
	f("many:\n  - name: a\n    colour: blue\n", `f.yaml:3: many[0].colour: must be red or green (got "blue")`)
	f("many:\n  -\n  - x\n", "f.yaml:2: many[0]: is empty: remove it, or write a value", `f.yaml:3: many[1]: must be keys and values (name, colour, counts), not "x"`)
	f("one:\n  counts: [1, 65536]\n", `f.yaml:2: one.counts[1]: must be a whole number from 0 to 65535 (got "65536")`)
	f("whole: 1.5\nshare: x\nyes: on\n", `f.yaml:1: whole: must be a whole number (got "1.5")`,
		`f.yaml:2: share: must be a number (got "x")`, `f.yaml:3: yes: must be true or false (got "on")`)
	f("hidden: 1\nNot: 1\n", "f.yaml:1: hidden: no such key; the keys here are text, whole, share, yes, words, one, many",
		"f.yaml:2: Not: no such key; the keys here are text, whole, share, yes, words, one, many")
	f("tetx: a\nworda: []\nMany: []\n", "f.yaml:1: tetx: no such key; did you mean text?",
		"f.yaml:2: worda: no such key; did you mean words?", "f.yaml:3: Many: no such key; did you mean many?")
	f("one: !!map {}\n", "f.yaml:1: one: anchors (&), aliases (*) and tags (!) are not used here: write the value itself, in quotes if it begins with one of these signs")
	f("<<: {text: a}\n", "f.yaml:1: <<: no such key; the keys here are text, whole, share, yes, words, one, many")
	f("text: a\ntext: b\n", `f.yaml:2: cannot be read as YAML: mapping key "text" already defined at [1:1]`)
}

// TestManyProblems: all are kept, twenty are shown.
func TestManyProblems(t *testing.T) {
	var v outer
	_, problems := read("words: ["+strings.Repeat("blue, ", 29)+"blue]\n", &v)
	lines := strings.Split(problems.Error(), "\n")
	if len(problems) != 30 || len(lines) != 21 || lines[20] != "and 10 more" {
		t.Errorf("%d problems, shown:\n%v", len(problems), problems)
	}
	var one *Problem
	if err := problems.Err(); !errors.As(err, &one) || one.Path != "words[0]" || one.Line != 1 {
		t.Errorf("the first problem: %+v", one)
	}
	if (Problems{}).Err() != nil {
		t.Error("no problems are an error")
	}
}

func TestFileLines(t *testing.T) {
	var v outer
	file, problems := read(document, &v)
	if problems != nil {
		t.Fatal(problems)
	}
	f := func(path string, want int) {
		t.Helper()
		if got := file.Line(path); got != want {
			t.Errorf("line of %q is %d, want %d", path, got, want)
		}
	}
	f("text", 2)
	f("many[0].name", 9)
	f("many[0].colour", 10)
	f("many[0]", 9)
	f("many[1].counts[1]", 11)
	f("many[1].colour", 11) // not written: its element's
	f("many[7].colour", 8)  // no such element: the list's
	f("one.counts[0]", 7)   // not written: the nearest above
	f("nothing.at.all", 0)
	if !file.Has("many[0].colour") || file.Has("many[1].colour") {
		t.Error("Has does not tell what is written from what is not")
	}
	if file, _ := read("one:\n  colour:\n", &v); file.Has("one.colour") || file.Line("one.colour") != 2 {
		t.Error("a key without value has a line and no value")
	}
}
