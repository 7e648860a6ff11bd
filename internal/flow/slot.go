package flow

import "time"

// SlotMillis is the length of a slot: five minutes.
const SlotMillis = 300_000

// Lengths in slots.
const (
	SlotSeconds  = SlotMillis / 1000
	SlotsPerHour = 12
	SlotsPerDay  = 288
)

// Slot numbers the five-minute intervals since 1970-01-01T00:00Z: slot s is
// [s×300 s, (s+1)×300 s), UTC. Slots last until the year 42,802.
type Slot uint32

// SlotOf is the slot of a time in Unix milliseconds; times before 1970 give slot 0.
func SlotOf(ms int64) Slot { return Slot(max(0, ms) / SlotMillis) }

// SlotAt is the slot of t.
func SlotAt(t time.Time) Slot { return SlotOf(t.UnixMilli()) }

// Start is the slot's first millisecond, Unix.
func (s Slot) Start() int64 { return int64(s) * SlotMillis }

// Time is the slot's start, UTC.
func (s Slot) Time() time.Time { return time.UnixMilli(s.Start()).UTC() }

// Hour is the first slot of the slot's hour.
func (s Slot) Hour() Slot { return s - s%SlotsPerHour }

// Day is the first slot of the slot's UTC day.
func (s Slot) Day() Slot { return s - s%SlotsPerDay }

// Month is the first slot of the slot's UTC month.
func (s Slot) Month() Slot {
	t := s.Time()
	return SlotAt(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
}

// NextMonth is the first slot of the month after the slot's.
func (s Slot) NextMonth() Slot {
	t := s.Time()
	return SlotAt(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC))
}
