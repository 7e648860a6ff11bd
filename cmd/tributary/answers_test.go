package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/internal/config"
)

// TestAnswersEndWhole: serve returns only when no request is under way any more, because the store is
// closed after it.
func TestAnswersEndWhole(t *testing.T) {
	cfg := &config.Config{Data: t.TempDir()}
	a, err := newAnswers(&intake{config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	var ended atomic.Bool
	a.receive = func(ctx context.Context, _ io.Reader, _ io.Writer) error {
		close(began)
		<-ctx.Done()
		time.Sleep(50 * time.Millisecond) // a transaction is taken back
		ended.Store(true)
		return ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		asked <- post(t.Context(), cfg, "import", strings.NewReader("capture"), io.Discard, errors.New("locked"))
	}()
	go func() {
		<-began
		cancel()
	}()
	a.serve(ctx)
	if !ended.Load() {
		t.Error("the import was still under way")
	}
	if err := <-asked; err == nil {
		t.Error("the client was told of no error")
	}
}
