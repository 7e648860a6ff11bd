package console

import (
	"time"

	"tributary/internal/flow"
)

// JournalStatus is how the journal stands: what would be read again if the process were killed now.
// Counts are since the process began. The zero value says that none is kept (journal.max_size: 0).
type JournalStatus struct {
	Path     string     `json:"path"`      // its folder
	Bytes    uint64     `json:"bytes"`     // on disk
	MaxBytes uint64     `json:"max_bytes"` // journal.max_size
	Segments int        `json:"segments"`  // files
	Oldest   *time.Time `json:"oldest"`    // arrival of the oldest datagram in it; nil: it holds none
	Unsynced uint64     `json:"unsynced"`  // bytes that a power cut would take

	Dropped      uint64  `json:"dropped"`      // datagrams given up at the bound before they were committed
	Unjournalled uint64  `json:"unjournalled"` // datagrams counted that could not be written to it
	Unread       float64 `json:"unread"`       // share of what a former process left that is not read again yet; 0 = none
	Replayed     uint64  `json:"replayed"`     // datagrams read again at the start
	Torn         uint64  `json:"torn"`         // bytes cut off at the start: written last before a crash, and not whole

	// Problem is a sentence while the journal cannot be written, else empty. It is one of the
	// process's problems: /healthz answers 503.
	Problem string `json:"problem"`

	DroppedHour      uint64 `json:"dropped_hour"`      // of them in the last hour; Live fills it
	UnjournalledHour uint64 `json:"unjournalled_hour"` // likewise
}

// SetJournal says how the journal stands.
func (l *Live) SetJournal(j JournalStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := flow.SlotAt(l.now())
	l.journal = j
	l.journalDropped.set(slot, j.Dropped)
	l.unjournalled.set(slot, j.Unjournalled)
}

func (l *Live) journalLocked(slot flow.Slot) JournalStatus {
	j := l.journal
	j.DroppedHour, j.UnjournalledHour = l.journalDropped.hour(slot), l.unjournalled.hour(slot)
	return j
}
