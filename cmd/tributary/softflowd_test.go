package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// TestSoftflowd lets a real exporter meter real traffic and send it to a running collector: what is
// counted, internal and transit together is what softflowd exported, octet by octet.
func TestSoftflowd(t *testing.T) {
	softflowd := testenv.Program(t, "softflowd", "softflowd")
	captures := testenv.Captures(t)
	oracle := readOracle(t, captures)
	traces, err := filepath.Glob(filepath.Join(captures, "traffic", "*.pcap*"))
	if err != nil || len(traces) < 5 {
		t.Fatalf("%d traces found: %v", len(traces), err)
	}
	carried := readTraffic(t, filepath.Join(captures, "traffic", "traffic.json"))
	for _, trace := range traces {
		if strings.Contains(trace, "sll2") {
			continue // softflowd cannot read Linux cooked v2
		}
		for _, version := range []string{"5", "9", "10"} {
			name, _, _ := strings.Cut(filepath.Base(trace), ".")
			t.Run(name+"/v"+version, func(t *testing.T) {
				r := startRun(t, `
own: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "fe80::/10", "fd00::/8", "3ffe:507::/32", "2001:470::/32"]
regions: [{name: Lab, exporters: [127.0.0.1]}]
`)
				out, err := exec.Command(softflowd, "-r", trace, "-n", fmt.Sprintf("127.0.0.1:%d", r.udp), "-v", version, "-d", "-m", "200000").CombinedOutput()
				if err != nil {
					t.Fatalf("softflowd: %v\n%s", err, out)
				}
				r.end()
				h := storedHealth(t, r.config)
				var flows, octets uint64
				for v := range flow.NumVerdicts {
					flows += h.Flows[v]
					octets += h.Octets[v]
				}
				if n := h.Octets[flow.Counted] + h.Octets[flow.Internal] + h.Octets[flow.Transit]; n != octets {
					t.Errorf("%d octets have another verdict than counted, internal and transit", octets-n)
				}
				want, known := oracle[fmt.Sprintf("softflowd/%s_%s.pcap", oracleName(name), map[string]string{"5": "nf5", "9": "nf9", "10": "ipfix"}[version])]
				if !known {
					n := softflowdOctets(t, string(out))
					if version == "5" && carried[filepath.Base(trace)].IPv4 == 0 {
						n = 0 // NetFlow v5 carries no IPv6
					}
					want.Octets = &n
				}
				if octets != *want.Octets {
					t.Errorf("octets = %d, want %d as softflowd exported\nhealth: %+v\n%s\n%s", octets, *want.Octets, h, out, r.log())
				}
				if known && flows != *want.Records {
					t.Errorf("flows = %d, want %d", flows, *want.Records)
				}
			})
		}
	}
}

// oracleName is the name of a trace in the names of its exports.
func oracleName(trace string) string {
	switch trace {
	case "ndpi_1kxun":
		return "1kxun"
	case "ndpi_lru_ipv6_caches":
		return "lru_ipv6"
	}
	return trace
}

var protocolLine = regexp.MustCompile(`(?m)^ *[a-z0-9-]+ \(\d+\): +(\d+) +\d+ `)

// softflowdOctets sums softflowd's own statistics by protocol.
func softflowdOctets(t *testing.T, output string) (sum uint64) {
	t.Helper()
	lines := protocolLine.FindAllStringSubmatch(output, -1)
	if len(lines) == 0 && !strings.Contains(output, "Flows exported: 0") {
		t.Fatalf("no statistics in softflowd's output:\n%s", output)
	}
	for _, l := range lines {
		n, err := strconv.ParseUint(l[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// readTraffic says how many packets of each IP version are in the traces of a folder.
func readTraffic(t *testing.T, path string) map[string]struct {
	IPv4 int `json:"ipv4_packets"`
	IPv6 int `json:"ipv6_packets"`
} {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]struct {
		IPv4 int `json:"ipv4_packets"`
		IPv6 int `json:"ipv6_packets"`
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// storedHealth sums the health rows in the store of a configuration.
func storedHealth(t *testing.T, config string) flow.Health {
	t.Helper()
	m := &Main{Ctx: t.Context(), Config: config, ConfigGiven: true}
	source, done, err := m.openSource(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	view, err := source.Store.View(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	rows, err := view.Health(t.Context(), flow.Period{From: 0, To: ^flow.Slot(0)})
	if err != nil {
		t.Fatal(err)
	}
	var sum flow.Health
	for i := range rows {
		sum.Add(&rows[i])
	}
	return sum
}
