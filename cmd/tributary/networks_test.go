package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/internal/simulate"
)

// TestNetworksPages drives the pages of networks in a browser: over what a fleet has sent, some of it
// from networks that no rule has a type for. A network that is classified there changes the overview,
// and is in the operator's file afterwards, with everything else as it was.
func TestNetworksPages(t *testing.T) {
	needsPages(t)
	const own = "# Ours, before the built-in list.\nnetworks:\n  - {as: 65551, name: Somebody, type: hosting} # by their peering page\n"
	file := put(t, filepath.Join(t.TempDir(), "networks.yaml"), own)
	r := startRun(t, "catalogue: ["+file+"]\n"+simulate.ConfigYAML(true))
	fleet := sendFleet(t, fmt.Sprintf("127.0.0.1:%d", r.udp))
	r.waitForExporter()
	time.Sleep(5 * time.Second)
	fleet()
	r.end() // which commits
	r.start()
	var networks struct{ Rows []struct{ Name string } }
	if err := json.Unmarshal([]byte(r.get("/api/v1/networks?type=neocloud")), &networks); err != nil || len(networks.Rows) == 0 {
		t.Fatalf("no neocloud among the networks: %v", err)
	}
	want, err := json.Marshal(map[string]string{"known": networks.Rows[0].Name})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := inBrowser(t, "networks.mjs", r.url, string(want)); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, r.log())
	}
	now, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	added, ok := strings.CutPrefix(string(now), own)
	if !ok || strings.Count(added, "\n") != 1 || !strings.Contains(added, "name: Fresh Cloud, type: neocloud}") {
		t.Errorf("the file is now:\n%s", now)
	}
	for _, noted := range []string{"catalogue entry written", "catalogue entry removed"} {
		if !strings.Contains(r.log(), noted) {
			t.Errorf("the log does not note %q:\n%s", noted, r.log())
		}
	}
}
