package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// SketchQuery asks for the addresses of what Sort let through. Where its period and steps begin and end,
// the sketches that are kept must: see FoldBefore and KeptFrom.
type SketchQuery struct {
	Period flow.Period
	Cut    Cut
	Classes
}

// Addresses are those of one step, bucket and class.
type Addresses struct {
	Step      uint32 // in Cut.Starts
	Bucket    uint32
	Region    uint16 // or AllRegions
	Direction flow.Direction
	Version   uint8
	Sketch    rollup.Sketch

	// Mixed says that the step mixes ways of counting IPv6 addresses (rollup.ErrMixedIPv6): they cannot be
	// counted, and Sketch is empty.
	Mixed bool
}

// FoldBefore is where sketches of hours begin: of days before it there are sketches of days, and before
// KeptFrom of months alone.
func (v *View) FoldBefore() flow.Slot { return foldBefore(v.newest) }

// Sketches gives the addresses of q by step; within a step sorted by bucket and class. The sketches of
// a month are read only where a step has all of it.
func (v *View) Sketches(ctx context.Context, q *SketchQuery, each func(*Addresses) error) error {
	turns, err := v.turns(ctx)
	if err != nil {
		return err
	}
	u := newUnited()
	for _, month := range StepMonth.parts(q.Period) {
		grains := fmt.Sprintf("t.grain <= %d", grainDay)
		if q.hasWhole(month) && v.monthlyBut(month, turns) {
			grains = fmt.Sprintf("t.grain = %d", grainMonth)
		}
		statement := fmt.Sprintf("SELECT %s, b.bucket, %s, t.sketch FROM %s AND %s",
			q.Cut.index("t.slot"), q.columns(), v.sorted("endpoints", month, &q.Classes), grains)
		if err := v.query(ctx, u.add, statement); err != nil {
			return err
		}
		over := 0 // steps that no later month adds to
		for over < len(q.Cut.Starts) && q.ends(over) <= month.To {
			over++
		}
		if err := u.give(uint32(over), each); err != nil {
			return err
		}
	}
	return nil
}

// ends is where a step ends.
func (q *SketchQuery) ends(step int) flow.Slot {
	if step+1 < len(q.Cut.Starts) {
		return q.Cut.Starts[step+1]
	}
	return q.Period.To
}

// hasWhole reports that no step begins within a month but at its beginning.
func (q *SketchQuery) hasWhole(month flow.Period) bool {
	i, _ := slices.BinarySearch(q.Cut.Starts, month.From+1)
	return i == len(q.Cut.Starts) || q.Cut.Starts[i] >= month.To
}

// turns are the slots at which the buckets of a combination change, ascending.
func (v *View) turns(ctx context.Context) (all []flow.Slot, err error) {
	if len(v.dated) == 0 {
		return nil, nil
	}
	err = v.query(ctx, func(c *duckdb.Chunk) error {
		for _, slot := range duckdb.Column[uint32](c, 0) {
			all = append(all, flow.Slot(slot))
		}
		return nil
	}, "SELECT DISTINCT unnest([from_slot, to_slot]) AS slot FROM buckets ORDER BY slot")
	return all, err
}

// monthlyBut is monthly for labels that change at the turns.
func (v *View) monthlyBut(p flow.Period, turns []flow.Slot) bool {
	if p.From != p.From.Month() || p.To != p.From.NextMonth() || p.From >= v.folded {
		return false
	}
	i, _ := slices.BinarySearch(turns, p.From+1)
	return i == len(turns) || turns[i] >= p.To || p.From < v.dropped
}

// united collects sketches by step, bucket and class, on all processors: each has the keys of its own.
type united struct {
	shards []unitedShard
}

type unitedShard struct {
	sums   map[addressesKey]*unitedSum
	sketch rollup.Sketch // decoded into
	err    error
}

type unitedSum struct {
	rollup.Unioner
	mixed bool
}

// addressesKey is an Addresses without its sketch.
type addressesKey struct {
	step, bucket uint32
	region       uint16
	direction    flow.Direction
	version      uint8
}

func newUnited() *united {
	u := &united{shards: make([]unitedShard, runtime.GOMAXPROCS(0))}
	for i := range u.shards {
		u.shards[i].sums = map[addressesKey]*unitedSum{}
	}
	return u
}

// add adds the rows of a chunk.
func (u *united) add(c *duckdb.Chunk) error {
	step, bucket := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1)
	region, direction, version := duckdb.Column[uint16](c, 2), duckdb.Column[uint8](c, 3), duckdb.Column[uint8](c, 4)
	sketch := duckdb.TextColumn(c, 5)
	var wait sync.WaitGroup
	for n := range u.shards {
		wait.Go(func() {
			s := &u.shards[n]
			for i := range c.Len() {
				k := addressesKey{step[i], bucket[i], region[i], flow.Direction(direction[i]), version[i]}
				if k.shard(len(u.shards)) == n && s.err == nil {
					s.err = s.add(k, sketch.Bytes(i))
				}
			}
		})
	}
	wait.Wait()
	for i := range u.shards {
		if u.shards[i].err != nil {
			return u.shards[i].err
		}
	}
	return nil
}

// shard is which of n shards has the key.
func (k addressesKey) shard(n int) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 over the golden ratio: spreads numbers that differ little
	h := uint64(k.step)<<32 ^ uint64(k.bucket)
	h = (h ^ uint64(k.region)<<16 ^ uint64(k.direction)<<8 ^ uint64(k.version)) * golden
	return int((h >> 32) % uint64(n))
}

func (s *unitedShard) add(k addressesKey, b []byte) error {
	sum := s.sums[k]
	if sum == nil {
		sum = new(unitedSum)
		s.sums[k] = sum
	}
	if err := s.sketch.Decode(b); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if sum.mixed {
		return nil
	}
	err := sum.AddCopy(s.sketch)
	if errors.Is(err, rollup.ErrMixedIPv6) {
		*sum, err = unitedSum{mixed: true}, nil
	}
	return err
}

// give gives what was collected of the steps before end, and forgets it.
func (u *united) give(end uint32, each func(*Addresses) error) error {
	var keys []addressesKey
	for i := range u.shards {
		for k := range u.shards[i].sums {
			if k.step < end {
				keys = append(keys, k)
			}
		}
	}
	slices.SortFunc(keys, addressesKey.compare)
	for _, k := range keys {
		s := &u.shards[k.shard(len(u.shards))]
		sum := s.sums[k]
		a := Addresses{Step: k.step, Bucket: k.bucket, Region: k.region, Direction: k.direction, Version: k.version, Mixed: sum.mixed}
		if !sum.mixed {
			a.Sketch = sum.Sketch()
		}
		delete(s.sums, k)
		if err := each(&a); err != nil {
			return err
		}
	}
	return nil
}

func (k addressesKey) compare(o addressesKey) int {
	return cmp.Or(cmp.Compare(k.step, o.step), cmp.Compare(k.bucket, o.bucket), cmp.Compare(k.region, o.region),
		cmp.Compare(k.direction, o.direction), cmp.Compare(k.version, o.version))
}
