package simulate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tributary/internal/collect"
	"tributary/internal/flow"
)

// TestCaptureIsRead has package collect read what CaptureWriter writes, for exporters on IPv4 and
// IPv6, and checks the UDP checksums, which collect does not look at.
func TestCaptureIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "export.pcap")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewCaptureWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	var sent []flow.Datagram
	for _, name := range []string{"v5", "v9-samplers", "ipfix", "sflow"} {
		d := testDevices()[name]
		if name != "v5" {
			d.Address = flow.Addr{Hi: 0x20010db8_00000001, Lo: 77}
		}
		sent = append(sent, datagrams(d, testRecords(3, d, 120))...)
	}
	for i := range sent {
		if err := w.Write(&sent[i], PortOf(sent[i].Payload)); err != nil {
			t.Fatal(err)
		}
		checkUDPSum(t, w.frame, sent[i].Source.Is4())
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	capture, err := collect.OpenCapture(path)
	if err != nil {
		t.Fatal(err)
	}
	var got flow.Datagram
	for i := range sent {
		if err := capture.Next(&got); err != nil {
			t.Fatalf("datagram %d: %v", i, err)
		}
		if got.Source != sent[i].Source || got.Port != sent[i].Port || got.Arrival != sent[i].Arrival || !bytes.Equal(got.Payload, sent[i].Payload) {
			t.Errorf("datagram %d came back as %v:%d at %d, %d octets; sent was %v:%d at %d, %d octets", i,
				got.Source, got.Port, got.Arrival, len(got.Payload), sent[i].Source, sent[i].Port, sent[i].Arrival, len(sent[i].Payload))
		}
	}
	if err := capture.Next(&got); !errors.Is(err, io.EOF) {
		t.Errorf("after the last datagram: %v, want %v", err, io.EOF)
	}
}

// checkUDPSum adds up a frame's pseudo-header and UDP datagram: a right one gives all ones.
func checkUDPSum(t *testing.T, frame []byte, v4 bool) {
	t.Helper()
	addresses, udp := frame[14+8:14+40], frame[14+40:]
	if v4 {
		addresses, udp = frame[14+12:14+20], frame[14+20:]
		if header := fold(sum(0, frame[14:34])); header != 0xffff {
			t.Errorf("IPv4 header checksum is wrong: sum %04x", header)
		}
	}
	if got := fold(sum(sum(uint64(17+len(udp)), addresses), udp)); got != 0xffff {
		t.Errorf("UDP checksum is wrong: sum %04x", got)
	}
}

// TestPortOf checks the protocol is told from the payload.
func TestPortOf(t *testing.T) {
	for name, want := range map[string]uint16{"v5": 2055, "v9": 2055, "ipfix": 4739, "sflow": 6343} {
		d := testDevices()[name]
		if got := PortOf(datagrams(d, testRecords(1, d, 1))[0].Payload); got != want {
			t.Errorf("PortOf(%s) = %d, want %d", name, got, want)
		}
	}
}

// TestSenderHasASocketAnExporter sends from two exporters and looks where it comes from.
func TestSenderHasASocketAnExporter(t *testing.T) {
	collector, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	s := NewSender(collector.LocalAddr().(*net.UDPAddr).AddrPort())
	defer s.Close()
	buffer := make([]byte, 100)
	for _, from := range []flow.Addr{addr4(127<<24 | 1<<8 | 1), addr4(127<<24 | 1<<8 | 2)} {
		dg := flow.Datagram{Source: from, Payload: []byte("datagram")}
		if err := s.Send(&dg); err != nil {
			t.Fatal(err)
		}
		if err := collector.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, source, err := collector.ReadFromUDPAddrPort(buffer)
		if err != nil || flow.AddrFrom(source.Addr()) != from || string(buffer[:n]) != "datagram" {
			t.Errorf("received %q from %v, %v; sent from %v", buffer[:n], source, err, from)
		}
	}
}

// TestSenderSaysThatNobodyListens sends to a port that was just closed.
func TestSenderSaysThatNobodyListens(t *testing.T) {
	closed, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	port := closed.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	closed.Close()
	s := NewSender(netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), port))
	defer s.Close()
	dg := flow.Datagram{Source: addr4(127<<24 | 1<<8 | 1), Payload: []byte("datagram")}
	for deadline := time.Now().Add(5 * time.Second); err == nil && time.Now().Before(deadline); { // the refusal comes back after the first
		err = s.Send(&dg)
	}
	want := fmt.Sprintf("nothing listens on UDP 127.0.0.1:%d: start the collector first (tributary run), or send to the port that it listens on", port)
	if err == nil || err.Error() != want || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want %s", err, want)
	}
}
