package console

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// description is what these tests read of the API's.
type description struct {
	Tags  []struct{ Name, Description string }
	Paths map[string]map[string]struct {
		OperationID, Summary, Description string
		Tags                              []string
		Security                          []map[string][]string
		Parameters                        []struct {
			Name, In, Description string
			Required              bool
			Schema                struct {
				Type, Default any
				Enum          []any
			}
		}
		RequestBody any
		Responses   map[string]struct {
			Description string
			Content     map[string]any
		}
	}
	Components struct {
		SecuritySchemes map[string]any
	}
}

// TestDescription: every operation says what it is, who may ask it, what its parameters mean and which
// errors there are; and none changes unnoticed: what is under /api/v1 is a promise. After a change that
// is meant, go test -update writes the list anew.
func TestDescription(t *testing.T) {
	c, _ := fleet(t)
	doc := bodyOf[description](t, asking{path: "/api/v1/openapi.json"}.of(c.Handler()))
	if len(doc.Components.SecuritySchemes) != 2 {
		t.Errorf("security schemes: %v", doc.Components.SecuritySchemes)
	}
	var list []string
	ids, chapter := map[string]bool{}, map[string]bool{}
	for _, tag := range doc.Tags {
		chapter[tag.Name] = tag.Description != ""
	}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			at := strings.ToUpper(method) + " " + path
			if !strings.HasPrefix(path, "/api/v1/") || ids[o.OperationID] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(o.OperationID) {
				t.Errorf("%s: id %q", at, o.OperationID)
			}
			ids[o.OperationID] = true
			if o.Summary == "" || strings.HasSuffix(o.Summary, ".") || !strings.HasSuffix(strings.TrimSpace(o.Description), ".") || len(o.Tags) != 1 || !chapter[o.Tags[0]] {
				t.Errorf("%s: summary %q, description %q, chapter %v (those there are: describe.go)", at, o.Summary, o.Description, o.Tags)
			}
			if open := path == "/api/v1/session"; open != (len(o.Security) == 0) || !open && o.Responses["401"].Description == "" {
				t.Errorf("%s: security %v", at, o.Security)
			}
			if o.Responses["422"].Description != "" || o.Responses["default"].Content["application/problem+json"] == nil {
				t.Errorf("%s: errors %v", at, o.Responses)
			}
			line := at + " " + o.OperationID
			for _, p := range o.Parameters {
				if len(p.Description) < 4 {
					t.Errorf("%s: parameter %s is not described", at, p.Name)
				}
				must := map[bool]string{true: "!"}[p.Required]
				fallback := ""
				if p.Schema.Default != nil {
					fallback = fmt.Sprintf("=%v", p.Schema.Default)
				}
				line += fmt.Sprintf("\n\t%s %s%s %v%s", p.In, p.Name, must, p.Schema.Type, fallback)
			}
			if o.RequestBody != nil {
				line += "\n\tbody"
			}
			list = append(list, line)
		}
	}
	slices.Sort(list)
	got := []byte(strings.Join(list, "\n") + "\n")
	golden := filepath.Join("testdata", "api.txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the API is not what %s says (%v). If that is meant, and nothing that there was is gone or means something else, run this test with -update.\n%s", golden, err, got)
	}
	var whole any
	if err := json.Unmarshal(asking{path: "/api/v1/openapi.json"}.of(c.Handler()).Body.Bytes(), &whole); err != nil {
		t.Error(err)
	}
}
