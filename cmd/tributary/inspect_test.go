package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/testenv"
)

// oracleEntry is what independent decoders found in a capture; nil where they found no agreement.
type oracleEntry struct {
	Protocol       string  `json:"protocol"`
	Status         string  `json:"status"` // agreed, resolved or disputed
	Packets        uint64  `json:"packets"`
	Records        *uint64 `json:"records"`
	Octets         *uint64 `json:"octets_sum"`
	PacketsSum     *uint64 `json:"packets_sum"`
	ReverseOctets  *uint64 `json:"reverse_octets_sum"`
	ReversePackets *uint64 `json:"reverse_packets_sum"`
	IPv6Records    *uint64 `json:"ipv6_records"`
	OptionsRecords *uint64 `json:"options_records"`
}

// counts are what two readings of a capture are compared by.
type counts struct{ records, octets, packets uint64 }

// otherReadings are captures that are read otherwise than the oracle's numbers say, and why.
var otherReadings = map[string]struct {
	counts
	reason string
}{
	"tcpdump/sflow_multiple_counter_30_pdus.pcap": {counts{7, 1953, 12},
		"the octets of its seven NetFlow v5 records are 60, 1,538 and five times 71: the oracle's sum lacks one of 71 octets and one packet"},
}

// withHeld are the numbers with records that came before their template, which the oracle leaves
// out: by its notes, or because another capture has the same datagrams in order.
var withHeld = map[string]struct {
	counts
	reason string
}{
	"logstash/nf9_mixed_disorder.pcap":    {counts{42, 2 * 208_031, 2 * 531}, "the same data set before its template and after it"},
	"bitkeks/nf9_softflowd_tpl_last.pcap": {counts{44, 722_502, 1036}, "note: 44 records with buffering; the datagrams of bitkeks/nf9_softflowd.pcap"},
	"bitkeks/nf9_softflowd_mixed.pcap":    {counts{8, 164_207, 208}, "the last datagram of bitkeks/nf9_softflowd.pcap with its sets in another order"},
	"graylog-sspl/data-datatemplate.pcap": {counts{4, 380, 4}, "note: Graylog's test buffers and gets 4 messages"},
	"akvorado/data+templates.pcap":        {counts{21, 58_329, 66}, "a data set before its template in the datagram"},
	"graylog-sspl/fgt300d-netflow9.pcap":  {counts{146, 2_531_321, 18_165}, "81 data sets before their templates"},
}

// otherIPv6 are captures of which tshark, the oracle's source, counts IPv6 records otherwise.
var otherIPv6 = map[string]uint64{
	"pmacctd/goprobe_sflow_s20.pcap": 308, // 214 in plain frames and 94 behind VLAN tags and MPLS labels, of which tshark shows 77
}

// readOracle reads the oracle of a folder of captures.
func readOracle(t *testing.T, dir string) map[string]oracleEntry {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "oracle.json"))
	if err != nil {
		t.Fatal(err)
	}
	var oracle map[string]oracleEntry
	if err := json.Unmarshal(b, &oracle); err != nil {
		t.Fatal(err)
	}
	return oracle
}

// TestInspectOracle compares `tributary inspect --json` on every capture of real exporters with
// what independent decoders found.
func TestInspectOracle(t *testing.T) {
	dir := testenv.Captures(t)
	oracle := readOracle(t, dir)
	names := slices.Sorted(maps.Keys(oracle))
	args := []string{"inspect", "--json"}
	for _, name := range names {
		args = append(args, filepath.Join(dir, name))
	}
	var stdout, stderr bytes.Buffer
	if status := (&Main{Ctx: context.Background(), Stdout: &stdout, Stderr: &stderr}).Run(args); status != 0 || stderr.Len() > 0 {
		t.Fatalf("exit status %d, standard error %q", status, stderr.String())
	}
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	if len(lines) != len(names) {
		t.Fatalf("%d lines for %d files", len(lines), len(names))
	}
	seen := map[string]bool{}
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			var got inspection
			if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
				t.Fatal(err)
			}
			if got.File != filepath.Join(dir, name) {
				t.Errorf("file %q", got.File)
			}
			want := oracle[name]
			seen[want.Protocol] = true
			compareOracle(t, name, &got, &want)
		})
	}
	if len(seen) < 5 {
		t.Errorf("protocols in the oracle: %v", seen)
	}
}

func compareOracle(t *testing.T, name string, got *inspection, want *oracleEntry) {
	check := func(what string, got, want uint64) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %d, want %d", what, got, want)
		}
	}
	maybe := func(what string, got uint64, want *uint64) {
		t.Helper()
		if want != nil {
			check(what, got, *want)
		}
	}
	check("datagrams", got.Datagrams, want.Packets)
	sum := uint64(0)
	for _, x := range got.Exporters {
		sum += x.Records
	}
	check("records of the exporters", sum, got.Records)
	if want.Status == "disputed" {
		if len(got.Refused) == 0 {
			t.Error("nothing refused, want the refusal counted")
		}
		return
	}
	switch reading, other := otherReadings[name]; {
	case other:
		check("records", got.Records, reading.records)
		check("octets", got.Octets, reading.octets)
		check("packets", got.Packets, reading.packets)
	case got.HeldRecords > 0:
		maybe("records not held back", got.Records-got.HeldRecords, want.Records)
		held, ok := withHeld[name]
		if !ok {
			t.Errorf("%d records held back, which no note tells of", got.HeldRecords)
		}
		check("records", got.Records, held.records)
		check("octets", got.Octets, held.octets)
		check("packets", got.Packets, held.packets)
		return
	default:
		maybe("records", got.Records, want.Records)
		maybe("octets", got.Octets, want.Octets)
		maybe("packets", got.Packets, want.PacketsSum)
	}
	maybe("reverse_octets", got.ReverseOctets, want.ReverseOctets)
	maybe("reverse_packets", got.ReversePackets, want.ReversePackets)
	maybe("options_records", got.OptionsRecords, want.OptionsRecords)
	if n, other := otherIPv6[name]; other {
		want.IPv6Records = &n
	}
	maybe("ipv6_records", got.IPv6Records, want.IPv6Records)
}

// TestInspect: what is said of a capture of our own, of one that is cut, and of what is no capture.
func TestInspect(t *testing.T) {
	dir := t.TempDir()
	var file bytes.Buffer
	c, err := simulate.NewCaptureWriter(&file)
	if err != nil {
		t.Fatal(err)
	}
	word := func(b []byte, v ...uint32) []byte {
		for _, w := range v {
			b = binary.BigEndian.AppendUint32(b, w)
		}
		return b
	}
	const seconds = 1_790_000_000
	header := word([]byte{0, 9, 0, 1}, 100_000, seconds, 1, 7)
	// Data (200 octets in 4 packets, 1:50 by field 34), then its template; an event; something else.
	data := word(slices.Concat(header, []byte{1, 0, 0, 24}), 0xc6336401, 0xcb007109, 200, 4, 50)
	template := slices.Concat(header, []byte{0, 0, 0, 28, 1, 0, 0, 5, 0, 8, 0, 4, 0, 12, 0, 4, 0, 1, 0, 4, 0, 2, 0, 4, 0, 34, 0, 4})
	event := word(slices.Concat(header, []byte{1, 0, 0, 24}), 0xc6336401, 0xcb007109, 0, 0, 50)
	for _, payload := range [][]byte{data, template, event, []byte("not export")} {
		dg := flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, 1}), Port: 4000, Arrival: seconds * 1000, Payload: payload}
		if err := c.Write(&dg, 2055); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	putFile(t, dir, "whole.pcap", file.String())
	putFile(t, dir, "cut.pcap", file.String()[:file.Len()-1])
	putFile(t, dir, "text.pcap", "this is no capture, but long enough for one")

	f := func(wantStatus int, wantOut, wantErr string, args ...string) {
		t.Helper()
		status, stdout, stderr := inFolder(t, dir, append([]string{"inspect"}, args...)...)
		if status != wantStatus || stdout != wantOut || !strings.Contains(stderr, wantErr) || (wantErr == "") != (stderr == "") {
			t.Errorf("inspect %v: exit status %d, want %d\nstandard output:\n%s\nwant:\n%s\nstandard error: %q, want %q", args, status, wantStatus, stdout, wantOut, stderr, wantErr)
		}
	}
	line := `{"file":"whole.pcap","datagrams":4,"records":2,"flows":1,"octets":200,"packets":4,"reverse_octets":0,"reverse_packets":0,"ipv6_records":0,"options_records":0,"held_records":1,"flow_octets":200,"sampling_rates":[50],"refused":{"empty":1,"version":1},"exporters":[` +
		`{"address":"192.0.2.1","protocol":"unknown","domain":0,"datagrams":1,"records":0,"flows":0,"octets":0,"packets":0,"reverse_octets":0,"reverse_packets":0,"ipv6_records":0,"options_records":0,"held_records":0,"flow_octets":0,"sampling_rates":[],"refused":{"version":1},"templates":[],"options_templates":[]},` +
		`{"address":"192.0.2.1","protocol":"netflow9","domain":7,"datagrams":3,"records":2,"flows":1,"octets":200,"packets":4,"reverse_octets":0,"reverse_packets":0,"ipv6_records":0,"options_records":0,"held_records":1,"flow_octets":200,"sampling_rates":[50],"refused":{"empty":1},"templates":[256],"options_templates":[]}],"skipped":{}}` + "\n"
	f(0, line, "", "--json", "whole.pcap")
	f(0, `whole.pcap: 4 datagrams, 2 records (1 of them read after waiting for their template), 0 options records, refused: empty 1, version 1
  EXPORTER   PROTOCOL  DOMAIN  DATAGRAMS  RECORDS  OCTETS  PACKETS  FLOWS  FLOW OCTETS  TEMPLATES  RATES  REFUSED
  192.0.2.1  unknown   0       1          0        0       0        0      0            -          -      version 1
  192.0.2.1  netflow9  7       3          2        200     4        1      200          256        50     empty 1
`, "", "whole.pcap")

	// What stands before a cut is said, of the files after it too; then the cut is the error.
	cutLine := strings.NewReplacer(`"file":"whole.pcap","datagrams":4`, `"file":"cut.pcap","datagrams":3`, `"refused":{"empty":1,"version":1}`, `"refused":{"empty":1}`).Replace(line)
	from, to := strings.Index(cutLine, `{"address"`), strings.LastIndex(cutLine, `{"address"`)
	f(1, cutLine[:from]+cutLine[to:]+line, "cut.pcap is cut off after packet 3", "--json", "cut.pcap", "whole.pcap")
	f(1, "", "text.pcap is not a capture", "text.pcap")
	f(1, "", "none.pcap", "none.pcap")
	f(2, "", "expected", "--json")
}
