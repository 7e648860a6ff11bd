package journal

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// TestFullDisk fills a real file system, makes space again, and finds every datagram whose Append
// did well.
func TestFullDisk(t *testing.T) {
	dir := testenv.SmallDisk(t, 4<<20)
	r, c := rand.New(rand.NewPCG(29, 30)), newClock()
	j := open(t, Config{Dir: dir, now: c.now, MaxBytes: 64 << 20})
	ballast := filepath.Join(dir, "ballast")
	rewrite(t, ballast, make([]byte, 2<<20))
	var kept []flow.Datagram
	lost := uint64(0)
	for i := range 300 {
		d := datagrams(r, 20, 1_700_000_000_000+int64(i*20))
		if err := j.Writer(0).Append(d); err == nil {
			kept = append(kept, d...)
		} else if lost += 20; !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("error %v, want %v", err, syscall.ENOSPC)
		}
		c.add(time.Second)
		if i == 250 {
			if lost == 0 {
				t.Fatal("the disk did not get full")
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
		}
	}
	if st := j.Status(); st.UnjournalledDatagrams != lost || !st.Since.IsZero() || st.LastError == nil {
		t.Errorf("status %+v, lost %d", st, lost)
	}
	kill(j)
	j = open(t, Config{Dir: dir})
	defer kill(j)
	got, rp := replayed(t, j, Position{})
	same(t, got, kept)
	if len(rp.Torn()) != 0 {
		t.Errorf("told %v", rp.Torn())
	}
	if n := len(j.Notes()); n != 0 {
		t.Errorf("notes %v", j.Notes())
	}
}
