package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/testenv"
)

// The dictionary has every column of the dataset, in order, and says what docs/reference/dataset.md says.
func TestDictionaryIsTheDocumentation(t *testing.T) {
	var names []string
	for _, e := range dictionary {
		names = append(names, e.Name)
	}
	if want := DatasetColumns(); !slices.Equal(names, want) {
		t.Errorf("the dictionary has %v, the dataset %v", names, want)
	}
	doc, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "dataset.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range dictionary {
		_, section, ok := strings.Cut(string(doc), "\n### `"+e.Name+"`\n")
		if !ok {
			t.Errorf("docs/reference/dataset.md has no section on %s", e.Name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		section = strings.Join(strings.Fields(strings.NewReplacer("`", "", "*", "").Replace(section)), " ")
		for _, s := range sentences(e.Meaning + " " + e.Caveat) {
			if !strings.Contains(section, s) {
				t.Errorf("%s: docs/reference/dataset.md does not say %q; it says %q", e.Name, s, section)
			}
		}
		if e.Unit == "" {
			t.Errorf("%s has no unit", e.Name)
		}
	}
}

// sentences cuts a text after its full stops.
func sentences(text string) []string {
	var out []string
	for _, s := range strings.SplitAfter(strings.TrimSpace(text), ". ") {
		out = append(out, strings.TrimSpace(s))
	}
	return out
}
