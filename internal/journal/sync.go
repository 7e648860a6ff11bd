package journal

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// runSync syncs once a second until the journal is closed.
func (j *Journal) runSync() {
	t := time.NewTicker(syncEvery)
	defer t.Stop()
	for {
		select {
		case <-j.stop:
			return
		case <-t.C:
			j.Sync() // reported in Status
		}
	}
}

// Sync brings what was appended before the call to disk, and the folder that lists it. No writer
// waits for the disk meanwhile. An error is in Status, too, until a later Sync does well.
func (j *Journal) Sync() error {
	j.syncMu.Lock()
	defer j.syncMu.Unlock()
	var errs []error
	for _, w := range j.writers {
		if err := w.sync(); err != nil {
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	if err != nil {
		err = fmt.Errorf("cannot sync the journal: %w", err)
	}
	j.report(syncing{}, err)
	return err
}

// syncing is the key of sync's troubles among those of writers.
type syncing struct{}

// sync syncs one writer's segments and closes those that are retired. The disk is waited for
// without the lock.
func (w *Writer) sync() error {
	w.mu.Lock()
	retired, live := w.retired, w.live
	w.retired = slices.Clip(w.retired) // what is retired meanwhile goes elsewhere
	var size, datagrams int64
	if live != nil {
		size, datagrams = live.size.Load(), live.datagrams.Load()
		if size == live.synced {
			live = nil
		}
	}
	w.mu.Unlock()

	// After the look at what there is: a file that was made later may miss in the folder.
	if w.journal.dirDirty.Swap(false) {
		if err := w.journal.syncDir(); err != nil {
			w.journal.dirDirty.Store(true)
			return err
		}
	}
	var errs []error
	var synced uint64
	for _, s := range retired {
		var err error
		if !s.deleted.Load() {
			s.file.Truncate(s.size.Load()) // gives back what reserve took, and cuts off what a failed write left; where it fails, deletion and the reader do
			err = w.journal.syncFile(s)
		}
		if err == nil {
			synced += uint64(s.datagrams.Load())
		}
		errs = append(errs, err, s.file.Close())
		if s.size.Load() == 0 {
			w.journal.remove(s) // nothing could be written to it
		}
	}
	var liveErr error
	if live != nil {
		liveErr = w.journal.syncFile(live)
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	w.synced += synced
	w.retired = w.retired[len(retired):]
	switch {
	case live == nil:
	case liveErr == nil:
		live.synced, live.syncedDatagrams = size, datagrams
	case w.live == live:
		// After a failed sync a later one may wrongly do well (the kernel marks the pages clean):
		// what follows goes into another file.
		w.retireLocked()
	}
	return errors.Join(append(errs, liveErr)...)
}

func (j *Journal) syncFile(s *segment) error {
	if err := j.config.fail("sync"); err != nil {
		return err
	}
	if err := syncData(s.file); err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	return nil
}

// syncDir makes the folder on disk list its files.
func (j *Journal) syncDir() error {
	d, err := os.Open(j.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
