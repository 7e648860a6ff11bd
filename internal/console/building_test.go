package console

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

// fakeBuilder builds nothing: each build tells a step and then waits for what the test says of it.
func fakeBuilder(t *testing.T) (b *builder, began chan string, end chan error) {
	t.Helper()
	began, end = make(chan string), make(chan error)
	b = &builder{now: func() time.Time { return noon }, log: func(string, error) {}, build: func(ctx context.Context, p flow.Period, progress report.Progress) error {
		progress("drawing", 0.5)
		progress("reading anew", 0.2)
		began <- p.Name
		select {
		case err := <-end:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	t.Cleanup(b.close)
	return b, began, end
}

// told writes a state in a line.
func told(s *Building) string {
	var parts []string
	for _, b := range s.Builds {
		if b.Waiting {
			parts = append(parts, b.Period+" waits")
		} else {
			parts = append(parts, fmt.Sprintf("%s %s %.1f", b.Period, b.Step, b.Done))
		}
	}
	for _, e := range s.Ended {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Period, e.State, strings.Join(e.Failures, "; "))))
	}
	return strings.Join(parts, ", ")
}

func TestBuildsTakeTurns(t *testing.T) {
	b, began, end := fakeBuilder(t)
	want := func(state string) {
		t.Helper()
		if got := told(b.state()); got != state {
			t.Errorf("state %q, want %q", got, state)
		}
	}
	add := func(period, refusal string) {
		t.Helper()
		_, err := b.add(t.Context(), periodNamed(period), "anna")
		if refusal == "" && err != nil || refusal != "" && (err == nil || !strings.HasPrefix(err.Error(), refusal)) {
			t.Errorf("%s: %v, want %q", period, err, refusal)
		}
	}
	want("")
	add("2025Q4", "")
	<-began
	add("2025Q4", "") // is being built already
	add("2025-10", "")
	add("2025-11", "A report is being built and another one waits")
	want("2025Q4 reading anew 0.5, 2025-10 waits") // what is done does not fall
	end <- nil
	if p := <-began; p != "2025-10" {
		t.Errorf("%s is built next", p)
	}
	want("2025-10 reading anew 0.5, 2025Q4 built")
	end <- &report.CheckError{Failures: []string{"a", "b"}}
	b.work.Wait()
	want("2025-10 failed a; b, 2025Q4 built")

	add("2025-11", "")
	<-began
	add("2025-12", "")
	if !b.cancel("2025-12") || b.cancel("2024-01") {
		t.Error("cancelled what does not wait, or not what does")
	}
	want("2025-11 reading anew 0.5, 2025-10 failed a; b, 2025Q4 built")
	if !b.cancel("2025-11") {
		t.Error("cannot cancel what is being built")
	}
	b.work.Wait()
	want("2025-11 cancelled, 2025-10 failed a; b, 2025Q4 built")

	add("2025-09", "")
	<-began
	add("2025-08", "")
	b.close() // ends both
	want("2025-08 cancelled, 2025-09 cancelled, 2025-11 cancelled, 2025-10 failed a; b, 2025Q4 built")
	add("2025-07", "The process is ending")
	if _, ok := b.enter(); ok {
		t.Error("somebody enters while the process is ending")
	}
}

// TestFailedBuildIsASentence: a reader is told what helps, and nothing from inside.
func TestFailedBuildIsASentence(t *testing.T) {
	f := func(err error, state, problem string) {
		t.Helper()
		gotState, got, failures := ending(t.Context(), err)
		if gotState != state || !strings.HasPrefix(got, problem) || failures == nil {
			t.Errorf("%v: %s, %q, %v; want %s, %q", err, gotState, got, failures, state, problem)
		}
		if strings.Contains(got, "/var/") {
			t.Errorf("%v: tells a path: %q", err, got)
		}
	}
	f(fmt.Errorf("cannot report: %w", &report.CheckError{Failures: []string{"shares"}}), "failed", "The report contradicts itself and was not written.")
	f(&stats.EmptyError{Period: "2025-01"}, "failed", "There is no traffic in 2025-01: the store has none at all yet")
	f(errors.New("open /var/lib/x: no space left"), "failed", "The report could not be built; the log of the process says why.")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if state, problem, _ := ending(done, context.Canceled); state != "cancelled" || problem != "" {
		t.Errorf("cancelled: %s, %q", state, problem)
	}
}
