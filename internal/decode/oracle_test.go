package decode

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/collect"
	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// oracle is an entry of oracle.json: what independent decoders found in a capture.
type oracle struct {
	Records        *uint64 `json:"records"`
	Octets         *uint64 `json:"octets_sum"`
	Packets        *uint64 `json:"packets_sum"`
	ReverseOctets  *uint64 `json:"reverse_octets_sum"`
	ReversePackets *uint64 `json:"reverse_packets_sum"`
	IPv6Records    *uint64 `json:"ipv6_records"`
	OptionsRecords *uint64 `json:"options_records"`
	Status         string  `json:"status"`
}

// readings are captures of which the oracle's notes allow, or demand, another reading.
var readings = map[string]struct {
	records, octets, packets uint64
	reason                   string
}{}

func TestOracle(t *testing.T) {
	dir := testenv.Captures(t)
	b, err := os.ReadFile(filepath.Join(dir, "oracle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var entries map[string]oracle
	if err := json.Unmarshal(b, &entries); err != nil {
		t.Fatal(err)
	}
	for name, want := range entries {
		t.Run(name, func(t *testing.T) {
			d, flows, rows := decodeCapture(t, filepath.Join(dir, name))
			checkBooks(t, rows, flows)
			got := total(d.Sums())
			if want.Status == "disputed" {
				return
			}
			if r, ok := readings[name]; ok {
				want.Records, want.Octets, want.Packets = &r.records, &r.octets, &r.packets
				t.Logf("another reading: %s", r.reason)
			}
			check := func(what string, got uint64, want *uint64) {
				t.Helper()
				if want != nil && got != *want {
					t.Errorf("%s = %d, want %d", what, got, *want)
				}
			}
			check("records", got.Records-got.HeldRecords, want.Records)
			if got.HeldRecords == 0 {
				check("octets", got.Octets, want.Octets)
				check("packets", got.Packets, want.Packets)
				check("ipv6_records", got.IPv6Records, want.IPv6Records)
				check("options_records", got.OptionsRecords, want.OptionsRecords)
			}
			check("reverse_octets", got.ReverseOctets, want.ReverseOctets)
			check("reverse_packets", got.ReversePackets, want.ReversePackets)
			t.Logf("%+v", got)
		})
	}
}

// decodeCapture reads a capture to its end. Every exporter is admitted.
func decodeCapture(t *testing.T, path string) (*Decoder, []flow.Flow, []flow.Health) {
	t.Helper()
	c, err := collect.OpenCapture(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ledger := &flow.Ledger{}
	d := New(Config{Ledger: ledger, Inspect: true})
	var flows []flow.Flow
	for {
		var dg flow.Datagram
		err := c.Next(&dg)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		flows = d.Append(flows, dg)
	}
	return d, d.Flush(flows), ledger.Take()
}

// checkBooks fails the test unless records read = records kept + refused in every row.
func checkBooks(t testing.TB, rows []flow.Health, flows []flow.Flow) {
	t.Helper()
	var kept uint64
	for _, h := range rows {
		refused := uint64(0)
		for r := range flow.NumRefusals {
			if r.Unit() == "record" {
				refused += h.Refused[r]
			}
		}
		if h.Records != h.Kept+refused {
			t.Errorf("books of %v: %d records, %d kept, %d refused", h.Exporter, h.Records, h.Kept, refused)
		}
		kept += h.Kept
	}
	if n := uint64(len(flows)); n < kept || n > 2*kept {
		t.Errorf("%d flows of %d records kept", n, kept)
	}
}

func total(sums []*Sum) (t Sum) {
	for _, s := range sums {
		t.Datagrams += s.Datagrams
		t.Records += s.Records
		t.Octets += s.Octets
		t.Packets += s.Packets
		t.ReverseOctets += s.ReverseOctets
		t.ReversePackets += s.ReversePackets
		t.IPv6Records += s.IPv6Records
		t.OptionsRecords += s.OptionsRecords
		t.HeldRecords += s.HeldRecords
		t.Flows += s.Flows
		t.FlowOctets += s.FlowOctets
		for i := range t.Refused {
			t.Refused[i] += s.Refused[i]
		}
	}
	return t
}
