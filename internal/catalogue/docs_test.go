package catalogue

import (
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

// TestEveryKeyIsDocumented: the table in docs/reference/configuration.md has the keys of catalogue files and
// no others, and its example is one.
func TestEveryKeyIsDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## Catalogue files\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var keys, want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(section, -1) {
		keys = append(keys, row[1])
	}
	list := func(key string, entry reflect.Type) {
		want = append(want, key)
		for _, inner := range yamlfile.Keys(entry) {
			want = append(want, key+"[]."+inner)
		}
	}
	list("networks", reflect.TypeFor[asEntry]())
	list("prefixes", reflect.TypeFor[prefixEntry]())
	if !slices.Equal(keys, want) {
		t.Errorf("the table has the keys %v, catalogue files have %v", keys, want)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(section)
	if block == nil {
		t.Fatal("the section has no example")
	}
	if entries, problems := parse("example", []byte(block[1])); problems != nil || len(entries) != 4 {
		t.Errorf("the example: %d entries, %v", len(entries), problems)
	}
}
