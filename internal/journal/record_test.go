package journal

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// TestHeadersAreWhatALibraryWrites compares the synthesised headers with gopacket's, checksums
// included: a check of them in Wireshark finds nothing.
func TestHeadersAreWhatALibraryWrites(t *testing.T) {
	for _, dg := range datagrams(rand.New(rand.NewPCG(41, 42)), 300, 1_700_000_000_000) {
		got := appendRecord(nil, &dg, 7)[recordHeader:]
		source := dg.Source.Netip().AsSlice()
		udp := &layers.UDP{SrcPort: layers.UDPPort(dg.Port), DstPort: layers.UDPPort(destination(dg.Payload))}
		var ip gopacket.SerializableLayer
		if dg.Source.Is4() {
			ip = &layers.IPv4{Version: 4, Flags: layers.IPv4DontFragment, TTL: 64, Protocol: layers.IPProtocolUDP, Id: be.Uint16(got[4:]), SrcIP: source, DstIP: loopback4[:]}
		} else {
			ip6 := &layers.IPv6{Version: 6, FlowLabel: uint32(be.Uint16(got[2:])), HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: source, DstIP: loopback6[:]}
			if err := udp.SetNetworkLayerForChecksum(ip6); err != nil {
				t.Fatal(err)
			}
			ip = ip6
		}
		buf := gopacket.NewSerializeBuffer()
		options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		// Without UDP's checksum over IPv4, where 0 says that there is none.
		var err error
		if dg.Source.Is4() {
			udp.Length = uint16(udpHeader + len(dg.Payload))
			err = gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, udp, gopacket.Payload(dg.Payload))
			if err == nil {
				err = ip.SerializeTo(buf, options)
			}
		} else {
			err = gopacket.SerializeLayers(buf, options, ip, udp, gopacket.Payload(dg.Payload))
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := buf.Bytes(); !bytes.Equal(got, want) {
			n := min(60, len(want))
			t.Fatalf("%s:\n got %x\nwant %x", show(dg), got[:min(n, len(got))], want[:n])
		}
	}
}

func TestDestinationPort(t *testing.T) {
	f := func(payload string, want uint16) {
		t.Helper()
		if got := destination([]byte(payload)); got != want {
			t.Errorf("%x: port %d, want %d", payload, got, want)
		}
	}
	f("\x00\x05\x00\x1e", portNetFlow)
	f("\x00\x09\x00\x02", portNetFlow)
	f("\x00\x0a\x00\x40", portIPFIX)
	f("\x00\x00\x00\x05", portSFlow)
	f("", portNetFlow)
	f("\x00", portNetFlow)
}
