//go:build linux

package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/testenv"
)

// thorough reports whether the tests that try many random moments are to try them all: with
// TRIBUTARY_LONG=1 in the environment they take minutes instead of seconds.
func thorough() bool { return os.Getenv("TRIBUTARY_LONG") != "" }

// stuff fills a disk but for so many bytes, and returns how to free it.
func stuff(t *testing.T, dir string, leave int64) (free func()) {
	t.Helper()
	left := filepath.Join(dir, "left")
	must(t, os.WriteFile(left, make([]byte, leave), 0o600))
	free = testenv.Fill(t, dir)
	must(t, os.Remove(left))
	return free
}

// slotBatch is a batch of so many cells in one slot, whose sums are known.
func slotBatch(r *rand.Rand, key [16]byte, slot flow.Slot, cells int) *rollup.Batch {
	tally := rollup.New(rollup.Config{Key: key})
	flows := make([]flow.Flow, cells)
	for i := range flows {
		flows[i] = flow.Flow{
			Octets: 1000 + r.Uint64N(1e6), Packets: 10, Rate: 1000, Start: slot.Start(), End: slot.Start(),
			AS: uint32(i), Region: uint16(1 + r.IntN(3)), Version: 4, Remote: flow.Addr{Lo: 0xffff<<32 | r.Uint64N(1<<32)},
		}
	}
	tally.Add(flows)
	b := tally.Take()
	b.Health = []flow.Health{{Slot: slot, Exporter: flow.Addr{Lo: 7}, Datagrams: 1, Records: uint64(cells)}}
	return b
}

// What a disk that fills up does to commits: they fail, questions are answered as far as that goes,
// and once there is space again the same batch is committed, and everything is there exactly once. The
// rounds differ in how much space is left and in how early the log is written into the file, so that
// the log, the file and the checkpoint are what fails: three of them, and nine with TRIBUTARY_LONG.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	rounds := 3
	if thorough() {
		rounds = 9
	}
	for round := range rounds {
		wal := []string{"1MB", "3MB", "256MB"}[round%3]
		t.Run(fmt.Sprintf("%d log %s", round, wal), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(round), 31))
			dir := testenv.SmallDisk(t, 48<<20)
			s, err := Open(context.Background(), Options{Path: filepath.Join(dir, "tributary.duckdb"), walLimit: wal})
			must(t, err)
			f := filler{t: t, s: s, r: r, dir: dir, twin: &twin{}}
			for range 3 {
				f.round()
			}
			checkOnce(t, s, f.twin)
			must(t, s.Close())
			s = openStore(t, s.Path())
			checkOnce(t, s, f.twin)
			if s.commits != f.commits {
				t.Errorf("%d commits on disk, want %d", s.commits, f.commits)
			}
		})
	}
}

// checkOnce is the part of checkAnswers that takes no time with many rows: that each is there once.
func checkOnce(t *testing.T, s *Store, w *twin) {
	t.Helper()
	ctx := context.Background()
	v := openView(t, s, nil)
	defer v.Close()
	series, err := v.Series(ctx, periods[3], StepSlot)
	must(t, err)
	if want := w.series(periods[3], StepSlot); !slices.Equal(series, want) {
		t.Errorf("octets by slot: %d rows, not the %d wanted", len(series), len(want))
	}
	volumes, err := v.VolumesBy(ctx, periods[3], StepHour, ByAS)
	must(t, err)
	if want := w.volumes(periods[3], StepHour, ByAS); !slices.Equal(volumes, want) {
		t.Errorf("volumes by hour: %d rows, not the %d wanted", len(volumes), len(want))
	}
	var got, want rollup.Unioner
	must(t, v.Uniques(ctx, periods[1], StepDay, func(_ flow.Slot, _ Group, sketch rollup.Sketch) error { return got.AddCopy(sketch) }))
	for _, e := range w.endpoints {
		must(t, want.AddCopy(e.Sketch))
	}
	checkSums(t, v, w)
	if !got.Sketch().Equal(want.Sketch()) {
		t.Errorf("%v distinct addresses, want %v", got.Sketch().Estimate(), want.Sketch().Estimate())
	}
	health, err := v.Health(ctx, periods[3])
	must(t, err)
	seen := uint64(0)
	for i := range health {
		seen += health[i].Datagrams
	}
	if seen != uint64(len(w.health)) {
		t.Errorf("health of %d batches, want %d", seen, len(w.health))
	}
}

// filler commits until its disk is full, and on.
type filler struct {
	t       *testing.T
	s       *Store
	r       *rand.Rand
	dir     string
	twin    *twin
	commits uint64
}

// batch is the next batch, its number in State and among the imports.
func (f *filler) batch() Commit {
	n := fmt.Sprint(f.commits + 1)
	return Commit{
		Batch: slotBatch(f.r, f.s.Key(), epoch+flow.Slot(f.r.IntN(3*flow.SlotsPerDay)), []int{40, 400, 4000}[f.r.IntN(3)]),
		State: map[string][]byte{"n": []byte(n)}, Imports: []Import{{Identity: n}}, Bulk: f.r.IntN(3) == 0,
	}
}

func (f *filler) committed(c Commit) {
	f.commits++
	f.twin.add(c.Batch)
}

// round fills the disk, lets commits and maintenance fail, and frees it.
func (f *filler) round() {
	ctx, t, s := context.Background(), f.t, f.s
	for range 1 + f.r.IntN(4) {
		c := f.batch()
		must(t, s.CommitWith(ctx, c))
		f.committed(c)
	}
	free := stuff(t, f.dir, f.r.Int64N(1<<(12+f.r.IntN(11))))
	var c Commit
	for {
		c = f.batch()
		if err := s.CommitWith(ctx, c); err != nil {
			f.failed(c, err)
			break
		}
		f.committed(c)
	}
	for range f.r.IntN(4) {
		if err := s.Maintain(ctx); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("maintenance fails with more than a line: %q", err)
		}
		if err := s.CommitWith(ctx, c); err == nil { // the file may have had room
			f.committed(c)
			c = f.batch()
		} else {
			f.failed(c, err)
		}
	}
	free()
	must(t, s.CommitWith(ctx, c))
	f.committed(c)
	if f.r.IntN(2) == 0 {
		must(t, s.Maintain(ctx))
	}
}

// failed checks what can be seen of the store after a commit failed.
func (f *filler) failed(c Commit, err error) {
	f.t.Helper()
	if strings.Contains(err.Error(), "\n") {
		f.t.Errorf("a commit fails with more than a line: %q", err)
	}
	if errors.Is(err, ErrUnknown) {
		return
	}
	if got := string(f.s.State("n")); got != fmt.Sprint(f.commits) {
		f.t.Errorf("State is %s after a failed commit, want that of the last one, %d", got, f.commits)
	}
	if _, ok := f.s.Imported(c.Imports[0].Identity); ok {
		f.t.Error("the import of a failed commit is there")
	}
	v, err := f.s.View(context.Background(), nil)
	if err != nil {
		return // the full disk let nobody open it
	}
	defer v.Close()
	rows, err := v.Health(context.Background(), periods[3])
	must(f.t, err)
	seen := uint64(0)
	for i := range rows {
		seen += rows[i].Datagrams
	}
	if seen != f.commits {
		f.t.Errorf("a view shows %d commits, want %d", seen, f.commits)
	}
}
