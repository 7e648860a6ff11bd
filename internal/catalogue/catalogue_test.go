package catalogue

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/testenv"
	"tributary/internal/yamlfile"
)

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, texts ...string) *Catalogue {
	t.Helper()
	var files []string
	for i, text := range texts {
		files = append(files, write(t, fmt.Sprintf("%d.yaml", i), text))
	}
	c, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func slotAt(s string) flow.Slot {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return flow.SlotAt(t)
}

const example = `networks:
  - {as: 33425, name: CoreWeave, type: neocloud}
  - {as: 64500, name: Example, type: hosting, to: 2025-06-30}
  - {as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}
  - {as: 15169, name: Search, type: other, from: 2025-03-01, to: 2025-03-02}
prefixes:
  - {prefix: 192.0.2.128/25, name: Example GPU, type: neocloud, metro: Ashburn}
  - {prefix: "2001:db8::/32", name: Example GPU, type: neocloud}
  - {prefix: 198.51.100.0/24, name: Moved, type: cdn, to: 2025-05-31}
  - {prefix: 198.51.100.0/24, name: Moved, type: hosting, from: 2025-06-01}
`

func TestAnswers(t *testing.T) {
	c := load(t, example, "networks:\n  - {as: 33425, name: Later file, type: other}\n  - {as: 64501, name: Second, type: cdn}\n")
	as := func(as uint32, at, name string, typ flow.NetworkType, line int) {
		t.Helper()
		gotName, gotType, rule, ok := c.AS(as, slotAt(at))
		if gotName != name || gotType != typ || rule.Line != line || ok != (name != "") {
			t.Errorf("AS%d at %s: %q, %v, line %d, %v; want %q, %v, line %d", as, at, gotName, gotType, rule.Line, ok, name, typ, line)
		}
	}
	as(33425, "1970-01-01 00:00", "CoreWeave", flow.Neocloud, 2)
	as(33425, "2500-01-01 00:00", "CoreWeave", flow.Neocloud, 2)
	as(64500, "2025-06-30 23:55", "Example", flow.Hosting, 3)
	as(64500, "2025-07-01 00:00", "Example AI", flow.Neocloud, 4)
	as(64501, "2025-07-01 00:00", "Second", flow.CDN, 3)
	as(64502, "2025-07-01 00:00", "", flow.Other, 0)
	as(0, "2025-07-01 00:00", "", flow.Other, 0)
	as(15169, "2025-03-01 00:00", "Search", flow.Other, 5)
	as(15169, "2025-03-02 23:55", "Search", flow.Other, 5)
	builtIn, _, rule, _ := c.AS(15169, slotAt("2025-02-28 23:55"))
	if builtIn != "Google" || rule.File != BuiltIn || !strings.Contains(string(builtInLine(t, rule.Line)), "15169") {
		t.Errorf("outside of the operator's dates: %q by %v; want the built-in entry", builtIn, rule)
	}
	after, _, _, _ := c.AS(15169, slotAt("2025-03-03 00:00"))
	if after != "Google" {
		t.Errorf("after the operator's dates: %q, want the built-in entry", after)
	}

	prefix := func(name, at string, typ flow.NetworkType, ok bool) {
		t.Helper()
		gotType, rule, gotOK := c.Prefix(name, slotAt(at))
		if gotType != typ || gotOK != ok || ok && rule.Line == 0 {
			t.Errorf("prefix %q at %s: %v, %v, rule %v; want %v, %v", name, at, gotType, gotOK, rule, typ, ok)
		}
	}
	prefix("Example GPU", "2025-01-01 00:00", flow.Neocloud, true)
	prefix("Moved", "2025-05-31 23:55", flow.CDN, true)
	prefix("Moved", "2025-06-01 00:00", flow.Hosting, true)
	prefix("Nobody", "2025-06-01 00:00", flow.Other, false)
	prefix("CoreWeave", "2025-06-01 00:00", flow.Other, false) // the name of an AS number only

	network := func(as uint32, prefix, want string) {
		t.Helper()
		if got := c.Network(as, prefix, slotAt("2025-07-01 00:00")); got != want {
			t.Errorf("network of AS%d, prefix %q: %q, want %q", as, prefix, got, want)
		}
	}
	network(64500, "Example GPU", "Example GPU")
	network(0, "Example GPU", "Example GPU")
	network(64500, "", "Example AI")
	network(64999, "", "AS64999")
	network(0, "", "unknown")

	_, _, rule, _ = c.AS(64500, slotAt("2025-07-01 00:00"))
	if want := "{as: 64500, name: Example AI, type: neocloud, from: 2025-07-01}"; rule.Text != want || !strings.HasSuffix(rule.String(), "0.yaml:4: "+want) {
		t.Errorf("rule %v, want …0.yaml:4: %s", rule, want)
	}
	var changes []string
	for _, s := range c.Changes() {
		changes = append(changes, s.Time().Format(time.DateOnly))
		if s != s.Day() {
			t.Errorf("the change %v is not the start of a day", s.Time())
		}
	}
	if want := []string{"2025-03-01", "2025-03-03", "2025-06-01", "2025-07-01"}; !slices.Equal(changes, want) {
		t.Errorf("changes %v, want %v", changes, want)
	}
	if got := c.Prefixes(); len(got) != 4 || got[0].Metro != "Ashburn" || got[3].From != slotAt("2025-06-01 00:00") || got[3].To != Always {
		t.Errorf("prefixes %+v", got)
	}
	if got := c.Entries(33425); len(got) < 2 || got[0].Name != "CoreWeave" || got[1].Name != "Later file" {
		t.Errorf("entries about AS33425: %+v", got)
	}
	if got := c.Numbers("CoreWeave", 0); !slices.Contains(got, 33425) || !slices.IsSorted(got) {
		t.Errorf("AS numbers of CoreWeave: %v", got)
	}
	if got := c.Numbers("Later file", 0); got != nil {
		t.Errorf("AS numbers of a name that is never an answer: %v", got)
	}
}

func builtInLine(t *testing.T, line int) []byte {
	t.Helper()
	lines := strings.Split(string(builtIn), "\n")
	if line < 1 || line > len(lines) {
		t.Fatalf("the built-in list has no line %d", line)
	}
	return []byte(lines[line-1])
}

// TestTwin compares AS and Prefix with a scan of all entries, on every day around the changes.
func TestTwin(t *testing.T) {
	type entry struct {
		as       uint32
		name     string
		typ      flow.NetworkType
		from, to time.Time // zero = open; both included
	}
	day := func(r *rand.Rand) time.Time { return time.Date(2025, 7, 1+r.IntN(10), 0, 0, 0, 0, time.UTC) }
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		var files [][]entry
		var texts []string
		for range 3 {
			var entries []entry
			networks, prefixes := "networks:\n", "prefixes:\n"
			for range r.IntN(15) {
				n := r.IntN(4)
				e := entry{name: fmt.Sprint("n", n), typ: flow.NetworkType(n)} // types of a prefix name must agree
				dates := ""
				if r.IntN(2) == 0 {
					e.from = day(r)
					dates += ", from: " + e.from.Format(time.DateOnly)
				}
				if e.to = day(r); r.IntN(2) == 0 || e.to.Before(e.from) {
					e.to = time.Time{}
				} else {
					dates += ", to: " + e.to.Format(time.DateOnly)
				}
				if r.IntN(2) == 0 {
					e.as, e.typ = 4_199_999_000+uint32(r.IntN(3)), flow.NetworkType(r.IntN(8))
					networks += fmt.Sprintf("  - {as: %d, name: %s, type: %s%s}\n", e.as, e.name, e.typ, dates)
				} else {
					prefixes += fmt.Sprintf("  - {prefix: 10.0.%d.0/24, name: %s, type: %s%s}\n", r.IntN(256), e.name, e.typ, dates)
				}
				entries = append(entries, e)
			}
			files, texts = append(files, entries), append(texts, networks+prefixes)
		}
		c := load(t, texts...)
		find := func(is func(entry) bool, at time.Time) (entry, bool) {
			for _, entries := range files {
				for _, e := range entries {
					if is(e) && (e.from.IsZero() || !at.Before(e.from)) && (e.to.IsZero() || at.Before(e.to.AddDate(0, 0, 1))) {
						return e, true
					}
				}
			}
			return entry{typ: flow.Other}, false
		}
		var last []string
		for at := time.Date(2025, 6, 29, 0, 0, 0, 0, time.UTC); at.Month() != time.August; at = at.Add(5 * time.Hour) {
			slot := flow.SlotAt(at)
			var answers []string
			for i := range uint32(4) {
				as := 4_199_999_000 + i
				want, wantOK := find(func(e entry) bool { return e.as == as }, slot.Time())
				name, typ, _, ok := c.AS(as, slot)
				if name != want.name || typ != want.typ || ok != wantOK {
					t.Fatalf("seed %d: AS%d at %v: %q %v %v, want %+v %v", seed, as, at, name, typ, ok, want, wantOK)
				}
				prefix := fmt.Sprint("n", i)
				want, wantOK = find(func(e entry) bool { return e.as == 0 && e.name == prefix }, slot.Time())
				ptyp, _, ok := c.Prefix(prefix, slot)
				if ptyp != want.typ || ok != wantOK {
					t.Fatalf("seed %d: prefix %s at %v: %v %v, want %+v %v", seed, prefix, at, ptyp, ok, want, wantOK)
				}
				answers = append(answers, fmt.Sprint(name, typ, ptyp, ok))
			}
			// Between two changes every answer stays.
			changed := slices.ContainsFunc(c.Changes(), func(s flow.Slot) bool { return s <= slot && s > slot-60 })
			if last != nil && !changed && !slices.Equal(answers, last) {
				t.Fatalf("seed %d: answers change at %v, which Changes does not say", seed, at)
			}
			last = answers
		}
	}
}

// TestMistakes is what an operator reads for each mistake. «» stands for the file's path.
func TestMistakes(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		path := write(t, "networks.yaml", text)
		_, err := Load([]string{path})
		if err == nil {
			t.Errorf("no error for:\n%s", text)
			return
		}
		if got := strings.ReplaceAll(err.Error(), path, "«»"); got != strings.Join(want, "\n") {
			t.Errorf("for:\n%s\n got %s\nwant %s", text, got, strings.Join(want, "\n"))
		}
		var problem *yamlfile.Problem
		if !errors.As(err, &problem) || problem.File != path {
			t.Errorf("the error for %q holds no Problem of the file", text)
		}
	}
	const types = "must be cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration or other"
	f("networks:\n  - {as: 64500, name: X, type: clown}\n", `«»:2: networks[0].type: `+types+` (got "clown")`)
	f("networks:\n  - {as: 64500, name: X, type: }\n", "«»:2: networks[0].type: is missing: "+types)
	f("networks:\n  - {as: AS64500, name: X, type: cdn}\n", `«»:2: networks[0].as: must be a whole number from 0 to 4294967295 (got "AS64500")`)
	f("networks:\n  - {name: X, type: cdn}\n  - {as: 1, type: cdn}\n",
		"«»:2: networks[0].as: is missing: give an AS number, from 1 to 4294967295", "«»:3: networks[1].name: is missing: give the network a name")
	f("networks:\n  - {as: 1, name: unknown, type: cdn}\n", "«»:2: networks[0].name: must not be unknown: that is the network of parties whose AS number is not known")
	f("networks:\n  - {as: 1, name: X, type: cdn, metro: Y}\n", "«»:2: networks[0].metro: no such key; the keys here are as, name, type, from, to")
	f("networks:\n  - {as: 1, name: X, type: cdn, from: 2025-07-01, to: 2025-06-30}\n",
		"«»:2: networks[0].from: must not be after to (got from 2025-07-01 and to 2025-06-30)")
	f("networks:\n  - {as: 1, name: X, type: cdn, from: 1.7.2025, to: 2025-02-29}\n",
		`«»:2: networks[0].from: must be a UTC day, such as 2025-07-01 (got "1.7.2025")`, `«»:2: networks[0].to: must be a UTC day, such as 2025-07-01 (got "2025-02-29")`)
	f("prefixes:\n  - {prefix: 192.0.2.128/24, name: X, type: cdn}\n  - {prefix: 192.0.2.1, name: X, type: cdn}\n  - {prefix: \"::ffff:1.0.0.0/120\", name: X, type: cdn}\n",
		`«»:2: prefixes[0].prefix: has address bits behind its length (got "192.0.2.128/24"): the network is 192.0.2.0/24; for the one address write 192.0.2.128/32`,
		`«»:3: prefixes[1].prefix: must be a prefix, such as 192.0.2.128/25 or "2001:db8::/32" (got "192.0.2.1")`,
		`«»:4: prefixes[2].prefix: is an IPv4 prefix written as IPv6 (got "::ffff:1.0.0.0/120"): write it as IPv4`)
	f("prefixes:\n  - {name: X, type: cdn}\n", "«»:2: prefixes[0].prefix: is missing: give a prefix, such as 192.0.2.128/25")
	f("prefixes:\n  - {prefix: 10.0.0.0/8, name: X, type: cdn}\n  - {prefix: 11.0.0.0/8, name: Y, type: hosting}\n  - {prefix: 12.0.0.0/8, name: X, type: hosting}\n",
		`«»:4: the name "X" is of type hosting here and of type cdn in line 2 at the same time: prefixes of one name are one network; give one another name, make the types agree, or date them with from: and to:`)
	f("prefixes:\n  - {prefix: 10.0.0.0/8, name: X, type: cdn, to: 2025-07-01}\n  - {prefix: 12.0.0.0/8, name: X, type: hosting, from: 2025-07-01}\n",
		`«»:3: the name "X" is of type hosting here and of type cdn in line 2 at the same time: prefixes of one name are one network; give one another name, make the types agree, or date them with from: and to:`)
	f("network: []\n", "«»:1: network: no such key; did you mean networks?")
	f("networks: [\n", "«»:1: cannot be read as YAML: sequence end token ']' not found")
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none.yaml")
	if _, err := Load([]string{missing}); err == nil || !strings.Contains(err.Error(), "cannot find the catalogue file "+missing) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := Load([]string{dir}); err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("a folder: %v", err)
	}
	// The mistakes of several files are told together.
	a, b := write(t, "a.yaml", "x: 1\n"), write(t, "b.yaml", "y: 1\n")
	if _, err := Load([]string{a, b}); err == nil || !strings.Contains(err.Error(), a+":1") || !strings.Contains(err.Error(), b+":1") {
		t.Errorf("mistakes in two files: %v", err)
	}
}

// TestBuiltInIsInOrder: grouped by type, sorted by name and number, no AS number twice, nothing
// dated; what is commented out at the end can be put into effect as it stands.
func TestBuiltInIsInOrder(t *testing.T) {
	entries, problems := parse(BuiltIn, builtIn)
	if problems != nil {
		t.Fatal(problems)
	}
	order := []flow.NetworkType{flow.CDN, flow.Hosting, flow.Hyperscaler, flow.ISPRegional, flow.ISPTier1, flow.Neocloud, flow.Other}
	seen := map[uint32]bool{}
	for i, e := range entries {
		if seen[e.AS] {
			t.Errorf("%v: AS%d again", e.Rule, e.AS)
		}
		seen[e.AS] = true
		if e.AS == 0 || e.From != 0 || e.To != Always {
			t.Errorf("%v: want an AS number without dates", e.Rule)
		}
		if i == 0 {
			continue
		}
		last := entries[i-1]
		if a, b := slices.Index(order, last.Type), slices.Index(order, e.Type); a > b || a == b &&
			(strings.ToLower(last.Name) > strings.ToLower(e.Name) || last.Name == e.Name && last.AS > e.AS) {
			t.Errorf("%v is not in order after %v", e.Rule, last.Rule)
		}
	}
	_, review, found := strings.Cut(string(builtIn), "To review")
	if !found {
		t.Fatal("the section to review is missing")
	}
	lines := regexp.MustCompile(`(?m)^  # (- \{.*)$`).FindAllStringSubmatch(review, -1)
	text := "networks:\n"
	for _, l := range lines {
		text += "  " + l[1] + "\n"
	}
	low, problems := parse("review", []byte(text))
	if problems != nil || len(low) < 10 {
		t.Errorf("%d entries to review, %v", len(low), problems)
	}
	for _, e := range low {
		if seen[e.AS] {
			t.Errorf("AS%d is both in effect and to review", e.AS)
		}
	}
}

// TestBuiltInHoldsTheFacts compares the list with the table that it was made from, where that lies
// beside the checkout: additions are free, but a fact may not get lost or a low one into effect.
func TestBuiltInHoldsTheFacts(t *testing.T) {
	path := filepath.Join(testenv.Root(t), "..", "shared", "data", "networks.csv")
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("no table of facts at %s: the built-in list is not compared with it", path)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c := load(t)
	for _, row := range rows[1:] {
		as, err := strconv.ParseUint(row[1], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		name, typ, rule, ok := c.AS(uint32(as), 0)
		switch row[3] {
		case "low":
			if ok {
				t.Errorf("AS%d is of low confidence, but in effect: %v", as, rule)
			}
			continue
		case "medium":
			if line := builtInLine(t, rule.Line); !strings.HasSuffix(string(line), "# medium") {
				t.Errorf("AS%d is of medium confidence, but its line does not say so: %s", as, line)
			}
		}
		if name != row[2] || typ.String() != row[0] {
			t.Errorf("AS%d: %q, %v; want %q, %s", as, name, typ, row[2], row[0])
		}
	}
}

// FuzzParse: nothing that stands in a file may end the program.
func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("networks:\n  - {as: 1, name: X, type: }\nprefixes: {}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, problems := parse("f", data)
		for _, e := range entries {
			if len(problems) == 0 && (e.Name == "" || e.From >= e.To || (e.AS == 0) != e.Prefix.IsValid()) {
				t.Errorf("accepted %+v", e)
			}
		}
		if len(problems) == 0 {
			build([][]Entry{entries})
		}
	})
}
