package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tributary/internal/catalogue"
)

// reload reads the catalogue's files anew. They are validated as a whole first: where something is
// wrong, the error says what and where, and everything stays as it was. From then on questions are
// answered, and what arrives is named, by the new catalogue; an import under way goes on with the one
// that it began with.
func (in *intake) reload(ctx context.Context) error {
	in.reloading.Lock()
	defer in.reloading.Unlock()
	c, err := catalogue.Load(in.config.Catalogue)
	if err != nil {
		return err
	}
	old := in.placing()
	next, err := old.with(c)
	if err != nil {
		return err
	}
	if forgets(old.catalogue, c) {
		if err := in.describeBy(ctx, old); err != nil {
			return fmt.Errorf("cannot keep the types of the prefixes that the catalogue no longer names: %w", err)
		}
	}
	source := *in.source()
	source.Catalogue = c
	in.placed.Store(next)
	in.asked.Store(&source)
	return nil
}

// forgets reports that a prefix name of the old catalogue is not in the new one: its type is to be
// kept in the store then.
func forgets(old, now *catalogue.Catalogue) bool {
	names := map[string]bool{}
	for _, e := range now.Prefixes() {
		names[e.Name] = true
	}
	for _, e := range old.Prefixes() {
		if !names[e.Name] {
			return true
		}
	}
	return false
}

// reload is that of intake, and gives the workers the new tables, to each between two batches.
func (s *server) reload(ctx context.Context) error {
	if err := s.intake.reload(ctx); err != nil {
		s.log.Error("the catalogue stays as it was", "error", err)
		return err
	}
	for _, st := range s.stations {
		st.mu.Lock()
		st.worker.placer.Use(s.placing().tables)
		st.mu.Unlock()
	}
	networks, prefixes := s.placing().catalogue.Size()
	s.log.Info("the catalogue was read anew", "files", len(s.config.Catalogue), "as_entries", networks, "prefixes", prefixes)
	return nil
}

// reloadWhenTold reads the catalogue anew at every SIGHUP, until the context ends.
func (s *server) reloadWhenTold(ctx context.Context) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGHUP)
	defer signal.Stop(told)
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
			_ = s.reload(ctx) // the log says what is wrong
		}
	}
}
