package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
)

// numbered batches are what the committing process writes: batch n can be made again from n.
func numberedBatch(n int, key [16]byte) Commit {
	r := rand.New(rand.NewPCG(uint64(n), 61))
	text := strconv.Itoa(n)
	return Commit{
		Batch: slotBatch(r, key, epoch+flow.Slot(n%400), []int{30, 300, 3000}[r.IntN(3)]), Bulk: n%5 == 0,
		State: map[string][]byte{"n": []byte(text)}, Imports: []Import{{Identity: text}},
	}
}

// committing commits one numbered batch after another, from the first that is not there, and says
// the number of each when it is committed.
func committing(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Options{Path: path, walLimit: "2MB"}) // so that kills meet checkpoints, too
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(string(s.State("n"))) // none yet: 0
	for n++; ; n++ {
		if err := s.CommitWith(ctx, numberedBatch(n, s.Key())); err != nil {
			return err
		}
		fmt.Println(n)
		if n%7 == 0 {
			if err := s.Maintain(ctx); err != nil {
				return err
			}
		}
	}
}

// A process is killed in the midst of its commits, again and again: the store opens, and holds the
// batches whose commit returned, and of the one in flight all or nothing. It is killed at 6 random
// moments, and at 30 with TRIBUTARY_LONG.
func TestKillWhileCommitting(t *testing.T) {
	t.Parallel()
	kills := 6
	if thorough() {
		kills = 30
	}
	path := filepath.Join(t.TempDir(), "tributary.duckdb")
	must(t, openStore(t, path).Close()) // makes the key
	r := rand.New(rand.NewPCG(62, 62))
	w := &twin{}
	n := 0 // batches in the twin
	for range kills {
		last := killed(t, path, 1+r.IntN(12), time.Duration(r.Int64N(int64(60*time.Millisecond))))
		s, err := Open(context.Background(), Options{Path: path})
		must(t, err)
		got, _ := strconv.Atoi(string(s.State("n")))
		if got != last && got != last+1 {
			t.Fatalf("batch %d is the last on disk, and %d the last whose commit returned", got, last)
		}
		for ; n < got; n++ {
			w.add(numberedBatch(n+1, s.Key()).Batch)
		}
		checkOnce(t, s, w)
		if have := rows(t, s, "imports"); have != uint64(got) {
			t.Errorf("%d imports are on disk, want %d", have, got)
		}
		must(t, s.Close())
	}
}

// killed runs the committing process, waits for some commits and a while longer, and kills it. It
// returns the last number the process said.
func killed(t *testing.T, path string, commits int, longer time.Duration) (last int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), committerEnv+"="+path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	for i := 0; lines.Scan(); i++ {
		if last, err = strconv.Atoi(strings.TrimSpace(lines.Text())); err != nil {
			t.Fatalf("the committing process says %q", lines.Text())
		}
		if i == commits {
			time.AfterFunc(longer, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || stderr.Len() > 0 {
		t.Fatalf("the committing process ended by itself: %v\n%s", err, stderr.String())
	}
	return last
}
