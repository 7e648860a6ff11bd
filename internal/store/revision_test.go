package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// revisionsOf are the revisions of three months, each 0 if unknown.
func revisionsOf(t *testing.T, s *Store, months [3]flow.Slot) (out [3]uint64) {
	t.Helper()
	v := openView(t, s, nil)
	defer v.Close()
	for i, m := range months {
		out[i], _ = v.Revision(m)
	}
	return out
}

// A month's revision changes with every commit that adds rows to it, and with no other; it is in the
// store, and not repeated where a store is put back from a copy.
func TestRevisions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "tributary.duckdb")
	s := openStore(t, path)
	a := flow.Slot(5_900_000).Month()
	months := [3]flow.Slot{a, a.NextMonth(), a.NextMonth().NextMonth()}
	if got := revisionsOf(t, s, months); got != [3]uint64{} {
		t.Errorf("an empty store has revisions %x", got)
	}
	in := func(slots ...flow.Slot) Commit {
		b := &rollup.Batch{}
		for _, slot := range slots {
			b.Traffic = append(b.Traffic, rollup.Traffic{Slot: slot, Cell: rollup.Cell{AS: 64500, Region: 1, Version: 4}, Count: rollup.Count{Octets: 1}})
		}
		return Commit{Batch: b}
	}
	// changed are the months whose revision differs from before.
	before := [3]uint64{}
	f := func(what string, c Commit, want [3]bool) {
		t.Helper()
		must(t, s.CommitWith(ctx, c))
		after := revisionsOf(t, s, months)
		for i := range months {
			if after[i] == 0 || (after[i] != before[i]) != want[i] {
				t.Errorf("%s: month %d: revision %x -> %x, want a change: %v", what, i, before[i], after[i], want[i])
			}
		}
		before = after
	}
	f("first", in(months[0]), [3]bool{true, true, true}) // known from now on
	f("one month", in(months[1]+5), [3]bool{false, true, false})
	f("across an end", in(months[1]-1, months[1]), [3]bool{true, true, false})
	f("sketches alone", Commit{Batch: &rollup.Batch{Endpoints: []rollup.Endpoints{{Hour: months[2]}}}}, [3]bool{false, false, true})
	f("health alone", Commit{Batch: &rollup.Batch{Health: []flow.Health{{Slot: months[0]}}}}, [3]bool{true, false, false})
	f("nothing", Commit{}, [3]bool{})
	must(t, s.Maintain(ctx))
	must(t, s.Close())
	copied, err := os.ReadFile(path)
	must(t, err)
	s = openStore(t, path)
	if got := revisionsOf(t, s, months); got != before {
		t.Errorf("reopened, the revisions are %x, not %x", got, before)
	}
	old := before
	f("late", in(months[0]), [3]bool{true, false, false})
	late := before
	must(t, s.Close())
	must(t, os.WriteFile(path, copied, 0o600))
	_ = os.Remove(path + ".wal") // there is none after Close, but where it crashed
	s = openStore(t, path)
	before = old
	f("after a copy was put back", in(months[0]+1), [3]bool{true, false, false})
	if before[0] == late[0] {
		t.Error("the copy repeats a revision")
	}
	// A program that knows of none writes: everything may have changed.
	must(t, s.conn.Exec(ctx, "UPDATE state SET value = ? WHERE name = ?", []byte("77"), commitsState))
	must(t, s.Close())
	s = openStore(t, path)
	if got := revisionsOf(t, s, months); got != [3]uint64{} {
		t.Errorf("written by another program, the store has revisions %x", got)
	}
	f("then", in(months[0]), [3]bool{true, true, true})
	must(t, s.Close())
}

// Months that are forgotten have other rows than before.
func TestForgottenMonthsHaveAnotherRevision(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb"), MonthDays: 40})
	must(t, err)
	defer s.Close()
	old := flow.Slot(5_900_000).Month()
	recent := old + 200*flow.SlotsPerDay
	for _, slot := range []flow.Slot{old, recent} {
		must(t, s.Commit(ctx, &rollup.Batch{Traffic: []rollup.Traffic{{Slot: slot, Cell: rollup.Cell{AS: 64500, Version: 4}, Count: rollup.Count{Octets: 1}}}}))
	}
	months := [3]flow.Slot{old, recent.Month(), recent.NextMonth()}
	before := revisionsOf(t, s, months)
	must(t, s.Maintain(ctx))
	if after := revisionsOf(t, s, months); after[0] == before[0] || after[0] == 0 || after[1] != before[1] {
		t.Errorf("revisions %x -> %x, want another of the first month and the same of the second", before, after)
	}
}
