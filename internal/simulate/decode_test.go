package simulate

import (
	"testing"

	"tributary/internal/decode"
	"tributary/internal/flow"
)

// TestDecodeReadsExport encodes records by every kind of device and has package decode, which was
// written apart from the encoders, read them: each must find what the other meant.
func TestDecodeReadsExport(t *testing.T) {
	for name, d := range testDevices() {
		t.Run(name, func(t *testing.T) {
			records := testRecords(11, d, 500)
			if d.Times == TimesDelta { // no end may lie after the header's whole second
				for i := range records {
					records[i].End -= 1000
					records[i].Start -= 1000
				}
			}
			ledger := &flow.Ledger{}
			decoder := decode.New(decode.Config{Ledger: ledger})
			var got []flow.Flow
			for _, dg := range datagrams(d, records) {
				if len(dg.Payload) > d.room() {
					t.Errorf("a datagram of %d octets would be fragmented", len(dg.Payload))
				}
				got = decoder.Append(got, dg)
			}
			want := 0
			for i := range records {
				r := &records[i]
				if want >= len(got) {
					t.Fatalf("decode gave %d flows for %d records", len(got), len(records))
				}
				compareFlow(t, d, r, &got[want], r.Src, r.Octets, r.Packets)
				want++
				if d.Biflow && r.ReversePackets > 0 {
					compareFlow(t, d, r, &got[want], r.Dst, r.ReverseOctets, r.ReversePackets)
					want++
				}
			}
			if len(got) != want {
				t.Errorf("decode gave %d flows, want %d", len(got), want)
			}
			rows := ledger.Take()
			for i := range rows {
				for reason, n := range rows[i].Refused {
					if n > 0 {
						t.Errorf("decode refused %d as %v", n, flow.Refusal(reason))
					}
				}
			}
		})
	}
}

func compareFlow(t *testing.T, d *Device, r *Record, f *flow.Flow, src flow.Addr, octets, packets uint64) {
	t.Helper()
	want := flow.Flow{
		Src: r.Src, Dst: r.Dst, SrcPort: r.SrcPort, DstPort: r.DstPort, InIf: r.InIf, OutIf: r.OutIf,
		SrcAS: r.SrcAS, DstAS: r.DstAS, Octets: octets, Packets: packets, Proto: r.Proto,
		Start: r.Start, End: r.End, Rate: d.Stated(r),
	}
	if src != r.Src {
		want.Src, want.Dst, want.SrcPort, want.DstPort = r.Dst, r.Src, r.DstPort, r.SrcPort
		want.InIf, want.OutIf, want.SrcAS, want.DstAS = r.OutIf, r.InIf, r.DstAS, r.SrcAS
	}
	if d.NoAS {
		want.SrcAS, want.DstAS = 0, 0
	}
	if d.Metering && d.Protocol != NetFlow5 && d.Protocol != SFlow {
		want.Metering = r.Metering
	}
	if d.Protocol == SFlow {
		want.Start, want.End = f.Start, f.End // arrival; looked at in decode's own tests
	}
	got := *f
	got.Verdict, got.Direction, got.Version, got.Region, got.Link = 0, 0, 0, 0, 0
	got.Prefix, got.AS, got.Place, got.Remote, got.Exporter = 0, 0, 0, flow.Addr{}, 0
	if got != want {
		t.Errorf("decode read\n%+v, want\n%+v", got, want)
	}
}
