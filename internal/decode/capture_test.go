package decode

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/collect"
	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// TestCaptures reads every capture of real exporters: the books balance, and flows keep their
// promises. That the counts are the oracle's is a test of `tributary inspect`.
func TestCaptures(t *testing.T) {
	dir := testenv.Captures(t)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	flows := 0
	for _, path := range paths {
		name := strings.TrimPrefix(path, dir+"/")
		if strings.HasPrefix(name, "traffic/") { // traces of packets, not of export
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, got, rows := decodeCapture(t, path)
			checkBooks(t, rows, got)
			for i := range got {
				f := &got[i]
				if f.Src.IsZero() || f.Dst.IsZero() || f.Start > f.End || f.Octets|f.Packets == 0 {
					t.Fatalf("flow %+v", *f)
				}
			}
			flows += len(got)
		})
	}
	if flows < 10_000 {
		t.Errorf("%d flows in all captures, want more than 10,000", flows)
	}
}

// TestCapturedFlows looks at what a few captures mean: lengths at the IP layer, rates as resolved,
// records held back, what is refused. The numbers are from the notes of oracle.json where it has
// them, else worked out from the captures' octets by hand.
func TestCapturedFlows(t *testing.T) {
	dir := testenv.Captures(t)
	f := func(name string, flows int, octets uint64, held uint64, refused string, rates ...uint32) {
		t.Helper()
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is not there", name)
			return
		}
		d, got, rows := decodeCapture(t, filepath.Join(dir, name))
		var sum uint64
		var seen []uint32
		for i := range got {
			sum += got[i].Octets
			if !slices.Contains(seen, got[i].Rate) {
				seen = append(seen, got[i].Rate)
			}
		}
		slices.Sort(seen)
		var h flow.Health
		for i := range rows {
			h.Add(&rows[i])
		}
		var waited uint64
		for _, s := range d.Sums() {
			waited += s.HeldRecords
		}
		if len(got) != flows || sum != octets || waited != held || refusals(h) != refused || !slices.Equal(seen, rates) {
			t.Errorf("%s: %d flows, %d octets, %d held, refused %q, rates %v; want %d, %d, %d, %q, %v",
				name, len(got), sum, waited, refusals(h), seen, flows, octets, held, refused, rates)
		}
	}
	// Lengths from packets: the outer header's.
	f("akvorado/ipfix_datalink.pcap", 1, 96, 0, "", 0)
	f("akvorado/ipfix_srv6.pcap", 1, 104, 0, "", 0)
	// Eight frames of 11,345 octets at the IP layer, and two in a pseudowire (1,500 and 1,492), the
	// first IP header of which is the customer's: pmacct counts those two as packets without octets.
	f("akvorado/ipfix_eompls_cw.pcap", 10, 11_345+1500+1492, 0, "", 0)
	f("akvorado/sflow_data-qinq.pcap", 1, 106-26, 0, "", 4096)
	f("akvorado/sflow_data-sflow-ipv4-data.pcap", 1, 1344, 0, "", 256)
	f("akvorado/sflow_data-discard-interface.pcap", 0, 0, 0, "discarded=1")
	f("gopacket/sflow_ethernet_frame.pcap", 0, 0, 0, "bad_header=7")
	f("goflow2/sflow_drop_extended_function.pcap", 0, 0, 0, "sample_kind=1")
	// Rates.
	f("akvorado/mpls.pcap", 2, 979, 0, "", 10)
	f("akvorado/nf9_multiplesamplingrates.pcap", 12, 14_818, 0, "", 2000, 4000)
	f("akvorado/nf9_cisco_ncs_sampler_options.pcap", 4, 5848, 0, "", 30000)
	f("pmacct/ipfix_cisco_104_v6_sampling_option.pcap", 3, 10_632, 0, "", 256)
	f("softflowd/goprobe_default_s100_nf9.pcap", 132, 58_851, 0, "", 100)
	f("softflowd/goprobe_default_s100_ipfix.pcap", 132, 58_851, 0, "", 100)
	f("softflowd/goprobe_default_s100_nf5.pcap", 101, 63_815, 0, "", 100)
	f("pmacctd/1kxun_ipfix_s10.pcap", 93, 272_557, 0, "", 10)
	f("logstash/nf5_juniper_mx80.pcap", 29, 3989, 0, "", 1000)
	f("logstash/nf9_cisco_asr9k_260.pcap", 21, 208_031, 0, "", 0) // a sampler that is never announced
	// Held back.
	f("bitkeks/nf9_softflowd_tpl_last.pcap", 44, 722_502, 36, "", 0)
	f("bitkeks/nf9_softflowd_mixed.pcap", 8, 164_207, 8, "", 0)
	f("graylog-sspl/data-datatemplate.pcap", 4, 380, 3, "", 0)
	f("logstash/nf9_mixed_disorder.pcap", 42, 2*208_031, 21, "", 0)
	f("ndpi/netflowv9.pcap", 0, 0, 0, "no_template=23")
	// Both directions of one record.
	f("softflowd/goprobe_default_biflow_ipfix.pcap", 2419, 2_191_985+3_967_846, 0, "", 1)
	f("logstash/ipfix_yaf.pcap", 4, 304+292, 0, "", 0)
	f("telegraf/ipfix_example.pcap", 56, 111_492+465_945, 0, "", 0)
	f("logstash/nf9_cisco_asa2.pcap", 30, 1131+129_231, 0, "empty=4", 0)
	f("graylog-sspl/cisco-asa-netflowv9.pcap", 102, 15_223+2775, 0, "empty=82", 0)
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
