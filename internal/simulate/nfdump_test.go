package simulate

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tributary/internal/testenv"
)

// TestNfdumpReadsExport sends what the encoders write to nfcapd, a collector with no part in this
// project, and compares its books: flows, packets and octets
// (its summary counts as exported), and that it saw no gap in the sequence numbers.
func TestNfdumpReadsExport(t *testing.T) {
	nfcapd, nfdump := testenv.Program(t, "nfcapd", "nfdump"), testenv.Program(t, "nfdump", "nfdump")
	for _, name := range []string{"v5-no-rate", "v9", "v9-samplers", "v9-domain", "ipfix", "ipfix-domain", "ipfix-seconds"} {
		t.Run(name, func(t *testing.T) {
			d := testDevices()[name]
			d.Address = addr4(127<<24 | 3)
			records := testRecords(7, d, 700)
			var flows, packets, octets uint64
			for i := range records {
				r := &records[i]
				r.Octets, r.Packets = min(r.Octets, 1<<31), min(r.Packets, 1<<31) // its sum must stay printable
				flows, packets, octets = flows+1, packets+r.Packets, octets+r.Octets
			}
			got := nfcapdSummary(t, nfcapd, nfdump, d, records)
			if want := (summary{flows, packets, octets}); got != want {
				t.Errorf("nfdump read %+v, want %+v", got, want)
			}
		})
	}
}

type summary struct{ flows, packets, octets uint64 }

func nfcapdSummary(t *testing.T, nfcapd, nfdump string, d *Device, records []Record) summary {
	t.Helper()
	dir := t.TempDir()
	port := freePort(t)
	collector := exec.Command(nfcapd, "-b", "127.0.0.1", "-p", strconv.Itoa(port), "-w", dir, "-t", "3600", "-B", "4000000")
	if err := collector.Start(); err != nil {
		t.Fatal(err)
	}
	waitForPort(t, port)
	s := NewSender(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)))
	defer s.Close()
	for _, dg := range datagrams(d, records) {
		time.Sleep(500 * time.Microsecond) // its socket holds only so many
		if err := s.Send(&dg); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond) // nfcapd empties its socket
	if err := collector.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	collector.Wait() // its status after a signal says nothing; its files do
	files, _ := filepath.Glob(filepath.Join(dir, "nfcapd.2*"))
	if len(files) != 1 {
		entries, _ := os.ReadDir(dir)
		t.Fatalf("nfcapd left %v, want one capture file", entries)
	}
	exporters, err := exec.Command(nfdump, "-E", files[0]).Output()
	// nfcapd does not count options records in IPFIX's sequence; RFC 7011 section 3.1 counts all data
	// records, and an options data record is one (section 2).
	disputed := d.Protocol == IPFIX && d.Announce == AnnounceDomain
	if err != nil || !disputed && !strings.Contains(string(exporters), "Sequence failures: 0,") {
		t.Errorf("nfdump -E: %v, want no sequence failure:\n%s", err, exporters)
	}
	out, err := exec.Command(nfdump, "-r", files[0], "-I").Output()
	if err != nil {
		t.Fatalf("nfdump -I: %v", err)
	}
	number := func(name string) uint64 {
		m := regexp.MustCompile(`(?m)^` + name + `: (\d+)$`).FindSubmatch(out)
		if m == nil {
			t.Fatalf("nfdump -I says nothing of %s:\n%s", name, out)
		}
		n, _ := strconv.ParseUint(string(m[1]), 10, 64)
		return n
	}
	return summary{number("Flows"), number("Packets"), number("Bytes")}
}

func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// waitForPort returns when somebody listens on the UDP port.
func waitForPort(t *testing.T, port int) {
	t.Helper()
	hex := fmt.Sprintf(":%04X ", port)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		table, err := os.ReadFile("/proc/net/udp")
		if err == nil && strings.Contains(string(table), hex) {
			return
		}
	}
	t.Fatalf("nobody listens on UDP port %d after ten seconds", port)
}
