package stats

import (
	"cmp"
	"context"
	"slices"

	"tributary/internal/flow"
)

// Loss is how much of what exporters sent never arrived, as their sequence numbers tell it, and what
// else says how complete the numbers are. The zero value is that of exporters that sent nothing. No
// number anywhere is corrected for it: volumes are too low by about Share.
type Loss struct {
	Datagrams uint64
	Records   uint64  // data records read
	Lost      float64 // estimated data records that were exported and never arrived

	LostDatagrams uint64 // as flow.Health counts these
	LostRecords   uint64
	Overrun       uint64
	Late          uint64
	Restarts      uint64

	Limits [flow.NumLimits]uint64 // how often each bound was reached
}

// Add adds a row: all that one exporter did in one slot. Parts of a slot must be summed before
// (flow.Health.Add), since the estimate of a row goes by its mean datagram.
func (l *Loss) Add(h *flow.Health) {
	l.Merge(&Loss{
		Datagrams: h.Datagrams, Records: h.Records, Lost: h.Lost(),
		LostDatagrams: h.LostDatagrams, LostRecords: h.LostRecords, Overrun: h.Overrun, Late: h.Late, Restarts: h.Restarts,
		Limits: h.Limits,
	})
}

// Merge adds what other exporters, or the same in other slots, lost.
func (l *Loss) Merge(o *Loss) {
	l.Datagrams += o.Datagrams
	l.Records += o.Records
	l.Lost += o.Lost
	l.LostDatagrams += o.LostDatagrams
	l.LostRecords += o.LostRecords
	l.Overrun += o.Overrun
	l.Late += o.Late
	l.Restarts += o.Restarts
	for i, n := range o.Limits {
		l.Limits[i] += n
	}
}

// Share is the estimated share of exported records that never arrived, 0 to 1: Lost / (Lost +
// Records); 0 where there are neither.
func (l *Loss) Share() float64 {
	if l.Lost == 0 {
		return 0
	}
	return l.Lost / (l.Lost + float64(l.Records))
}

// Reached is how often bounds were reached, all together.
func (l *Loss) Reached() (n uint64) {
	for _, m := range l.Limits {
		n += m
	}
	return n
}

// Losses is the loss of a period: in all, by region and by exporter.
type Losses struct {
	All       Loss
	Regions   []RegionLoss   // by number
	Exporters []ExporterLoss // the largest share first; of equal ones by region and address
}

// RegionLoss is the loss of one region's exporters.
type RegionLoss struct {
	Region uint16 // in flow.Names.Regions
	Loss
}

// ExporterLoss is the loss of one exporter in one region; an exporter that was moved has two.
type ExporterLoss struct {
	Region   uint16
	Exporter flow.Addr
	Loss
}

// Losses are those of a period, as the store has it.
func (s *Source) Losses(ctx context.Context, p flow.Period) (*Losses, error) {
	view, err := s.Store.View(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer view.Close()
	rows, err := view.Health(ctx, p)
	if err != nil {
		return nil, err
	}
	return LossesOf(rows), nil
}

// LossesOf computes the losses from health rows, one a slot and exporter (store.View.Health). The
// sums run in the order of the rows, so the same rows give the same bits.
func LossesOf(rows []flow.Health) *Losses {
	out := &Losses{}
	type where struct {
		region   uint16
		exporter flow.Addr
	}
	regions, exporters := map[uint16]int{}, map[where]int{}
	for i := range rows {
		h := &rows[i]
		at := where{h.Region, h.Exporter}
		r, ok := regions[h.Region]
		if !ok {
			r = len(out.Regions)
			regions[h.Region] = r
			out.Regions = append(out.Regions, RegionLoss{Region: h.Region})
		}
		e, ok := exporters[at]
		if !ok {
			e = len(out.Exporters)
			exporters[at] = e
			out.Exporters = append(out.Exporters, ExporterLoss{Region: h.Region, Exporter: h.Exporter})
		}
		out.All.Add(h)
		out.Regions[r].Add(h)
		out.Exporters[e].Add(h)
	}
	slices.SortFunc(out.Regions, func(a, b RegionLoss) int { return cmp.Compare(a.Region, b.Region) })
	slices.SortFunc(out.Exporters, func(a, b ExporterLoss) int {
		return cmp.Or(cmp.Compare(b.Share(), a.Share()), cmp.Compare(a.Region, b.Region), a.Exporter.Compare(b.Exporter))
	})
	return out
}
