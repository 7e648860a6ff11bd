package journal

import "time"

// Status is what the status page says of a journal.
type Status struct {
	Bytes    int64     // in all segments
	Segments int       //
	Oldest   time.Time // arrival of the oldest datagram; zero where there is none
	Unsynced int64     // octets that a power loss would take now
	Appended uint64    // datagrams written by this process

	DroppedSegments       uint64 // given up at a bound by this process
	DroppedDatagrams      uint64
	DroppedBytes          uint64
	UnjournalledDatagrams uint64 // that Append could not write: counted in the statistics, but lost if the process dies before they are committed

	LastError error     // the last trouble, kept when it is over; nil = there was none
	Since     time.Time // begin of the trouble that lasts; zero = none does
}

// Status says how the journal is.
func (j *Journal) Status() Status {
	var st Status
	for _, w := range j.writers {
		w.mu.Lock()
		st.Appended += w.appended
		st.UnjournalledDatagrams += w.unjournalled
		for _, s := range w.retired {
			st.Unsynced += s.size.Load() - s.synced
		}
		if w.live != nil {
			st.Unsynced += w.live.size.Load() - w.live.synced
		}
		w.mu.Unlock()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	st.Bytes, st.Segments = j.total.Load(), len(j.segments)
	for _, s := range j.segments {
		if first := s.first.Load(); first != 0 && (st.Oldest.IsZero() || first < st.Oldest.UnixMilli()) {
			st.Oldest = time.UnixMilli(first)
		}
	}
	st.DroppedSegments, st.DroppedDatagrams, st.DroppedBytes = j.given.segments, j.given.datagrams, j.given.bytes
	st.LastError, st.Since = j.trouble.last, j.trouble.since
	return st
}

// report keeps what key's last attempt gave; nil ends its trouble. A key is a *Writer, syncing or
// bounding.
func (j *Journal) report(key any, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := &j.trouble
	if err == nil {
		delete(t.failing, key)
		if len(t.failing) == 0 {
			t.since = time.Time{}
		}
		return
	}
	t.last = err
	if len(t.failing) == 0 {
		t.since = j.config.now()
	}
	t.failing[key] = true
}
