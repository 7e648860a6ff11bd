package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
)

// UnknownSender sends datagrams but is in no region.
type UnknownSender struct {
	address flow.Addr

	Address   string    `json:"address"` // empty: all senders beyond the bound, together
	Datagrams uint64    `json:"datagrams"`
	Protocol  string    `json:"protocol"` // of its last datagram: "netflow9", ...; empty if it is none that can be read
	LastSeen  time.Time `json:"last_seen"`
	YAML      string    `json:"yaml"` // the configuration lines that would admit it, as a region of its own
}

// NewUnknownSender says that address, in no region, has sent datagrams, the last of them at lastSeen
// and of the protocol. The zero address stands for all that have no place in a worker's list.
func NewUnknownSender(address flow.Addr, datagrams uint64, protocol string, lastSeen time.Time) UnknownSender {
	return UnknownSender{address: address, Datagrams: datagrams, Protocol: protocol, LastSeen: lastSeen.UTC()}
}

// maxStatusUnknown bounds the senders in the status, which pages ask for every few seconds: a scan
// brings thousands. All of them are under /api/v1/unknown.
const maxStatusUnknown = 100

// UnknownTotal is all senders in no region together.
type UnknownTotal struct {
	Senders   int    `json:"senders"`   // that are listed; limits.unknown_senders bounds them
	Datagrams uint64 `json:"datagrams"` // refused, those of senders that no list has room for too
}

// SetUnknown says which senders a worker has refused for being in no region so far.
func (l *Live) SetUnknown(worker int, senders []UnknownSender) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unknown[worker] = slices.Clone(senders)
	l.strangers, l.strangersKnown = nil, false
}

// Unknown is everyone who was refused for being in no region: those with most datagrams first, those
// without a place in the lists last, together.
func (l *Live) Unknown() ([]UnknownSender, UnknownTotal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.unknownLocked()
}

// unknownLocked merges what the workers refused; the list is not changed later.
func (l *Live) unknownLocked() ([]UnknownSender, UnknownTotal) {
	if !l.strangersKnown {
		l.strangers, l.strangersKnown = mergeUnknown(l.unknown), true
	}
	total := UnknownTotal{Senders: len(l.strangers)}
	for i := range l.strangers {
		total.Datagrams += l.strangers[i].Datagrams
		if l.strangers[i].address.IsZero() {
			total.Senders--
		}
	}
	return l.strangers, total
}

func mergeUnknown(unknown map[int][]UnknownSender) []UnknownSender {
	merged := map[flow.Addr]UnknownSender{}
	for _, senders := range unknown {
		for _, s := range senders {
			m, seen := merged[s.address]
			if !seen || s.LastSeen.After(m.LastSeen) {
				m.Protocol, m.LastSeen = s.Protocol, s.LastSeen
			}
			m.address, m.Datagrams = s.address, m.Datagrams+s.Datagrams
			merged[s.address] = m
		}
	}
	out := make([]UnknownSender, 0, len(merged))
	for _, s := range merged {
		if !s.address.IsZero() {
			s.Address, s.YAML = s.address.String(), admitLines(s.address)
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b UnknownSender) int {
		if rest := a.address.IsZero(); rest != b.address.IsZero() {
			if rest {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(b.Datagrams, a.Datagrams), a.address.Compare(b.address))
	})
	return out
}

// part cuts a list of n to at most `most` from offset on; offset and most are not negative.
func part(n, offset, most int) (from, to int) {
	from = min(offset, n)
	return from, min(n, from+most)
}

// Senders is a part of the senders in no region.
type Senders struct {
	Senders []UnknownSender `json:"senders"` // those with most datagrams first
	Total   UnknownTotal    `json:"total"`
}

// pageInput is which part of a long list is asked for.
type pageInput struct {
	Offset int `query:"offset" minimum:"0" maximum:"1000000" doc:"How many to leave out."`
	N      int `query:"n" minimum:"1" maximum:"1000" default:"100" doc:"At most so many."`
}

func (c *Console) registerUnknown(api huma.API) {
	on(c, api, operation{
		id: "list-unknown-senders", method: http.MethodGet, path: "/unknown", tag: "Process", role: Viewer,
		summary: "Senders in no region",
		about:   "Who sends datagrams and is in no region, so that they are refused: those with most datagrams first, with the configuration lines that would admit each. A sender without address stands for all that the lists have no room for (limits.unknown_senders).",
	}, func(_ context.Context, in *pageInput) (*Senders, error) {
		all, total := c.config.Live.Unknown()
		from, to := part(len(all), in.Offset, in.N)
		return &Senders{Senders: append([]UnknownSender{}, all[from:to]...), Total: total}, nil
	})
}
