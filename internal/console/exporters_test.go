package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
)

// TestStatusStaysSmall: a scan brings thousands of senders in no region, and pages ask for the status
// every few seconds.
func TestStatusStaysSmall(t *testing.T) {
	c, live := fleet(t)
	var senders []UnknownSender
	for i := range 4096 {
		senders = append(senders, NewUnknownSender(flow.AddrFrom4([]byte{10, 1, byte(i >> 8), byte(i)}), uint64(i+1), "netflow9", noon))
	}
	senders = append(senders, NewUnknownSender(flow.Addr{}, 1_000_000, "", noon)) // those without a place in the list
	live.SetUnknown(0, senders)
	live.SetUnknown(1, senders[4000:4096])
	h := c.Handler()
	body := get(h, "/api/v1/status").Body.Bytes()
	var s Status
	if err := json.Unmarshal(body, &s); err != nil {
		t.Fatal(err)
	}
	want := UnknownTotal{Senders: 4096, Datagrams: 4096*4097/2 + 1_000_000}
	for _, u := range senders[4000:4096] {
		want.Datagrams += u.Datagrams
	}
	if len(body) > 100_000 || len(s.Unknown) != maxStatusUnknown || s.Strangers != want {
		t.Errorf("%d bytes, %d senders, of all %+v; want less than 100,000 bytes, %d senders, %+v", len(body), len(s.Unknown), s.Strangers, maxStatusUnknown, want)
	}
	if u := s.Unknown[0]; u.Address != "10.1.15.255" || u.Datagrams != 2*4096 || u.YAML != "regions:\n  - {name: NEW-REGION, exporters: [10.1.15.255]}\n" {
		t.Errorf("the first is %+v", u)
	}

	// By the page all of them, each once; those without a place last.
	seen := map[string]bool{}
	last := ""
	for offset := 0; offset < 5000; offset += 1000 {
		var page Senders
		if err := json.Unmarshal(get(h, fmt.Sprintf("/api/v1/unknown?offset=%d&n=1000", offset)).Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, u := range page.Senders {
			if seen[u.Address] {
				t.Fatalf("%s twice", u.Address)
			}
			seen[u.Address], last = true, u.Address
		}
	}
	if len(seen) != 4097 || last != "" {
		t.Errorf("%d senders by the page, the last %q; want 4097, the last without address", len(seen), last)
	}
	if w := get(h, "/api/v1/unknown?n=5000"); w.Code != 400 {
		t.Errorf("n=5000: %d, want 400", w.Code)
	}
}

// TestNotesAreSaidOnce: what is to be said of many exporters is one note, which unfolds.
func TestNotesAreSaidOnce(t *testing.T) {
	live, names := emptyLive()
	region := uint16(names.Regions.ID("West"))
	for i := range 150 {
		h := flow.Health{Exporter: flow.AddrFrom4([]byte{192, 0, 2, byte(i)}), Region: region, Datagrams: 10, Records: 100, RateUnknown: 5}
		h.Flows[flow.Counted] = 100
		if i < 3 {
			h.Skewed = 1
		}
		live.Add(noon, []flow.Health{h})
	}
	s := live.Status(noon)
	s.complete(&Config{})
	var unrated, skewed []Note
	for _, n := range s.Notes {
		if strings.Contains(n.What, "no sampling rate") {
			unrated = append(unrated, n)
		}
		if strings.Contains(n.What, "clock") {
			skewed = append(skewed, n)
		}
	}
	if len(skewed) != 3 || skewed[0].Count != 0 {
		t.Errorf("of three exporters: %d notes, want one each", len(skewed))
	}
	if len(unrated) != 1 {
		t.Fatalf("%d notes about rates, want one", len(unrated))
	}
	n := unrated[0]
	lines := strings.Split(strings.TrimSpace(n.YAML), "\n")
	if n.What != "150 exporters announce no sampling rate: their flows count ×1." || n.Level != "warn" || n.Count != 150 || len(n.Each) != maxEach ||
		!strings.HasPrefix(n.Do, "If it samples") || len(lines) != maxEach+1 || lines[0] != "exporters:" || lines[1] != "  - {address: 192.0.2.0, sampling: 1000}" {
		t.Errorf("note %q (%s), of %d, each %d, %d lines beginning %q; do: %q", n.What, n.Level, n.Count, len(n.Each), len(lines), lines[:2], n.Do)
	}
	for i := range s.Exporters {
		if s.Exporters[i].Level != "warn" {
			t.Fatalf("%s has level %q, want warn: also where its note is merged", s.Exporters[i].Address, s.Exporters[i].Level)
		}
	}
}

// TestCrossedInterfaces: since the start and in the last hour, of one exporter or of all.
func TestCrossedInterfaces(t *testing.T) {
	live, names := emptyLive()
	a, b := addr("192.0.2.1"), addr("2001:db8::7")
	for _, x := range []flow.Addr{a, b} {
		h := flow.Health{Exporter: x, Region: uint16(names.Regions.ID("West")), Datagrams: 1}
		h.Octets[flow.Counted] = 5000
		live.Add(noon, []flow.Health{h})
	}
	old := noon.Add(-2 * time.Hour)
	live.AddCrossed(old, []CrossedRow{{Exporter: a, Index: 7, Octets: [2]uint64{100, 20}, Flows: [2]uint64{1, 1}}})
	live.AddCrossed(noon.Add(-time.Minute), []CrossedRow{
		{Exporter: a, Index: 7, Octets: [2]uint64{1, 2}, Flows: [2]uint64{1, 1}},
		{Exporter: a, Index: 0, Octets: [2]uint64{50, 0}, Flows: [2]uint64{1, 0}},
		{Exporter: b, Index: 4096, Octets: [2]uint64{0, 900}, Flows: [2]uint64{0, 3}},
		{Exporter: b, Rest: true, Octets: [2]uint64{5, 0}, Flows: [2]uint64{1, 0}},
	})
	all := live.Crossed(noon, "")
	got := ""
	for _, i := range all.Interfaces {
		got += fmt.Sprintf("%s %d %v: %d/%d, hour %d/%d, %d flows\n", i.Exporter, i.Index, i.Rest, i.OctetsIn, i.OctetsOut, i.HourIn, i.HourOut, i.Flows)
	}
	want := "2001:db8::7 4096 false: 0/900, hour 0/900, 3 flows\n192.0.2.1 0 false: 50/0, hour 50/0, 1 flows\n" +
		"2001:db8::7 0 true: 5/0, hour 5/0, 1 flows\n192.0.2.1 7 false: 101/22, hour 1/2, 4 flows\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if all.Octets != 1078 || all.HourOctets != 958 || all.Counted != 10_000 || all.Total != 4 {
		t.Errorf("octets %d, in the hour %d, of %d counted, %d interfaces", all.Octets, all.HourOctets, all.Counted, all.Total)
	}
	if one := live.Crossed(noon, "192.0.2.1"); one.Total != 2 || one.Counted != 5000 {
		t.Errorf("of one exporter %d interfaces, %d octets counted; want 2 and 5000", one.Total, one.Counted)
	}
	c := New(Config{Live: live, Now: func() time.Time { return noon }})
	var part Interfaces
	if w := get(c.Handler(), "/api/v1/interfaces?n=1&offset=1&exporter=192.0.2.1"); w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &part) != nil ||
		len(part.Interfaces) != 1 || part.Interfaces[0].Index != 7 || part.Total != 2 || part.YAML != part.Interfaces[0].YAML {
		t.Errorf("the second of one exporter: %d %s", w.Code, w.Body)
	}
	lines := linkLines(all.Interfaces)
	wantLines := "links:\n  - {name: if-2001-db8--7-4096, exporter: \"2001:db8::7\", interfaces: [4096], kind: transit, provider: CHANGE-ME}\n" +
		"  - {name: if-192.0.2.1-other, exporter: 192.0.2.1, kind: transit, provider: CHANGE-ME}\n" +
		"  - {name: if-192.0.2.1-7, exporter: 192.0.2.1, interfaces: [7], kind: transit, provider: CHANGE-ME}\n"
	if lines != wantLines {
		t.Errorf("lines\n%swant\n%s", lines, wantLines)
	}
}

// TestLastHourIsRestored: what a former process kept counts in the last hour, and nowhere else.
func TestLastHourIsRestored(t *testing.T) {
	names := &flow.Names{}
	live := NewLive(LiveConfig{Names: names, Started: noon, Now: func() time.Time { return noon }})
	now := flow.SlotAt(noon)
	row := func(slot flow.Slot) flow.Health {
		return flow.Health{
			Slot: slot, Exporter: addr("192.0.2.1"), Region: uint16(names.Regions.ID("West")), Datagrams: 10, Records: 900,
			LostRecords: 100, Rates: []uint32{1000},
		}
	}
	live.Restore([]flow.Health{row(now - HourSlots), row(now - 3), row(now - 2), row(now + 1)})
	s := live.Status(noon)
	s.complete(&Config{})
	e := s.Exporters[0]
	if e.Loss.Hour.Records != 1800 || e.Loss.Hour.LostRecords != 200 || e.Total.Records != 0 || e.Region != "West" || e.LastSeen != (now-1).Time() || fmt.Sprint(e.SamplingRates) != "[1000]" {
		t.Errorf("hour %+v, total %+v, in %s, last seen %v, rates %v", e.Loss.Hour, e.Total, e.Region, e.LastSeen, e.SamplingRates)
	}
	if s.Complete.State != "losing" || s.Complete.Hour.Share != 0.1 {
		t.Errorf("complete: %s, share %v; want losing a tenth", s.Complete.State, s.Complete.Hour.Share)
	}
	live.Add(noon, []flow.Health{row(now)})
	if e := live.Status(noon).Exporters[0]; e.Loss.Hour.Records != 2700 || e.Total.Records != 900 {
		t.Errorf("with what arrives now: hour %d records, total %d; want 2700, 900", e.Loss.Hour.Records, e.Total.Records)
	}
}

// TestExporterDetail: domains with their templates, notes, interfaces; merged notes too.
func TestExporterDetail(t *testing.T) {
	c, live := fleet(t)
	at := noon.Add(-20 * time.Second)
	live.SetDomains(0, []ExporterDomains{{Exporter: addr("192.0.2.1"), All: 2, Templates: 5, Newest: []Domain{
		{Protocol: "ipfix", ID: 7, Templates: 4, Options: 1, Refreshed: &at}, {Protocol: "ipfix", ID: 8, Templates: 1},
	}}})
	h := c.Handler()
	var d ExporterDetail
	if err := json.Unmarshal(get(h, "/api/v1/exporters/192.0.2.1").Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if got := d.Exporter.Templates; len(d.Domains) != 2 || got.Domains != 2 || got.Templates != 5 || got.Refreshed == nil || !got.Refreshed.Equal(at) || d.Exporter.Name != "sjc-edge-1" {
		t.Errorf("%s: %d domains, templates %+v", d.Exporter.Name, len(d.Domains), got)
	}
	live.SetDomains(0, nil)
	if got := live.Status(noon).Exporters[0].Templates; got != (Templates{}) {
		t.Errorf("templates of a decoder that knows none any more: %+v", got)
	}
	if err := json.Unmarshal(get(h, "/api/v1/exporters/192.0.2.2").Body.Bytes(), &d); err != nil || d.Exporter.Level != "warn" || len(d.Notes) == 0 {
		t.Errorf("level %q, %d notes; want those of a silent exporter", d.Exporter.Level, len(d.Notes))
	}
	if w := get(h, "/api/v1/exporters/192.0.2.99"); w.Code != 404 || !strings.Contains(w.Body.String(), "No exporter of this address was heard.") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
