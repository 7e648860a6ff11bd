package store

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"tributary/internal/flow"
)

// freezeDue freezes what is due, which must be the months wanted.
func freezeDue(t *testing.T, s *Store, want ...flow.Slot) {
	t.Helper()
	var got []flow.Slot
	for _, month := range s.Due() {
		got = append(got, month.From)
		must(t, s.Freeze(context.Background(), month, nil))
	}
	if !slices.Equal(got, want) {
		t.Errorf("months due: %v, want %v", got, want)
	}
}

// What is frozen is kept as it is, replaced while the slots are there, and stays after that.
func TestFreeze(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	open := func(o Options) *Store {
		t.Helper()
		o.Path, o.SlotDays = path, 20
		s, err := Open(ctx, o)
		must(t, err)
		return s
	}
	frozen := func(s *Store) []Frozen {
		t.Helper()
		v := openView(t, s, nil)
		defer v.Close()
		out, err := v.Frozen(ctx, epoch.Month())
		must(t, err)
		slices.SortFunc(out, func(a, b Frozen) int { return a.Group.Compare(b.Group) })
		return out
	}
	keptFrom := func(s *Store) flow.Slot {
		t.Helper()
		v := openView(t, s, nil)
		defer v.Close()
		return v.KeptFrom()
	}
	s := open(Options{})
	fill(t, s, &twin{}, rand.New(rand.NewPCG(7, 1)), 0, 22)
	month := s.Due()[0]
	first := []Frozen{{Group: Group{1, flow.CDN, flow.Ingress, 4}, P95: 1, Max: 2}}
	second := []Frozen{
		{
			Group: Group{1, flow.CDN, flow.Ingress, 4}, P95: 1 << 63, Max: ^uint64(0), Hidden: true,
			Unique: Days{1. / 3, 5, 1e300}, Magnitude: Days{5e-324, 2, 3},
		},
		{Group: Group{AllRegions, AllTypes, flow.Both, AllVersions}, P95: 3, Max: 4},
	}
	must(t, s.Freeze(ctx, month, first))
	must(t, s.Close()) // killed before it is dropped

	s = open(Options{})
	if due := s.Due(); len(due) != 1 || due[0] != month {
		t.Fatalf("due after a kill: %v, want %v again", due, month)
	}
	must(t, s.Maintain(ctx))
	if keptFrom(s) != 0 {
		t.Error("slots were dropped of a month that another process froze")
	}
	must(t, s.Freeze(ctx, month, second))
	must(t, s.Maintain(ctx))
	must(t, s.Maintain(ctx))
	if got := keptFrom(s); got != month.To || len(s.Due()) != 0 {
		t.Errorf("slots are kept from %d and %v is due, want %d and nothing", got, s.Due(), month.To)
	}
	must(t, s.Freeze(ctx, month, first)) // too late
	if got := frozen(s); !slices.Equal(got, second) {
		t.Errorf("frozen: %+v, want %+v", got, second)
	}
	must(t, s.Close())

	s = open(Options{ReadOnly: true})
	defer s.Close()
	if got := frozen(s); !slices.Equal(got, second) {
		t.Errorf("frozen, read only: %+v, want %+v", got, second)
	}
	if err := s.Freeze(ctx, month, first); err == nil {
		t.Error("no error for freezing in a store that is open for reading only")
	}
}
