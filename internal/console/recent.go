package console

import "tributary/internal/flow"

// HourSlots are the slots that "the last hour" is made of: the open one and the twelve before it, 60
// to 65 minutes. Whole slots, so that what is shown of an exporter is the sum of the very rows that
// are kept of it.
const HourSlots = 13

// recent remembers of a count that only grows by how much it grew in the last hour.
type recent struct {
	last  uint64
	slots [HourSlots]struct {
		slot flow.Slot
		n    uint64
	}
}

// set says how far the count has come; one that is smaller than before has begun anew.
func (r *recent) set(slot flow.Slot, total uint64) {
	grown := total - r.last
	if total < r.last {
		grown = total
	}
	r.last = total
	s := &r.slots[slot%HourSlots]
	if s.slot != slot {
		s.slot, s.n = slot, 0
	}
	s.n += grown
}

// hour is by how much it grew in the last hour before the end of the slot.
func (r *recent) hour(slot flow.Slot) (n uint64) {
	for i := range r.slots {
		if s := &r.slots[i]; s.slot <= slot && s.slot+HourSlots > slot {
			n += s.n
		}
	}
	return n
}

// healthSlots are an exporter's rows of the last hour, each all that arrived in its slot.
type healthSlots [HourSlots]flow.Health

// add adds a part of a row. One of another time than the last hour, as when a journal is read again,
// is no news.
func (s *healthSlots) add(now flow.Slot, h *flow.Health) {
	if h.Slot > now || h.Slot+HourSlots <= now {
		return
	}
	row := &s[h.Slot%HourSlots]
	if row.Slot != h.Slot {
		*row = flow.Health{Slot: h.Slot}
	}
	row.Add(h)
}

// within reports whether a row is of the last hour, and of its last whole slot.
func within(row *flow.Health, now flow.Slot) (hour, slot bool) {
	return row.Slot <= now && row.Slot+HourSlots > now, row.Slot+1 == now
}
