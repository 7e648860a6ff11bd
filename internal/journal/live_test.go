package journal

import (
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"tributary/internal/flow"
)

// TestWorkersAtOnce runs what a process does at once: workers append, each first behind a tail that
// catches up; slots end; the journal syncs, keeps its bounds and is asked for its status. Nothing
// appended is lost or read twice.
func TestWorkersAtOnce(t *testing.T) {
	const workers, batches, size = 3, 400, 16
	dir := t.TempDir()
	j, err := Open(Config{Dir: dir, Workers: workers, MaxBytes: 1 << 30, MaxAge: 24 * time.Hour, Roll: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	var locks [workers]sync.Mutex // the caller's, one a worker
	var behind [workers]bool      // guarded by locks
	var taken [workers][]uint64   // guarded by locks
	var caughtUp, appending sync.WaitGroup
	for k := range workers {
		behind[k] = true
		caughtUp.Go(func() {
			tail := j.Writer(k).Tail()
			defer tail.Close()
			var dg flow.Datagram
			for {
				for tail.Next(&dg) {
					taken[k] = append(taken[k], binary.BigEndian.Uint64(dg.Payload[2:]))
				}
				locks[k].Lock()
				if tail.Next(&dg) {
					taken[k] = append(taken[k], binary.BigEndian.Uint64(dg.Payload[2:]))
					locks[k].Unlock()
					continue
				}
				behind[k] = false
				if n := tail.Skipped(); n != 0 {
					t.Errorf("worker %d skipped %d", k, n)
				}
				locks[k].Unlock()
				return
			}
		})
		appending.Go(func() {
			for b := range batches {
				batch := make([]flow.Datagram, size)
				for i := range batch {
					payload := binary.BigEndian.AppendUint64([]byte{0, 9}, uint64(b*size+i))
					batch[i] = flow.Datagram{Source: addr("192.0.2.1"), Arrival: time.Now().UnixMilli(), Payload: append(payload, make([]byte, 300)...)}
				}
				locks[k].Lock()
				if err := j.Writer(k).Append(batch); err != nil {
					t.Error(err)
				}
				for i := range batch {
					if !behind[k] {
						taken[k] = append(taken[k], uint64(b*size+i))
					}
				}
				locks[k].Unlock()
			}
		})
	}
	stop := make(chan struct{})
	var slots sync.WaitGroup
	slots.Go(func() {
		caughtUp.Wait()
		for {
			select {
			case <-stop:
				return
			default:
			}
			for k := range workers {
				locks[k].Lock()
			}
			p := j.Rotate()
			for k := range workers {
				locks[k].Unlock()
			}
			if err := j.Release(p); err != nil {
				t.Error(err)
			}
			if st := j.Status(); st.LastError != nil || st.Bytes < 0 {
				t.Errorf("status %+v", st)
			}
			if err := j.Sync(); err != nil {
				t.Error(err)
			}
		}
	})
	appending.Wait()
	close(stop)
	slots.Wait()
	for k := range workers {
		if len(taken[k]) != batches*size {
			t.Errorf("worker %d took %d datagrams, want %d", k, len(taken[k]), batches*size)
		}
		for i, n := range taken[k] {
			if n != uint64(i) {
				t.Fatalf("worker %d took datagram %d in place %d", k, n, i)
			}
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if st := j.Status(); st.Unsynced != 0 || st.Appended != workers*batches*size {
		t.Errorf("status %+v", st)
	}
}
