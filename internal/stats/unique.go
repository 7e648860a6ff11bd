package stats

import (
	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// estimate is a count of distinct addresses with bounds of two standard deviations; all three are
// the same up to 4,096.
type estimate struct{ n, low, high float64 }

func estimateOf(s rollup.Sketch) estimate {
	low, high := s.Bounds()
	return estimate{s.Estimate(), low, high}
}

// sketches are the sketches of one stretch of time, by cell of the frame. Only base cells are
// filled; the zero sketch is no addresses.
type sketches []rollup.Sketch

// estimates counts the distinct addresses of every cell, totals included, from the base cells'
// sketches. One dimension is united at a time, versions first: with four regions that is some 900
// sketches read instead of the 2,000 of uniting each base cell into its fifteen totals, and it is
// what most of a dataset's time goes to where cells are full.
//
// It fails where the store mixes ways of counting IPv6 addresses (rollup.ErrMixedIPv6).
func (f *frame) estimates(base sketches) ([]estimate, error) {
	all := make(sketches, f.cells())
	copy(all, base)
	u := uniter{all: all}
	regions := len(f.regions)
	for r := range regions {
		for t := range flow.NumNetworkTypes {
			for d := range flow.Both {
				c := cellOf(r, t, d, 0)
				u.unite(c+2, c, 1, 2)
			}
			for v := range frameVersions {
				c := cellOf(r, t, flow.Ingress, v)
				u.unite(cellOf(r, t, flow.Both, v), c, frameVersions, 2)
			}
		}
		for i := range perType {
			u.unite(r*perRegion+int(AllTypes)*perType+i, r*perRegion+i, perType, int(flow.NumNetworkTypes))
		}
	}
	for i := range perRegion {
		u.unite(regions*perRegion+i, i, perRegion, regions)
	}
	if u.err != nil {
		return nil, u.err
	}
	out := make([]estimate, len(all))
	for c, s := range all {
		out[c] = estimateOf(s)
	}
	return out, nil
}

// uniter unites cells of one array into others of it. Its error is the first; after it nothing is
// done.
type uniter struct {
	all     sketches
	unioner rollup.Unioner
	err     error
}

// unite puts the union of n cells, the first and then every step, into cell to.
func (u *uniter) unite(to, first, step, n int) {
	var parts, only int
	for i := range n {
		if !u.all[first+i*step].Empty() {
			only = first + i*step
			parts++
		}
	}
	if parts <= 1 {
		if parts == 1 {
			u.all[to] = u.all[only]
		}
		return
	}
	for i := range n {
		if err := u.unioner.Add(u.all[first+i*step]); err != nil && u.err == nil {
			u.err = err
		}
	}
	u.all[to] = u.unioner.Sketch()
}

// merge adds the addresses of o to s, cell by cell.
func (s sketches) merge(o sketches) error {
	for i := range o {
		switch {
		case o[i].Empty():
		case s[i].Empty():
			s[i] = o[i]
		default:
			var err error
			if s[i], err = rollup.Union(s[i], o[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
