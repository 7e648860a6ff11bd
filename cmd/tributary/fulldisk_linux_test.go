package main

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/simulate"
	"tributary/internal/testenv"
)

// TestFullDisk takes the room away under a collector for some seconds. It lives, says so, and goes on
// by itself when there is room again: what it counted is what was sent.
func TestFullDisk(t *testing.T) {
	disk := testenv.SmallDisk(t, 96<<20)
	v := newVictim(t, disk, "workers: 2\njournal: {max_size: 16MiB}\npublish: {min_addresses: 1, min_networks: 1, max_dominance: 1}\n"+simulate.ConfigYAML(true))
	v.archive = filepath.Join(disk, "archive") // links do not cross file systems
	if err := os.MkdirAll(v.archive, 0o755); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	v.start(300 * time.Millisecond)
	sent := filepath.Join(t.TempDir(), "sent.pcap")
	stop := v.loadInto(sent, 1500)
	v.waitForCommit()

	empty := testenv.Fill(t, disk)
	v.waitFor("commits fail and the journal is not written", func(s *victimStatus) bool {
		return s.Store.Failed >= 3 && s.Journal.Unjournalled > 0 && s.health == http.StatusServiceUnavailable
	})
	empty()
	failed := v.status().Store.Commits
	v.waitFor("commits succeed again", func(s *victimStatus) bool {
		return s.Store.Commits > failed && s.health == http.StatusOK
	})
	v.waitFor("the log says that the journal is written again", func(*victimStatus) bool {
		return strings.Contains(v.stderr.String(), "the journal is written again")
	})
	stop()
	v.end()

	got := counted(t, wholeDataset(t, v.config, began, time.Now()))
	want := counted(t, importedAnew(t, v, []string{sent}, began, time.Now()))
	if got != want {
		t.Errorf("the dataset differs from that of what was sent\n%s\n%s", differences(got, want), &v.stderr)
	}
	if strings.Count(got, "\n") < 20 {
		t.Errorf("the dataset is too small to tell anything:\n%s", got)
	}
	for _, sentence := range []string{"cannot commit; kept in memory and tried again", "the store takes commits again", "the journal cannot be written", "the journal is written again"} {
		if !strings.Contains(v.stderr.String(), sentence) {
			t.Errorf("the log does not say %q:\n%s", sentence, &v.stderr)
		}
	}
}

// counted are the columns of a dataset that do not depend on when within the month flows arrived.
func counted(t *testing.T, dataset string) string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(dataset)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		for _, name := range []string{"month", "region", "network_type", "direction", "ip_version", "bits", "bits_error", "unique_ips", "networks", "flows"} {
			b.WriteString(row[slices.Index(rows[0], name)] + " ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// loadInto is load that also writes what it sends to a capture.
func (v *victim) loadInto(path string, perSecond int) (stop func()) {
	v.t.Helper()
	f, err := os.Create(path)
	if err != nil {
		v.t.Fatal(err)
	}
	w, err := simulate.NewCaptureWriter(f)
	if err != nil {
		v.t.Fatal(err)
	}
	end := v.loadWith(perSecond, func(dg *flow.Datagram) error { return w.Write(dg, simulate.PortOf(dg.Payload)) })
	return func() {
		end()
		if err := w.Flush(); err != nil {
			v.t.Error(err)
		}
		f.Close()
	}
}
