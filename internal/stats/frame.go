package stats

import (
	"cmp"
	"slices"

	"tributary/internal/flow"
)

// A frame numbers all cells that the regions of an answer can have, totals included, so that
// sums run over arrays and not over maps of keys: with r regions there are
// (r+1) regions × 9 types × 3 directions × 3 versions, 405 for four regions.
//
//	cell = ((region × 9 + type) × 3 + direction) × 3 + version    version 0: 4, 1: 6, 2: both
type frame struct {
	regions []string // in use, sorted; the total is region number len(regions)
	ids     []uint16 // beside regions: their numbers in flow.Names.Regions
}

const (
	frameTypes    = int(flow.NumNetworkTypes) + 1
	frameWays     = 3 // ingress, egress, both
	frameVersions = 3 // 4, 6, all
	perType       = frameWays * frameVersions
	perRegion     = frameTypes * perType
)

// newFrame makes the frame of the regions with these numbers, in any order and repeated.
func newFrame(ids []uint16, names *flow.Interner[string]) *frame {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	slices.SortFunc(ids, func(a, b uint16) int {
		return cmp.Compare(names.Value(uint32(a)), names.Value(uint32(b)))
	})
	f := &frame{ids: ids}
	for _, id := range ids {
		f.regions = append(f.regions, names.Value(uint32(id)))
	}
	return f
}

// cells is the number of cells.
func (f *frame) cells() int { return (len(f.regions) + 1) * perRegion }

// total is the number of the region that stands for all.
func (f *frame) total() int { return len(f.regions) }

// region is the number of the region in the frame; false for one that is not in it.
func (f *frame) region(id uint16) (int, bool) {
	i := slices.Index(f.ids, id)
	return i, i >= 0
}

func cellOf(region int, t flow.NetworkType, d flow.Direction, version int) int {
	return ((region*frameTypes+int(t))*frameWays+int(d))*frameVersions + version
}

// versionIndex is the version's number in the frame.
func versionIndex(v uint8) int {
	switch v {
	case 4:
		return 0
	case 6:
		return 1
	}
	return 2
}

// key is the key of a cell.
func (f *frame) key(cell int) Key {
	k := Key{Region: AllRegions}
	if r := cell / perRegion; r < len(f.regions) {
		k.Region = f.regions[r]
	}
	k.Type = flow.NetworkType(cell / perType % frameTypes)
	k.Direction = flow.Direction(cell / frameVersions % frameWays)
	k.Version = [frameVersions]uint8{4, 6, AllVersions}[cell%frameVersions]
	return k
}

// covers lists the sixteen cells that count what the base cell (no total in any dimension)
// counts: itself, and every choice of totals.
func (f *frame) covers(base int) (cells [16]int) {
	region := base / perRegion
	t := flow.NetworkType(base / perType % frameTypes)
	d := flow.Direction(base / frameVersions % frameWays)
	v := base % frameVersions
	for i := range cells {
		r, tt, dd, vv := region, t, d, v
		if i&1 != 0 {
			r = f.total()
		}
		if i&2 != 0 {
			tt = AllTypes
		}
		if i&4 != 0 {
			dd = flow.Both
		}
		if i&8 != 0 {
			vv = frameVersions - 1
		}
		cells[i] = cellOf(r, tt, dd, vv)
	}
	return cells
}
