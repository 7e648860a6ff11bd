package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the data's way: which of our packages each package may import. An import against it
// fails this test; a new package needs a line here, and so a place.
var mayImport = map[string][]string{
	"internal/flow":         {},
	"internal/config":       {"internal/flow", "internal/yamlfile", "internal/secret"},
	"internal/secret":       {},
	"internal/yamlfile":     {},
	"internal/collect":      {"internal/flow"},
	"internal/journal":      {"internal/flow", "internal/collect"},
	"internal/decode":       {"internal/flow"},
	"internal/catalogue":    {"internal/flow", "internal/yamlfile"},
	"internal/place":        {"internal/flow", "internal/catalogue"},
	"internal/rollup":       {"internal/flow"},
	"internal/store":        {"internal/flow", "internal/rollup", "internal/store/duckdb"},
	"internal/store/duckdb": {},
	"internal/stats":        {"internal/flow", "internal/catalogue", "internal/rollup", "internal/store"},
	"internal/figure":       {"internal/flow", "internal/stats"},
	"internal/report":       {"internal/flow", "internal/stats", "internal/figure"},
	"internal/filter":       {"internal/flow"},
	"internal/explore":      {"internal/flow", "internal/catalogue", "internal/rollup", "internal/store", "internal/stats", "internal/filter"},
	"internal/console":      {"internal/flow", "internal/yamlfile", "internal/catalogue", "internal/store", "internal/stats", "internal/filter", "internal/explore", "internal/figure", "internal/report", "internal/secret", "docs"},
	"internal/simulate":     {"internal/flow"},
	"docs":                  {},
	"internal/testenv":      {},
	"cmd/tributary": {"internal/flow", "internal/config", "internal/yamlfile", "internal/collect", "internal/journal", "internal/decode", "internal/catalogue", "internal/place",
		"internal/rollup", "internal/store", "internal/stats", "internal/filter", "internal/explore", "internal/figure", "internal/report", "internal/console", "internal/simulate", "internal/secret"},
}

// TestImportsFollowTheData reads every Go file but tests: those may ask any package to be their judge.
func TestImportsFollowTheData(t *testing.T) {
	files := 0
	for _, top := range []string{"../internal", "../cmd"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
			if strings.Contains(path, "testdata") || pkg == "internal" {
				return nil
			}
			allowed, ok := mayImport[pkg]
			if !ok {
				t.Errorf("%s: package %s has no place in the data's way: give it a line in mayImport", path, pkg)
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, imp := range file.Imports {
				name, _ := strconv.Unquote(imp.Path.Value)
				ours, found := strings.CutPrefix(name, "tributary/")
				if !found {
					if pkg == "internal/flow" && strings.Contains(strings.Split(name, "/")[0], ".") {
						t.Errorf("%s imports %s: flow imports nothing but the standard library", path, name)
					}
					continue
				}
				if !slices.Contains(allowed, ours) {
					t.Errorf("%s imports %s against the data's way", path, ours)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 10 {
		t.Errorf("read %d Go files: the test does not find the code", files)
	}
}
