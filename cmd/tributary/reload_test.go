package main

import (
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/stats"
	"tributary/internal/yamlfile"
)

// reloading is a server without sockets whose catalogue is one file, to be written anew.
type reloading struct {
	t    *testing.T
	s    *server
	file string
	now  time.Time
}

func newReloading(t *testing.T, catalogue string, stations int) *reloading {
	t.Helper()
	dir := t.TempDir()
	r := &reloading{t: t, file: put(t, filepath.Join(dir, "networks.yaml"), catalogue), now: time.Date(2025, 10, 3, 12, 0, 0, 0, time.UTC)}
	cfg, err := config.Load(put(t, filepath.Join(dir, "tributary.yaml"), "data: ./data\nown: [203.0.113.0/24]\nregions: [{name: Here, exporters: [192.0.2.0/24]}]\ncatalogue: [./networks.yaml]\n"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := openIntake(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	r.s = &server{keeper: &keeper{intake: in, log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	for range stations {
		r.s.stations = append(r.s.stations, &station{worker: in.newWorker()})
	}
	return r
}

// datagram is one of NetFlow v5: 1,000 octets from 198.51.100.9 in AS 64500.
func (r *reloading) datagram() flow.Datagram {
	b := make([]byte, 24+48)
	binary.BigEndian.PutUint16(b, 5)
	binary.BigEndian.PutUint16(b[2:], 1)
	binary.BigEndian.PutUint32(b[8:], uint32(r.now.Unix()))
	record := b[24:]
	copy(record, []byte{198, 51, 100, 9})
	copy(record[4:], []byte{203, 0, 113, 1})
	binary.BigEndian.PutUint32(record[16:], 1)
	binary.BigEndian.PutUint32(record[20:], 1000)
	record[38] = 17
	binary.BigEndian.PutUint16(record[40:], 64500)
	return flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, 1}), Arrival: r.now.UnixMilli(), Payload: b}
}

// octets are what the stations hold, by the prefix's name.
func (r *reloading) octets() map[string]uint64 {
	out := map[string]uint64{}
	for _, s := range r.s.stations {
		s.mu.Lock()
		b := s.worker.take()
		s.mu.Unlock()
		for i := range b.Traffic {
			out[r.s.store.Names().Prefixes.Value(b.Traffic[i].Prefix)] += b.Traffic[i].Octets
		}
	}
	return out
}

// TestReloadNamesArrivals: a prefix added to the file names what arrives from then on, and not what
// came before; taken out again it names nothing more.
func TestReloadNamesArrivals(t *testing.T) {
	r := newReloading(t, "", 1)
	hear := func(want string) {
		t.Helper()
		r.s.stations[0].receive([]flow.Datagram{r.datagram()})
		if got := r.octets(); len(got) != 1 || got[want] != 1000 {
			t.Errorf("named %v, want %q", got, want)
		}
	}
	hear("")
	put(t, r.file, "prefixes:\n  - {prefix: 198.51.100.0/28, name: Example GPU, type: neocloud}\n")
	hear("")
	if err := r.s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	hear("Example GPU")
	put(t, r.file, "")
	if err := r.s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	hear("")
	// What was named keeps the type that it had.
	_, prefixes := r.s.store.LastKnown()
	if got := prefixes[r.s.store.Names().Prefixes.ID("Example GPU")]; got != flow.Neocloud {
		t.Errorf("the name's last known type is %v, want neocloud", got)
	}
}

// TestReloadTypesAnswers: what is stored is of another type as soon as the file was read anew.
func TestReloadTypesAnswers(t *testing.T) {
	r := newReloading(t, "networks: [{as: 64500, name: Example, type: hosting}]", 1)
	r.s.stations[0].receive([]flow.Datagram{r.datagram()})
	if err := r.s.store.Commit(t.Context(), r.s.stations[0].worker.take()); err != nil {
		t.Fatal(err)
	}
	ask := func(want flow.NetworkType) {
		t.Helper()
		a, err := r.s.source().Ask(t.Context(), stats.Question{Months: []flow.Period{flow.MonthOf(flow.SlotAt(r.now))}, Unsuppressed: true})
		if err != nil || len(a.Months) != 1 {
			t.Fatal(err)
		}
		for typ := range flow.NumNetworkTypes {
			key := stats.Total
			key.Type = typ
			expected := 0.0
			if typ == want {
				expected = 8000
			}
			if bits := a.Months[0].Bits(key); bits.Value != expected {
				t.Errorf("%v has %v bits, want all in %v", typ, bits.Value, want)
			}
		}
	}
	ask(flow.Hosting)
	put(t, r.file, "networks: [{as: 64500, name: Example, type: neocloud}]")
	if err := r.s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(flow.Neocloud)
	// A mistake is a sentence with its place, and nothing changes.
	put(t, r.file, "networks:\n  - {as: 64500, name: Example, type: cdn}\n  - {as: 64501, name: Example, type: cloud}\n")
	err := r.s.reload(t.Context())
	problem, ok := errors.AsType[*yamlfile.Problem](err)
	if !ok || problem.Line != 3 || !strings.HasSuffix(problem.File, "networks.yaml") || !strings.Contains(problem.Text, `"cloud"`) {
		t.Errorf("of a mistake: %v", err)
	}
	ask(flow.Neocloud)
}

// TestReloadWhileIngesting: nothing is lost and nothing is torn while the catalogue is read anew again
// and again, from several sides at once. The race detector watches.
func TestReloadWhileIngesting(t *testing.T) {
	const batches, stations = 300, 3
	r := newReloading(t, "", stations)
	var work sync.WaitGroup
	for _, s := range r.s.stations {
		work.Go(func() {
			for range batches {
				s.receive([]flow.Datagram{r.datagram(), r.datagram()})
			}
		})
	}
	ended := make(chan struct{})
	var reloads sync.WaitGroup
	for range 2 {
		reloads.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-ended:
					return
				default:
				}
				if err := r.s.reload(t.Context()); err != nil {
					t.Error(err)
					return
				}
				if _, err := r.s.source().Top(t.Context(), stats.TopQuestion{Period: flow.MonthOf(flow.SlotAt(r.now)), By: stats.TopTypes, N: 1}); err == nil {
					t.Error("there is an answer of a store without traffic")
				}
			}
		})
	}
	put(t, r.file, "prefixes:\n  - {prefix: 198.51.100.0/28, name: Example GPU, type: neocloud}\n")
	work.Wait()
	close(ended)
	reloads.Wait()
	if err := r.s.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.s.stations {
		s.receive([]flow.Datagram{r.datagram()})
	}
	got := r.octets()
	if sum := got[""] + got["Example GPU"]; sum != (2*batches+1)*stations*1000 {
		t.Errorf("%d octets are counted, want %d", sum, (2*batches+1)*stations*1000)
	}
	if got["Example GPU"] < stations*1000 {
		t.Errorf("named: %v: a worker does not use the new table", got)
	}
}
