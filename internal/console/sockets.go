package console

import "tributary/internal/flow"

// Socket is one socket: a worker's part of an address listened on.
type Socket struct {
	Address string  `json:"address"` // host:port
	Worker  int     `json:"worker"`  // that reads it, from 0; -1: the sum of all workers' sockets on the address
	Asked   int     `json:"asked"`   // bytes asked of the kernel to receive into; 0: not said
	Buffer  int     `json:"buffer"`  // bytes that the kernel gave; the smallest of them where the worker is -1
	Dropped *uint64 `json:"dropped"` // datagrams, by the kernel, because the buffer was full; nil where that is not known
}

// KernelDrops are datagrams that the kernel dropped because a receive buffer was full, over all
// sockets. They are the part of the loss that this machine can do something about.
type KernelDrops struct {
	Known bool   `json:"known"` // some socket counts them
	Total uint64 `json:"total"` // since the process began
	Hour  uint64 `json:"hour"`  // in the last hour
}

// SetSockets says what is being listened on, with counts since the process began.
func (l *Live) SetSockets(sockets []Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sockets = append([]Socket(nil), sockets...)
	l.dropped.set(flow.SlotAt(l.now()), totalDropped(sockets).Total)
}

func totalDropped(sockets []Socket) (d KernelDrops) {
	for _, s := range sockets {
		if s.Dropped != nil {
			d.Known = true
			d.Total += *s.Dropped
		}
	}
	return d
}
