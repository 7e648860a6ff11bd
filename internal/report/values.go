package report

import (
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// These read published sheets. A cell that is not there has no octets: its bits and addresses are
// 0, which is a number, and its magnitude is none. A sheet that is not there, or is empty, has no
// numbers at all.

// bitsIn is the bits of a cell.
func bitsIn(s *stats.Sheet, k stats.Key) figure.Value {
	return measured(s, k, figure.Num(0), func(m *stats.Measures) stats.Num { return m.Bits })
}

// uniqueIn is the distinct addresses of a cell.
func uniqueIn(s *stats.Sheet, k stats.Key) figure.Value {
	return measured(s, k, figure.Num(0), func(m *stats.Measures) stats.Num { return m.Unique })
}

// magnitudeIn is the bits per address of a cell.
func magnitudeIn(s *stats.Sheet, k stats.Key) figure.Value {
	return measured(s, k, figure.Value{}, func(m *stats.Measures) stats.Num { return m.Magnitude })
}

func measured(s *stats.Sheet, k stats.Key, absent figure.Value, of func(*stats.Measures) stats.Num) figure.Value {
	if s == nil || s.Empty() {
		return figure.Value{}
	}
	c, ok := s.At(k)
	if !ok {
		return absent
	}
	if c.Suppressed {
		return figure.Hide()
	}
	return number(of(&c.Measures))
}

func number(n stats.Num) figure.Value {
	if !n.Known {
		return figure.Value{}
	}
	return figure.Num(n.Value)
}

// coverageIn is the coverage of all regions in the period of a sheet, the smallest region's. It is
// never hidden.
func coverageIn(s *stats.Sheet) figure.Value {
	if s == nil {
		return figure.Value{}
	}
	if c, ok := s.At(stats.Total); ok {
		return figure.Num(c.Coverage)
	}
	return figure.Value{}
}

// ratioIn is the bits of part over those of whole: missing where whole has none, hidden where
// either is.
func ratioIn(s *stats.Sheet, part, whole stats.Key) figure.Value {
	p, w := bitsIn(s, part), bitsIn(s, whole)
	switch {
	case p.State == figure.Hidden || w.State == figure.Hidden:
		return figure.Hide()
	case !p.OK() || !w.OK() || w.X == 0:
		return figure.Value{}
	}
	return figure.Num(p.X / w.X)
}

// groupShareIn is the share of a type group in all bits.
func groupShareIn(s *stats.Sheet, group string) figure.Value {
	total := bitsIn(s, stats.Total)
	if !total.OK() {
		return total
	}
	if n := s.GroupShare(group, stats.Total); n.Known {
		return figure.Num(n.Value)
	}
	return figure.Hide()
}

// typeKey is the total of a type.
func typeKey(t flow.NetworkType) stats.Key {
	k := stats.Total
	k.Type = t
	return k
}

// cellKey is a region's cell of a type, over both directions and versions.
func cellKey(region string, t flow.NetworkType) stats.Key {
	k := typeKey(t)
	k.Region = region
	return k
}
