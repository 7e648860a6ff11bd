package simulate

import (
	"slices"
	"testing"

	"tributary/internal/decode"
	"tributary/internal/flow"
)

// TestScenarioIsAwkward checks that the scenario holds what it is for, and that package decode
// reads as many flows from it as it says.
func TestScenarioIsAwkward(t *testing.T) {
	s := NewScenario()
	ledger := &flow.Ledger{}
	decoder := decode.New(decode.Config{Ledger: ledger, Admit: admitScenario()})
	var dg flow.Datagram
	var said Said
	var flows []flow.Flow
	records, empty, want, got, last := 0, 0, 0, 0, int64(0)
	addresses := map[flow.Addr]bool{}
	for s.Next(&dg, &said) {
		if dg.Arrival < last {
			t.Fatalf("a datagram arrives at %d, after one at %d", dg.Arrival, last)
		}
		last = dg.Arrival
		for i := range said.Records {
			r := &said.Records[i]
			records++
			if r.Octets == 0 && r.Packets == 0 && r.ReverseOctets == 0 && r.ReversePackets == 0 {
				empty++
				continue
			}
			if r.Octets != 0 || r.Packets != 0 {
				want++
			}
			if r.ReversePackets > 0 {
				want++
			}
			if inCrowd(r.SrcAS) && flow.SlotOf(dg.Arrival) < ScenarioFrom.NextMonth() && said.Region == regionNames[usWest] && r.Src.Is4() {
				addresses[r.Src] = true
			}
		}
		flows = decoder.Append(flows[:0], dg)
		got += len(flows)
	}
	if records < 200_000 || records > 400_000 {
		t.Errorf("the scenario has %d records, want 200,000 to 400,000", records)
	}
	if len(addresses) < 5000 {
		t.Errorf("its largest cell has %d addresses, want 5,000 and more", len(addresses))
	}
	var refused [flow.NumRefusals]uint64
	var held, read, skewed, untimed uint64
	for _, h := range ledger.Take() {
		held, read, skewed, untimed = held+h.Held, read+h.Records, skewed+h.Skewed, untimed+h.Untimed
		for i, n := range h.Refused {
			refused[i] += n
		}
	}
	if int(read) != records || got != want || int(refused[flow.RefusedEmpty]) != empty {
		t.Errorf("decode read %d records, %d flows, %d empty; the scenario says %d, %d, %d", read, got, refused[flow.RefusedEmpty], records, want, empty)
	}
	if held == 0 || skewed == 0 || untimed == 0 {
		t.Errorf("held %d, skewed %d, untimed %d: want some of each", held, skewed, untimed)
	}
	t.Logf("%d records, %d flows, refused %v, held %d, skewed %d, untimed %d", records, got, refused, held, skewed, untimed)
}

func inCrowd(as uint32) bool {
	return slices.ContainsFunc(scenarioParties[:scenarioCrowd], func(p scenarioParty) bool { return p.as == as })
}

// admitScenario admits the scenario's exporters as its configuration does.
func admitScenario() func(flow.Addr) (*flow.Exporter, bool) {
	exporters := map[flow.Addr]*flow.Exporter{}
	for _, s := range scenarioSources() {
		for _, a := range []flow.Addr{s.device.Address, s.device.Agent} {
			if !a.IsZero() {
				exporters[a] = &flow.Exporter{ID: uint32(len(exporters)), Address: a, Region: uint16(s.region + 1), Sampling: s.override}
			}
		}
	}
	return func(a flow.Addr) (*flow.Exporter, bool) {
		e, ok := exporters[a]
		return e, ok
	}
}
