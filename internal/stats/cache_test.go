package stats

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// catalogues that the test below goes through: another type, another name, another time, and a
// network that comes to stand before all others.
var cacheCatalogues = []string{
	historyYAML,
	strings.Replace(historyYAML, "{as: 64503, name: Regional, type: isp-regional}", "{as: 64503, name: Regional, type: hosting}", 1),
	strings.Replace(historyYAML, "name: Regional Two", "name: Regional", 1),
	strings.Replace(historyYAML, "from: 2025-11-03, to: 2025-11-20", "from: 2025-11-07", 1),
	"networks:\n  - {as: 64499, name: Aaa, type: cdn}\n" + strings.TrimPrefix(historyYAML, "networks:\n"),
}

// Answers are the same with a cache and without, whatever happens to the store, the catalogue and
// the files in between.
func TestCachedAnswersAreTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	s := openStore(t)
	h := newHistory(t, r, 1000, s.Names())
	plain := h.source(t, r, s)
	cached := *plain
	dir := filepath.Join(t.TempDir(), "answers")
	ask := func(src *Source, unsuppressed bool) *Answer {
		t.Helper()
		q := Question{Days: true, Unsuppressed: unsuppressed}
		for _, name := range []string{"2025-10", "2025-11", "2025-12"} {
			q.Months = append(q.Months, period(t, name))
		}
		now, before := period(t, "2025-11"), period(t, "2025-10")
		q.Periods = []flow.Period{period(t, "2025Q4"), period(t, "2025-10..2025-11"), period(t, "2025-11-20")}
		q.Study = &StudyOf{Now: now, Before: before, Months: q.Months}
		a, err := src.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	used := 0
	for round := range 8 {
		cached.Kept = NewCache(dir) // as another process has it
		switch change := r.IntN(4); change {
		case 0: // rows that come late
			flows := h.flows[:1+r.IntN(3)]
			tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
			tally.Add(flows)
			if err := s.Commit(context.Background(), tally.Take()); err != nil {
				t.Fatal(err)
			}
			r.Shuffle(len(h.flows), func(i, j int) { h.flows[i], h.flows[j] = h.flows[j], h.flows[i] })
		case 1: // a re-classification
			plain.Catalogue = loadCatalogue(t, cacheCatalogues[r.IntN(len(cacheCatalogues))])
			cached.Catalogue = plain.Catalogue
		case 2: // a damaged file
			damage(t, r, dir)
		case 3: // nothing, or only maintenance
			if r.IntN(2) == 0 {
				if err := s.Maintain(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		unsuppressed := r.IntN(2) == 0
		want := ask(plain, unsuppressed)
		if got := ask(&cached, unsuppressed); !reflect.DeepEqual(got, want) {
			t.Fatalf("round %d: with a cache the answer is another", round)
		}
		before := written(t, dir)
		if got := ask(&cached, unsuppressed); !reflect.DeepEqual(got, want) {
			t.Fatalf("round %d: asked again, with a cache the answer is another", round)
		}
		if after := written(t, dir); !reflect.DeepEqual(before, after) {
			t.Errorf("round %d: asked again, files were written: %v, then %v", round, before, after)
		}
		used += len(before)
	}
	if used == 0 {
		t.Error("nothing was ever kept")
	}
}

// damage changes a file at random: a byte, its length, or all of it.
func damage(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return
	}
	path := files[r.IntN(len(files))]
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	switch r.IntN(3) {
	case 0:
		text[r.IntN(len(text))] ^= 1 << r.IntN(8)
	case 1:
		text = text[:r.IntN(len(text))]
	case 2: // another's answer
		if text, err = os.ReadFile(files[r.IntN(len(files))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// written is when each file of a folder was.
func written(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = fmt.Sprint(info.Size(), info.ModTime())
	}
	return out
}

// Only what a late row or a re-classification touches is asked of the store again.
func TestCacheKeepsWhatDidNotChange(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(43, 44))
	s := openStore(t)
	src := newHistory(t, r, 2000, s.Names()).source(t, r, s)
	dir := filepath.Join(t.TempDir(), "answers")
	src.Kept = NewCache(dir)
	ask := func() map[string]string {
		t.Helper()
		if _, err := src.Ask(ctx, Question{Months: period(t, "2025Q4").Months(), Days: true}); err != nil {
			t.Fatal(err)
		}
		return written(t, dir)
	}
	before := ask()
	months := func(after map[string]string) (out []string) {
		for _, month := range []string{"2025-10", "2025-11", "2025-12"} {
			same := true
			for name := range after {
				same = same && (!strings.HasPrefix(name, month) || after[name] == before[name])
			}
			if !same {
				out = append(out, month)
			}
		}
		before = after
		return out
	}
	if len(before) == 0 {
		t.Fatal("nothing is kept")
	}
	for name := range before {
		if strings.HasPrefix(name, "2025-12") { // the newest slot is in it
			t.Errorf("%s is of a month that is not over", name)
		}
	}
	late := rollup.Traffic{Slot: day(t, "2025-11-05"), Cell: rollup.Cell{AS: 64503, Region: 1, Version: 4}, Count: rollup.Count{Octets: 5}}
	if err := s.Commit(ctx, &rollup.Batch{Traffic: []rollup.Traffic{late}}); err != nil {
		t.Fatal(err)
	}
	if got := months(ask()); fmt.Sprint(got) != "[2025-11]" {
		t.Errorf("a late row in November wrote %v anew", got)
	}
	src.Catalogue = loadCatalogue(t, cacheCatalogues[3]) // differs from 2025-11-03 on
	if got := months(ask()); fmt.Sprint(got) != "[2025-11]" {
		t.Errorf("a type of November wrote %v anew", got)
	}
	// A network seen for the first time, in the month that is not over: others get other numbers.
	late.Slot, late.AS = day(t, "2025-12-05"), 64000
	if err := s.Commit(ctx, &rollup.Batch{Traffic: []rollup.Traffic{late}}); err != nil {
		t.Fatal(err)
	}
	if got := months(ask()); len(got) != 0 {
		t.Errorf("a new network in December wrote %v anew", got)
	}
}

func TestCacheIsBounded(t *testing.T) {
	dir := t.TempDir()
	c := &Cache{dir: dir, most: 3000}
	var of fingerprint
	kept := func() (names []string) {
		for _, name := range []string{"2025-01.1.a", "2025-02.1.a", "2025-03.1.a", "2025-04.1.a"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				names = append(names, name)
			}
		}
		return names
	}
	for _, name := range []string{"2025-01.1.a", "2025-02.1.a", "2025-03.1.a"} {
		c.save(name, of, &[]string{strings.Repeat("x", 500)})
	}
	c.prune("2025-02")
	if got := fmt.Sprint(kept()); got != "[2025-02.1.a 2025-03.1.a]" {
		t.Errorf("kept %s, want none of before February", got)
	}
	c.save("2025-04.1.a", of, &[]string{strings.Repeat("x", 2000)})
	c.prune("2025-02")
	if got := fmt.Sprint(kept()); got != "[2025-03.1.a 2025-04.1.a]" {
		t.Errorf("kept %s, want what fits, the newest", got)
	}
}

// Where nothing can be kept, questions are answered all the same.
func TestNoFolderNoCache(t *testing.T) {
	r := rand.New(rand.NewPCG(45, 46))
	s := openStore(t)
	src := newHistory(t, r, 300, s.Names()).source(t, r, s)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	src.Kept = NewCache(filepath.Join(file, "answers")) // in the place of a folder there is a file
	a, err := src.Ask(context.Background(), Question{Months: period(t, "2025-10").Months()})
	if err != nil || len(a.Months) != 1 {
		t.Errorf("%v, %v", a, err)
	}
}
