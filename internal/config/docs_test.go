package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tributary/internal/testenv"
	"tributary/internal/yamlfile"
)

// documented reads a table of docs/reference/configuration.md, from its heading on: cells by key.
func documented(t *testing.T, heading string) (keys []string, cells map[string][]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(data), "\n"+heading+"\n")
	if !found {
		t.Fatalf("docs/reference/configuration.md has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	cells = map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(.*)\\|$").FindAllStringSubmatch(section, -1) {
		keys = append(keys, row[1])
		for cell := range strings.SplitSeq(row[2], "|") {
			cells[row[1]] = append(cells[row[1]], strings.TrimSpace(cell))
		}
	}
	return keys, cells
}

// everyKey are the keys of a struct type and of those in it, in order.
func everyKey(t reflect.Type, path string) []string {
	var out []string
	for i, key := range yamlfile.Keys(t) {
		out = append(out, path+key)
		f := t.Field(i).Type
		_, word := reflect.TypeAssert[fmt.Stringer](reflect.Zero(f))
		switch {
		case f.Kind() == reflect.Struct && !word:
			out = append(out, everyKey(f, path+key+".")...)
		case f.Kind() == reflect.Slice && f.Elem().Kind() == reflect.Struct:
			if _, word := reflect.TypeAssert[fmt.Stringer](reflect.Zero(f.Elem())); !word {
				out = append(out, everyKey(f.Elem(), path+key+"[].")...)
			}
		}
	}
	return out
}

// TestEveryKeyIsDocumented: the table has the keys of Config and no others, in their order, each
// with a meaning and, where there is one, its real default.
func TestEveryKeyIsDocumented(t *testing.T) {
	keys, cells := documented(t, "## Keys")
	want := everyKey(reflect.TypeFor[Config](), "")
	if !slices.Equal(keys, want) {
		t.Errorf("the table has the keys\n%s\nConfig has\n%s", strings.Join(keys, "\n"), strings.Join(want, "\n"))
	}
	if len(want) < 30 {
		t.Errorf("only %d keys found in Config: the test does not see it", len(want))
	}
	// The defaults as they are printed, by key path.
	defaults := map[string]string{}
	above := ""
	for line := range strings.Lines(string(Default().YAML())) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if inner, ok := strings.CutPrefix(value, "{"); ok {
			for _, pair := range regexp.MustCompile(`(\w+): ("[^"]*"|\[[^]]*\]|[^,}]*)`).FindAllStringSubmatch(inner, -1) {
				defaults[key+"."+pair[1]] = strings.Trim(pair[2], " ")
			}
			continue
		}
		if strings.HasPrefix(line, "  ") {
			key = above + "." + key
		} else {
			above = strings.TrimSuffix(key, ":")
		}
		defaults[key] = value
	}
	if defaults["limits.held_octets"] != "4MiB" || defaults["journal.max_age"] != "6h" {
		t.Errorf("the printed defaults are not understood: %v", defaults)
	}
	for key, cell := range cells {
		if len(cell) != 4 || cell[0] == "" {
			t.Errorf("%s has %d cells after it, want meaning, unit, default and consequence", key, len(cell))
			continue
		}
		value, has := defaults[key]
		got := strings.Trim(cell[2], "`")
		switch {
		case got == "required" || !has:
		case len(value) > 2 && strings.Trim(value, `"`) == got: // quotes are YAML's
		case got != value:
			t.Errorf("the default of %s is documented as %s, but is %s", key, got, value)
		}
	}
}

// TestExampleIsValid reads the full example out of the document.
func TestExampleIsValid(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d YAML examples, want the smallest, the full one and a catalogue file", len(blocks))
	}
	for _, b := range blocks[:2] {
		if _, err := load(t, b[1]); err != nil {
			t.Errorf("an example is wrong: %v\n%s", err, b[1])
		}
	}
}
