package decode

import "math/bits"

// holders finds, among exporters that hold something back, one that holds about the most: where a
// bound on all of them together is reached, it is that one that gives up, so that exporters which
// wait for little lose nothing to one that floods. They are kept in lists by the logarithm of what
// they hold: any of the topmost list holds at least half of what the largest holds.
type holders struct {
	lists [64]*holder // by bits.Len of the amount
}

// holder is an exporter's place in the lists.
type holder struct {
	exporter   *exporter
	next, prev *holder
	list       int // 0 = in none
}

// update puts h where an exporter that holds that amount belongs.
func (s *holders) update(h *holder, amount int) {
	list := bits.Len(uint(amount))
	if list == h.list {
		return
	}
	if h.list != 0 {
		if h.prev != nil {
			h.prev.next = h.next
		} else {
			s.lists[h.list] = h.next
		}
		if h.next != nil {
			h.next.prev = h.prev
		}
	}
	h.list, h.prev, h.next = list, nil, nil
	if list == 0 {
		return
	}
	h.next = s.lists[list]
	if h.next != nil {
		h.next.prev = h
	}
	s.lists[list] = h
}

// largest is one of the exporters that hold most; nil where none holds anything.
func (s *holders) largest() *exporter {
	for list := len(s.lists) - 1; list > 0; list-- {
		if h := s.lists[list]; h != nil {
			return h.exporter
		}
	}
	return nil
}
