package collect

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"tributary/internal/flow"
)

// pcapOf is a pcap file of packets in one of the format's four variants.
func pcapOf(order binary.AppendByteOrder, nanoseconds bool, packets ...[]byte) []byte {
	magic, unit := uint32(0xa1b2c3d4), uint32(1000)
	if nanoseconds {
		magic, unit = 0xa1b23c4d, 1
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(order.AppendUint32(b, 96), uint32(layers.LinkTypeEthernet)) // the snap length is understated
	for i, p := range packets {
		b = order.AppendUint32(b, 1_760_000_000+uint32(i))
		b = order.AppendUint32(b, 987_654_321/unit)
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)+i%2))
		b = append(b, p...)
	}
	return b
}

// somePackets are packets of all lengths that a reader's buffer may cut in two.
func somePackets(n int) [][]byte {
	r := rand.New(rand.NewPCG(3, 4))
	packets := make([][]byte, n)
	for i := range packets {
		packets[i] = make([]byte, r.IntN(3000))
		if i%50 == 0 {
			packets[i] = make([]byte, minLongest-r.IntN(100))
		}
		for j := range packets[i] {
			packets[i][j] = byte(r.Uint32())
		}
	}
	return packets
}

// TestPcapReader reads as gopacket's reader does.
func TestPcapReader(t *testing.T) {
	packets := somePackets(2000)
	f := func(what string, file []byte, from io.Reader) {
		t.Helper()
		want, err := pcapgo.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		want.SetSnaplen(0)
		c, err := NewCapture(what, from)
		if err != nil {
			t.Fatal(err)
		}
		for i := range packets {
			data, info, err := want.ZeroCopyReadPacketData()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.read(&c.packet); err != nil {
				t.Fatalf("%s: packet %d: %v", what, i, err)
			}
			got := c.packet
			if !bytes.Equal(got.data, data) || got.arrival != info.Timestamp.UnixMilli() || got.link != want.LinkType() || got.cut != (info.Length > info.CaptureLength) {
				t.Fatalf("%s: packet %d differs: %d bytes at %d, want %d bytes at %v", what, i, len(got.data), got.arrival, len(data), info.Timestamp)
			}
		}
		if err := c.read(&c.packet); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v at the end", what, err)
		}
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, nanoseconds := range []bool{false, true} {
			file := pcapOf(order, nanoseconds, packets...)
			f(fmt.Sprint(order, " nanoseconds ", nanoseconds), file, bytes.NewReader(file))
		}
	}
	file := pcapOf(binary.LittleEndian, false, packets...)
	f("in small parts", file, iotest.HalfReader(iotest.DataErrReader(bytes.NewReader(file))))
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(file)
	z.Close()
	f("gzip", file, &zipped)
}

// TestPcapNgReader: interfaces with link types of their own.
func TestPcapNgReader(t *testing.T) {
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriterInterface(&file, pcapgo.NgInterface{LinkType: layers.LinkTypeEthernet}, pcapgo.NgWriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkTypeRaw}); err != nil {
		t.Fatal(err)
	}
	for i, b := range [][]byte{ether(0x0800, ipv4("framed")), ipv6("raw")} {
		err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.UnixMilli(1_760_000_000_123), CaptureLength: len(b), Length: len(b), InterfaceIndex: i}, b)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	c, err := NewCapture("ng", &file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"192.0.2.9 framed 1760000000123", "2001:db8::9 raw 1760000000123"} {
		var dg flow.Datagram
		if err := c.Next(&dg); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%v %s %d", dg.Source, dg.Payload, dg.Arrival); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestPcapDamage: what a file cannot hold ends it with a reason, and costs no memory.
func TestPcapDamage(t *testing.T) {
	f := func(want string, change func(file []byte) []byte) {
		t.Helper()
		file := change(pcapOf(binary.LittleEndian, false, []byte("first"), make([]byte, 100)))
		c, err := NewCapture("x", bytes.NewReader(file))
		if err == nil {
			for err == nil {
				err = c.read(&c.packet)
				if err == nil {
					c.Packets++
				}
			}
			err = c.ended(err)
		}
		if got := err.Error(); got != want {
			t.Errorf("error %q, want %q", got, want)
		}
	}
	second := pcapHeader + pcapPacketHeader + len("first")
	put := func(at int, v uint32) func([]byte) []byte {
		return func(file []byte) []byte { binary.LittleEndian.PutUint32(file[at:], v); return file }
	}
	cut := func(n int) func([]byte) []byte { return func(file []byte) []byte { return file[:n] } }
	f("EOF", put(second+12, 100))
	f("x cannot be read after packet 1 (a packet of 262145 bytes is longer than a capture's can be); what stands before it was read", put(second+8, 1<<18+1))
	f("x cannot be read after packet 1 (a packet has 100 captured bytes of 99); what stands before it was read", put(second+12, 99))
	const copyAgain = "; what stands before it was read: copy the file again if there should be more"
	f("x is cut off after packet 1"+copyAgain, cut(second+1))
	f("x is cut off after packet 1"+copyAgain, cut(second+pcapPacketHeader+99))
	f("x is cut off after packet 0"+copyAgain, cut(pcapHeader+pcapPacketHeader))
	f("EOF", cut(second))
	f("EOF", cut(pcapHeader))
	const expected = "; a pcap or pcapng file is expected"
	f("x is not a capture: it ends after 23 bytes"+expected, cut(pcapHeader-1))
	f("x is not a capture: it has 3 bytes"+expected, cut(3))
	f("x is not a capture: its format has version 1.4, and 2.4 is known"+expected, put(4, 4<<16|1))
	f("x is not a capture: it does not begin like one"+expected, put(0, 0x01020304))
	// A file of larger packets says so, and is believed within reason.
	f("x is cut off after packet 1"+copyAgain, func(file []byte) []byte {
		return put(second+12, 1<<20)(put(second+8, 1<<20)(put(16, 1<<20)(file)))
	})
	f("x cannot be read after packet 1 (a packet of 16777217 bytes is longer than a capture's can be); what stands before it was read", func(file []byte) []byte {
		return put(second+8, 1<<24+1)(put(16, 1<<31)(file))
	})
}

// FuzzPcap: gopacket's reader is the judge of every file that it can read.
func FuzzPcap(f *testing.F) {
	f.Add(pcapOf(binary.LittleEndian, true, []byte("first"), make([]byte, 100)))
	f.Add(pcapOf(binary.BigEndian, false, []byte("first"), nil)[:60])
	f.Fuzz(func(t *testing.T, file []byte) {
		got, gotErr := newPcapFile(bytes.NewReader(file))
		want, wantErr := pcapgo.NewReader(bytes.NewReader(file))
		if gotErr != nil || wantErr != nil {
			if gotErr == nil || wantErr == nil && !bytes.HasPrefix(file, gzipMagic) {
				t.Fatalf("%v, and gopacket says %v", gotErr, wantErr)
			}
			return
		}
		if want.Snaplen() > maxLongest || uint32(want.LinkType()) > 0xffff {
			return // known to differ
		}
		for {
			var p packet
			err := got.read(&p)
			data, info, wantErr := want.ZeroCopyReadPacketData()
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%v, and gopacket says %v", err, wantErr)
			}
			if err != nil {
				return
			}
			if !bytes.Equal(p.data, data) || p.cut != (info.Length > info.CaptureLength) {
				t.Fatal("the packets differ")
			}
		}
	})
}

// BenchmarkCapture reads datagrams of 1,400 octets, as import does, from memory.
func BenchmarkCapture(b *testing.B) {
	const packets = 10_000
	var payloads [][]byte
	for range packets {
		payloads = append(payloads, ether(0x0800, ipv4(string(make([]byte, 1400)))))
	}
	file := pcapOf(binary.LittleEndian, false, payloads...)
	b.SetBytes(int64(len(file) / packets))
	for n := 0; n < b.N; n += packets {
		c, err := NewCapture("x", bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		m := newMerge(c)
		var dg flow.Datagram
		for err == nil {
			err = m.Next(&dg)
		}
		if c.Packets != packets {
			b.Fatalf("%d packets: %v", c.Packets, err)
		}
	}
}
