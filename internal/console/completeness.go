package console

import (
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// Completeness is whether the numbers are complete, over all exporters.
type Completeness struct {
	// State is "complete"; "losing" while something was lost in the last hour that deserves a note; or
	// "unknown" while nothing has arrived in it.
	State string `json:"state"`
	Hour  Loss   `json:"hour"` // the open slot and the twelve before it
	Slot  Loss   `json:"slot"` // the last slot that is over

	KernelDrops KernelDrops `json:"kernel_drops"`
}

// Loss is how much of what was exported never arrived in a stretch of time; stats.Loss defines it.
type Loss struct {
	Share         float64           `json:"share"`          // estimated, of the records exported, 0 to 1
	Lost          float64           `json:"lost"`           // estimated records
	Records       uint64            `json:"records"`        // that arrived
	LostDatagrams uint64            `json:"lost_datagrams"` // missing of streams that number datagrams: NetFlow v9, sFlow
	LostRecords   uint64            `json:"lost_records"`   // missing of streams that number records: NetFlow v5, IPFIX
	Overrun       uint64            `json:"overrun"`        // of the two, missing while our own receive buffer overflowed
	Late          uint64            `json:"late"`           // datagrams out of order: not lost
	Restarts      uint64            `json:"restarts"`       // streams whose numbers began anew
	Limits        map[string]uint64 `json:"limits"`         // bounds reached, by name; those that were
}

func lossOf(l *stats.Loss) Loss {
	return Loss{
		Share: l.Share(), Lost: l.Lost, Records: l.Records,
		LostDatagrams: l.LostDatagrams, LostRecords: l.LostRecords, Overrun: l.Overrun, Late: l.Late, Restarts: l.Restarts,
		Limits: limitCounts(&l.Limits),
	}
}

func limitCounts(limits *[flow.NumLimits]uint64) map[string]uint64 {
	out := map[string]uint64{}
	for l := range flow.NumLimits {
		setCount(out, l.String(), limits[l])
	}
	return out
}

// ExporterLoss is what one exporter's sequence numbers tell.
type ExporterLoss struct {
	hour, slot stats.Loss

	Hour Loss `json:"hour"`
	Slot Loss `json:"slot"`
}

// lossAt sums an exporter's rows.
func (s *healthSlots) lossAt(now flow.Slot) ExporterLoss {
	var l ExporterLoss
	for i := range s {
		hour, slot := within(&s[i], now)
		if hour {
			l.hour.Add(&s[i])
		}
		if slot {
			l.slot.Add(&s[i])
		}
	}
	l.show()
	return l
}

func (l *ExporterLoss) merge(o *ExporterLoss) {
	l.hour.Merge(&o.hour)
	l.slot.Merge(&o.slot)
	l.show()
}

func (l *ExporterLoss) show() { l.Hour, l.Slot = lossOf(&l.hour), lossOf(&l.slot) }

// completeness sums the exporters' losses and reads the state off the notes.
func (s *Status) completeness() {
	var sum ExporterLoss
	for i := range s.Exporters {
		sum.merge(&s.Exporters[i].Loss)
	}
	s.Complete.Hour, s.Complete.Slot = lossOf(&sum.hour), lossOf(&sum.slot)
	s.Complete.State = "complete"
	if sum.hour.Datagrams == 0 {
		s.Complete.State = "unknown"
	}
	for i := range s.Notes {
		if s.Notes[i].Loses {
			s.Complete.State = "losing"
		}
	}
}
