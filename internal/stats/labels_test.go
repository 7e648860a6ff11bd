package stats

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/store"
)

const labelsYAML = `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-06-30}
  - {as: 64500, name: Example, type: neocloud, from: 2025-07-01}
  - {as: 64501, name: Example, type: hosting}
  - {as: 64502, name: Renamed, type: cdn, from: 2025-10-16}
prefixes:
  - {prefix: 192.0.2.0/25, name: Example GPU, type: neocloud}
  - {prefix: 192.0.2.128/25, name: Seasonal, type: isp-tier1, from: 2025-10-01, to: 2025-10-15}
`

func loadCatalogue(t *testing.T, yaml string) *catalogue.Catalogue {
	t.Helper()
	file := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(t *testing.T, s string) flow.Slot {
	t.Helper()
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return flow.SlotAt(at)
}

// labelled makes the labels of every pair of the given AS numbers, prefix names and links.
func labelled(t *testing.T, names *flow.Names, as []uint32, prefixes, links []string) (*labelMaker, labels) {
	t.Helper()
	m := &labelMaker{
		names: names, catalogue: loadCatalogue(t, labelsYAML),
		kinds:     map[string]flow.LinkKind{"transit": flow.LinkTransit, "flexify": flow.LinkMigration},
		lastKinds: map[uint16]flow.LinkKind{uint16(names.Links.ID("old-flexify")): flow.LinkMigration, uint16(names.Links.ID("transit")): flow.LinkMigration},
		lastTypes: map[uint32]flow.NetworkType{names.Prefixes.ID("Gone"): flow.Hyperscaler, names.Prefixes.ID("Seasonal"): flow.CDN},
	}
	var all []store.Combination
	for _, a := range as {
		for _, p := range prefixes {
			for _, l := range links {
				all = append(all, store.Combination{AS: a, Prefix: names.Prefixes.ID(p), Link: uint16(names.Links.ID(l))})
			}
		}
	}
	return m, *m.makeLabels(all)
}

// at is the label of a combination at a slot; exactly one must hold.
func (l *labels) at(t *testing.T, c store.Combination, slot flow.Slot) store.Label {
	t.Helper()
	var found []store.Label
	for _, r := range l.rows {
		if r.Combination == c && r.From <= slot && slot < r.To {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d labels of %+v at slot %d, want 1", len(found), c, slot)
	}
	return found[0]
}

func TestLabels(t *testing.T) {
	names := &flow.Names{}
	_, made := labelled(t, names, []uint32{0, 64500, 64501, 64502, 64999}, []string{"", "Example GPU", "Seasonal", "Gone", "Never described"}, []string{"", "transit", "flexify", "old-flexify"})
	f := func(as uint32, prefix, link, on string, wantType flow.NetworkType, wantNetwork string) {
		t.Helper()
		c := store.Combination{AS: as, Prefix: names.Prefixes.ID(prefix), Link: uint16(names.Links.ID(link))}
		l := made.at(t, c, day(t, on))
		if l.Type != wantType || made.networks[l.Network] != wantNetwork {
			t.Errorf("AS%d prefix %q link %q on %s: %v, %q; want %v, %q", as, prefix, link, on, l.Type, made.networks[l.Network], wantType, wantNetwork)
		}
	}
	f(0, "", "", "2025-10-01", flow.Other, "unknown")
	f(64999, "", "", "2025-10-01", flow.Other, "AS64999")
	f(64500, "", "transit", "2025-06-30", flow.Hosting, "Example") // to: is included
	f(64500, "", "transit", "2025-07-01", flow.Neocloud, "Example")
	f(64502, "", "transit", "2025-10-15", flow.Other, "AS64502") // before its entry begins
	f(64502, "", "transit", "2025-10-16", flow.CDN, "Renamed")
	f(64500, "Example GPU", "transit", "2025-06-01", flow.Neocloud, "Example GPU") // the prefix before the AS number
	f(0, "Example GPU", "", "2025-06-01", flow.Neocloud, "Example GPU")
	f(64501, "Seasonal", "", "2025-09-30", flow.Hosting, "Seasonal") // outside its entry the AS number decides
	f(64501, "Seasonal", "", "2025-10-15", flow.ISPTier1, "Seasonal")
	f(64501, "Gone", "", "2025-10-15", flow.Hyperscaler, "Gone") // no longer configured: its last known type
	f(64501, "Never described", "", "2025-10-15", flow.Hosting, "Never described")
	f(64500, "", "flexify", "2025-10-15", flow.Migration, "Example") // the link before everything
	f(64500, "Example GPU", "flexify", "2025-10-15", flow.Migration, "Example GPU")
	f(64999, "", "old-flexify", "2025-10-15", flow.Migration, "AS64999") // no longer configured: its last known kind
	f(64999, "", "transit", "2025-10-15", flow.Other, "AS64999")         // the configured kind before the last known

	two := store.Combination{AS: 64501, Link: uint16(names.Links.ID("transit"))}
	one := store.Combination{AS: 64500, Link: uint16(names.Links.ID("transit"))}
	if a, b := made.at(t, one, day(t, "2025-10-01")), made.at(t, two, day(t, "2025-10-01")); a.Network != b.Network {
		t.Error("two AS numbers of one name are two networks")
	}
}

// Between the boundaries nothing changes, and there are no more labels than changes.
func TestLabelsAgreeWithEverySlotAskedAlone(t *testing.T) {
	names := &flow.Names{}
	m, made := labelled(t, names, []uint32{0, 64500, 64502}, []string{"", "Seasonal"}, []string{"transit"})
	r := rand.New(rand.NewPCG(9, 10))
	from, to := day(t, "2025-05-01"), day(t, "2025-12-01")
	for range 2000 {
		row := made.rows[r.IntN(len(made.rows))]
		slot := from + flow.Slot(r.IntN(int(to-from)))
		l := made.at(t, row.Combination, slot)
		if want := m.typeOf(row.Combination, slot); l.Type != want {
			t.Fatalf("%+v at %d: type %v, want %v", row.Combination, slot, l.Type, want)
		}
		if want := m.network(row.Combination, slot); l.Network != want {
			t.Fatalf("%+v at %d: network %d, want %d", row.Combination, slot, l.Network, want)
		}
	}
	for i, l := range made.rows[1:] {
		if before := made.rows[i]; before.Combination == l.Combination && (before.To != l.From || before.Type == l.Type && before.Network == l.Network) {
			t.Errorf("labels %+v and %+v: want no gap, and a change", before, l)
		}
	}
}
