package collect

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"tributary/internal/flow"
)

// ipv4 and ipv6 build a UDP datagram from 192.0.2.9:9999 (or its IPv6 twin) around the payload.
func ipv4(payload string) []byte {
	return serialize(&layers.IPv4{Version: 4, IHL: 5, TTL: 9, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{192, 0, 2, 9}, DstIP: net.IP{192, 0, 2, 1}},
		&layers.UDP{SrcPort: 9999, DstPort: 2055}, gopacket.Payload(payload))
}

func ipv6(payload string) []byte {
	return serialize(&layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolUDP, SrcIP: net.ParseIP("2001:db8::9"), DstIP: net.ParseIP("2001:db8::1")},
		&layers.UDP{SrcPort: 9999, DstPort: 2055}, gopacket.Payload(payload))
}

func serialize(l ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	for _, x := range l {
		if u, ok := x.(*layers.UDP); ok {
			if ip, ok := l[0].(gopacket.NetworkLayer); ok {
				u.SetNetworkLayerForChecksum(ip)
			}
		}
	}
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true}, l...); err != nil {
		panic(err)
	}
	return bytes.Clone(buf.Bytes())
}

func ether(etherType uint16, rest ...[]byte) []byte {
	b := append(make([]byte, 12), byte(etherType>>8), byte(etherType))
	for _, r := range rest {
		b = append(b, r...)
	}
	return b
}

func TestParsePacket(t *testing.T) {
	f := func(name string, link layers.LinkType, packet []byte, want string) {
		t.Helper()
		var dg flow.Datagram
		got := ""
		if skip := parsePacket(&dg, packet, link, false); skip != notSkipped {
			got = skip.String()
		} else {
			got = dg.Source.String() + " " + string(dg.Payload)
			if dg.Port != 9999 {
				t.Errorf("%s: port = %d, want 9999", name, dg.Port)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	const four, six = "192.0.2.9 hello", "2001:db8::9 hello"
	v4, v6 := ipv4("hello"), ipv6("hello")
	eth := layers.LinkTypeEthernet
	f("ethernet", eth, ether(0x0800, v4), four)
	f("ethernet, padded to 60 bytes", eth, ether(0x0800, v4, make([]byte, 13)), four)
	f("ethernet IPv6, padded", eth, ether(0x86dd, v6, make([]byte, 7)), six)
	f("802.1Q", eth, ether(0x8100, []byte{0, 7, 8, 0}, v4), four)
	f("QinQ", eth, ether(0x88a8, []byte{0, 7, 0x81, 0, 0, 9, 0x86, 0xdd}, v6), six)
	f("Linux cooked", layers.LinkTypeLinuxSLL, append(append(make([]byte, 14), 0x08, 0), v4...), four)
	f("Linux cooked v2", layers.LinkTypeLinuxSLL2, append(append([]byte{0x86, 0xdd}, make([]byte, 18)...), v6...), six)
	f("raw IPv4", layers.LinkTypeRaw, v4, four)
	f("raw IPv6", layers.LinkTypeRaw, v6, six)
	f("BSD loopback", layers.LinkTypeNull, append([]byte{2, 0, 0, 0}, v4...), four)
	f("ARP", eth, ether(0x0806, make([]byte, 28)), "not_ip")
	f("token ring", layers.LinkTypeTokenRing, v4, "not_ip")
	tcp := bytes.Clone(v4)
	tcp[9] = 6
	f("TCP", eth, ether(0x0800, tcp), "not_udp")
	first := bytes.Clone(v4)
	first[6] = 0x20
	f("first fragment", eth, ether(0x0800, first), "fragment")
	later := bytes.Clone(v4)
	later[7] = 185
	f("later fragment", eth, ether(0x0800, later), "fragment")
	df := bytes.Clone(v4)
	df[6] = 0x40
	f("don't fragment", eth, ether(0x0800, df), four)
	withExtension := func(next byte, ext []byte) []byte {
		b := bytes.Clone(v6)
		b[6] = next
		b = append(b[:40:40], append(ext, v6[40:]...)...)
		b[5] += byte(len(ext))
		return b
	}
	f("hop-by-hop", layers.LinkTypeRaw, withExtension(0, []byte{17, 0, 1, 4, 0, 0, 0, 0}), six)
	f("atomic fragment", layers.LinkTypeRaw, withExtension(44, []byte{17, 0, 0, 0, 0, 0, 0, 1}), six)
	f("IPv6 fragment", layers.LinkTypeRaw, withExtension(44, []byte{17, 0, 0, 1, 0, 0, 0, 1}), "fragment")
	f("IPv6 later fragment", layers.LinkTypeRaw, withExtension(44, []byte{17, 0, 5, 0x78, 0, 0, 0, 1}), "fragment")
	f("UDP length of 3", eth, ether(0x0800, func() []byte { b := bytes.Clone(v4); b[24], b[25] = 0, 3; return b }()), "bad_packet")
	f("empty", eth, nil, "not_ip")
	f("IPv4 of 10 bytes", eth, ether(0x0800, v4[:10]), "bad_packet")

	var dg flow.Datagram
	if skip := parsePacket(&dg, ether(0x0800, v4[:30]), eth, true); skip != SkipShort {
		t.Errorf("cut by the snap length: skip = %v, want %v", skip, SkipShort)
	}
}

func FuzzParsePacket(f *testing.F) {
	f.Add(ether(0x0800, ipv4("hello")), uint8(1))
	f.Add(ether(0x8100, []byte{0, 7, 0x86, 0xdd}, ipv6("hello")), uint8(1))
	f.Add(ipv6("x"), uint8(101))
	f.Fuzz(func(t *testing.T, b []byte, link uint8) {
		var dg flow.Datagram
		if skip := parsePacket(&dg, b, layers.LinkType(link), len(b)%2 == 0); skip == notSkipped && dg.Source.IsZero() && dg.Payload == nil {
			t.Error("a datagram without payload or source was handed out")
		}
	})
}

// writePcap writes packets a second apart, starting at the given Unix second.
func writePcap(t *testing.T, start int64, payloads ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pcap")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w := pcapgo.NewWriter(file)
	w.WriteFileHeader(65535, layers.LinkTypeEthernet)
	for i, p := range payloads {
		b := ether(0x0800, ipv4(p))
		w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(start+int64(i), 0), CaptureLength: len(b), Length: len(b)}, b)
	}
	return path
}

func readAll(t *testing.T, m *Merge) string {
	t.Helper()
	var out []string
	var dg flow.Datagram
	for {
		err := m.Next(&dg)
		if errors.Is(err, io.EOF) {
			return strings.Join(out, " ")
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(dg.Payload))
	}
}

func TestMergeInOrderOfCaptureTime(t *testing.T) {
	m, err := OpenCaptures([]string{writePcap(t, 100, "a100", "a101", "a102"), writePcap(t, 101, "b101", "b102", "b103"), writePcap(t, 50, "c50")})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if got, want := readAll(t, m), "c50 a100 a101 b101 a102 b102 b103"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMergeOfSelected: the others are not read, and the order decides at equal times.
func TestMergeOfSelected(t *testing.T) {
	m, err := OpenCaptures([]string{writePcap(t, 100, "a100", "a101"), writePcap(t, 100, "b100"), writePcap(t, 100, "c100", "c101")})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	m.Select([]int{2, 0})
	var dg flow.Datagram
	if err := m.Next(&dg); err != nil || m.Path() != m.Captures[0].Path {
		t.Errorf("the first datagram is of %s, %v; want %s", m.Path(), err, m.Captures[0].Path)
	}
	if got, want := string(dg.Payload)+" "+readAll(t, m), "c100 a100 c101 a101"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCutCapture(t *testing.T) {
	path := writePcap(t, 100, "one", "two", "three")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := OpenCaptures([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := readAll(t, m), "one two"; got != want {
		t.Errorf("got %s, want %s: what stands before the cut is read", got, want)
	}
	if len(m.Cut) != 1 || m.Cut[0].Packets != 2 || !strings.Contains(m.Cut[0].Error(), "cut off after packet 2") {
		t.Errorf("cut = %v, want one after packet 2", m.Cut)
	}
}

func TestNoCapture(t *testing.T) {
	f := func(content string, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenCapture(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: error %v, want one with the path and %q", content, err, want)
		}
	}
	f("", "not a capture")
	f("hello, world, this is text and no capture", "not a capture")
	f("\x0a\x0d\x0d\x0arubbish that is no section header", "not a readable pcapng")
	if _, err := OpenCapture(t.TempDir()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: error %v", err)
	}
	if _, err := OpenCaptures([]string{"x.pcap", "x.pcap"}); err == nil {
		t.Error("no error for files that do not exist")
	}
}
