package flow

import (
	"cmp"
	"slices"
)

// Health is what one exporter did in one slot of arrival time. Measures are additive: rows of one
// exporter and slot are summed.
type Health struct {
	Slot     Slot // of arrival
	Exporter Addr
	Region   uint16 // in Names.Regions

	Datagrams   uint64
	Records     uint64 // data records read: kept + refused, held-back ones when they are read
	Kept        uint64 // of Records, those that gave a flow; a biflow record gives two
	Held        uint64 // records read after waiting for their template or sampler
	Options     uint64 // options data records
	RateUnknown uint64 // flows counted ×1 because no rate is known
	Skewed      uint64 // datagrams whose export time was replaced by arrival
	Untimed     uint64 // flows counted at export time for want of a usable start and end

	// What never arrived, by the sequence numbers of what did.
	LostDatagrams uint64 // missing of streams that number datagrams: NetFlow v9, sFlow
	LostRecords   uint64 // missing of streams that number records: NetFlow v5, IPFIX
	Overrun       uint64 // of the two together, those that went missing while our own receive buffer overflowed
	Late          uint64 // datagrams that came after a later one of their stream: not lost, only reordered
	Restarts      uint64 // streams whose numbers began anew

	Limits  [NumLimits]uint64   // how often each bound was reached
	Flows   [NumVerdicts]uint64 // flows by what became of them
	Octets  [NumVerdicts]uint64 // octets × rate by what became of them
	Refused [NumRefusals]uint64

	Rates []uint32 // sampling rates seen, ascending, distinct; 0 = unknown
}

// used reports whether anything was booked. What was held back can be booked in a row in which no
// datagram arrived: at the end, when it is given up.
func (h *Health) used() bool {
	return h.Datagrams > 0 || h.Records > 0 || h.Refused != [NumRefusals]uint64{}
}

// Add adds the measures of o, a row of the same exporter.
func (h *Health) Add(o *Health) {
	h.Datagrams += o.Datagrams
	h.Records += o.Records
	h.Kept += o.Kept
	h.Held += o.Held
	h.Options += o.Options
	h.RateUnknown += o.RateUnknown
	h.Skewed += o.Skewed
	h.Untimed += o.Untimed
	h.LostDatagrams += o.LostDatagrams
	h.LostRecords += o.LostRecords
	h.Overrun += o.Overrun
	h.Late += o.Late
	h.Restarts += o.Restarts
	for i := range o.Limits {
		h.Limits[i] += o.Limits[i]
	}
	for i := range o.Flows {
		h.Flows[i] += o.Flows[i]
		h.Octets[i] += o.Octets[i]
	}
	for i := range o.Refused {
		h.Refused[i] += o.Refused[i]
	}
	for _, r := range o.Rates {
		h.SawRate(r)
	}
}

// Lost is the estimated number of records that were exported and never arrived: those missing of
// streams that number records, and of streams that number datagrams the missing ones times the
// records of a mean datagram of this row.
func (h *Health) Lost() float64 {
	lost := float64(h.LostRecords)
	if h.Datagrams > 0 {
		lost += float64(h.LostDatagrams) * float64(h.Records) / float64(h.Datagrams)
	}
	return lost
}

// Loss is the estimated share of exported records that never arrived, 0 to 1: Lost / (Lost + Records);
// 0 where there are neither.
func (h *Health) Loss() float64 {
	lost := h.Lost()
	if lost == 0 {
		return 0
	}
	return lost / (lost + float64(h.Records))
}

// Compare orders rows as they are kept: by slot and exporter.
func (h Health) Compare(o Health) int {
	return cmp.Or(cmp.Compare(h.Slot, o.Slot), h.Exporter.Compare(o.Exporter))
}

// SawRate notes a sampling rate.
func (h *Health) SawRate(rate uint32) {
	if i, seen := slices.BinarySearch(h.Rates, rate); !seen && len(h.Rates) < maxRates {
		h.Rates = slices.Insert(h.Rates, i, rate)
	}
}

const maxRates = 64 // an exporter has a handful; a hostile one shall not fill memory

// Ledger is a worker's book of health: one open row an exporter, closed when its slot is over.
// It belongs to one goroutine.
type Ledger struct {
	open   []Health // by Exporter.ID
	closed []Health
}

// Open returns the row of e for the slot, closing the one of another slot. The pointer is valid
// until the next call.
func (l *Ledger) Open(e *Exporter, slot Slot) *Health {
	for int(e.ID) >= len(l.open) {
		l.open = append(l.open, Health{})
	}
	h := &l.open[e.ID]
	if h.Slot != slot && h.used() {
		l.closed = append(l.closed, *h)
		*h = Health{}
	}
	h.Slot, h.Exporter, h.Region = slot, e.Address, e.Region
	return h
}

// Current returns the row last opened for the exporter with this ID.
func (l *Ledger) Current(id uint32) *Health { return &l.open[id] }

// Take hands over all rows, sorted by slot and exporter, and starts anew.
func (l *Ledger) Take() []Health {
	rows := l.closed
	for i := range l.open {
		if l.open[i].used() {
			rows = append(rows, l.open[i])
		}
		l.open[i] = Health{}
	}
	l.closed = nil
	slices.SortFunc(rows, Health.Compare)
	return rows
}
