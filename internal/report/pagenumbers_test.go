package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/figure"
)

// The tables of the page and those of report.json hold the same numbers, all of them.
func TestNumbersOfThePageAreThoseOfTheJSON(t *testing.T) {
	files := filesOf(t, "default", defaultWorld(), "2025Q4")
	var report struct {
		Figures []struct {
			Name    string
			Columns []struct{ Name, Unit string }
			Rows    [][]any
		}
		Key []struct {
			Value any
			Text  string
		} `json:"key_numbers"`
	}
	if err := json.Unmarshal(files["report.json"], &report); err != nil {
		t.Fatal(err)
	}
	page := string(files["index.html"])
	for _, k := range report.Key {
		if want := fmt.Sprintf(`<data value="%s">%s</data>`, exact(figure.Num(k.Value.(float64))), k.Text); !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, f := range report.Figures {
		_, rest, ok := strings.Cut(page, `<figure id="`+f.Name+`">`)
		if !ok {
			t.Errorf("the page has no figure %s", f.Name)
			continue
		}
		part, _, _ := strings.Cut(rest, "</figure>")
		_, body, _ := strings.Cut(part, "<tbody>")
		var want []string
		for _, row := range f.Rows {
			for _, cell := range row {
				switch v := cell.(type) {
				case nil:
					want = append(want, "no data")
				case float64:
					want = append(want, strconv.FormatFloat(v, 'f', -1, 64))
				case string:
					want = append(want, v)
				}
			}
		}
		if got := tableCells(body); !slices.Equal(got, want) {
			t.Errorf("figure %s: the page has %d cells, report.json %d, or others; first difference: %s", f.Name, len(got), len(want), firstDifference(got, want))
		}
	}
}

var cellPattern = regexp.MustCompile(`<t[hd][^>]*>(?:<data value="([^"]*)">)?([^<]*)`)

// tableCells are the cells of a table's body: the exact number, or the text.
func tableCells(body string) []string {
	body, _, _ = strings.Cut(body, "</tbody>")
	var out []string
	for _, m := range cellPattern.FindAllStringSubmatch(body, -1) {
		text := m[1]
		if text == "" {
			text = html.UnescapeString(m[2])
		}
		out = append(out, text)
	}
	return out
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("cell %d is %q and %q", i, a[i], b[i])
		}
	}
	return "the length"
}

// Nothing that is made of a report holds the numbers of a hidden cell.
func TestHiddenNumbersAreNowhere(t *testing.T) {
	w := defaultWorld()
	open := w
	open.hide = nil
	bare, err := New(open.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	hiding, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, "default", w, "2025Q4")
	secrets := 0
	for i := range hiding.Figures {
		a, b := &hiding.Figures[i].Table, &bare.Figures[i].Table
		for r := range a.Rows {
			for c := range a.Rows[r] {
				if a.Rows[r][c].Value.State != figure.Hidden {
					continue
				}
				secret := b.Rows[r][c].Value
				if !secret.OK() || secret.X < 1e6 {
					continue // a small number may stand elsewhere by chance
				}
				secrets++
				for path, data := range files {
					if bytes.Contains(data, []byte(exact(secret))) {
						t.Errorf("%s holds the hidden %s", path, exact(secret))
					}
				}
			}
		}
	}
	if secrets < 10 {
		t.Errorf("only %d hidden numbers were looked for", secrets)
	}
}
