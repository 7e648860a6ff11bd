package rollup

import (
	"cmp"
	"slices"
	"sync"

	"tributary/internal/flow"
)

// Merge joins batches, of several workers or of several times, into the one that a single tally of
// all their flows would have handed over: rows of one key are summed, sketches of one cell united.
// Sketches that count IPv6 addresses in different ways stay apart. The rows of each batch must be
// sorted, as Take leaves them. The batches are used up: they are empty afterwards, so that a burst is
// not held twice, unless there is only one, which is the result.
func Merge(batches ...*Batch) *Batch {
	if len(batches) == 1 {
		return batches[0]
	}
	for _, b := range batches {
		b.Hours() // of one that lacks them, while it has its rows
	}
	out := &Batch{}
	var wg sync.WaitGroup
	wg.Go(func() {
		out.Traffic = mergeRows(lists(batches, func(b *Batch) *[]Traffic { return &b.Traffic }), compareTraffic, addTraffic)
		out.Places = mergeRows(lists(batches, func(b *Batch) *[]Place { return &b.Places }), comparePlace, addPlace)
		out.Health = mergeRows(lists(batches, func(b *Batch) *[]flow.Health { return &b.Health }), compareHealth, addHealth)
	})
	wg.Go(func() {
		out.hours = mergeRows(lists(batches, func(b *Batch) *[]Traffic { return &b.hours }), compareTraffic, addTraffic)
		out.Endpoints = mergeEndpoints(lists(batches, func(b *Batch) *[]Endpoints { return &b.Endpoints }))
	})
	wg.Wait()
	if out.summed = len(out.Traffic); out.hours == nil {
		out.hours = []Traffic{} // Hours need not be asked again
	}
	return out
}

// MergeKept is Merge of batches that others read meanwhile: they are left as they are. What it returns
// may share their rows, so none of them may be changed any more. Those that are nil are nothing; of
// nothing it is nil.
func MergeKept(batches ...*Batch) *Batch {
	var some []*Batch
	for _, b := range batches {
		if b != nil {
			shallow := *b
			some = append(some, &shallow)
		}
	}
	if len(some) == 0 {
		return nil
	}
	merged := Merge(some...)
	if len(some) > 1 {
		merged.detachSketches()
	}
	return merged
}

// detachSketches gives the sketches memory of their own: one that came from a batch as it was would
// keep the memory of all that batch's sketches alive.
func (b *Batch) detachSketches() {
	n := 0
	for i := range b.Endpoints {
		n += b.Endpoints[i].Sketch.Kept()
	}
	memory := make([]uint64, 0, n)
	for i := range b.Endpoints {
		s := &b.Endpoints[i].Sketch
		from := len(memory)
		memory = append(memory, s.hashes...)
		s.hashes = memory[from:len(memory):len(memory)]
	}
}

func compareTraffic(a, b *Traffic) int {
	return cmp.Or(cmp.Compare(a.Slot, b.Slot), a.Cell.Compare(b.Cell))
}

func compareEndpoints(a, b *Endpoints) int {
	return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell))
}

func comparePlace(a, b *Place) int {
	return cmp.Or(cmp.Compare(a.Hour, b.Hour), a.Cell.Compare(b.Cell), cmp.Compare(a.Place, b.Place))
}

func compareHealth(a, b *flow.Health) int { return a.Compare(*b) }

func addTraffic(a, b *Traffic) { a.Count.Add(&b.Count) }

// addHealth leaves alone the rates of the row that a is a copy of.
func addHealth(a, b *flow.Health) {
	a.Rates = slices.Clip(a.Rates)
	a.Add(b)
}

func addPlace(a, b *Place) {
	a.Octets = AddSaturating(a.Octets, b.Octets)
	a.V = addV(a.V, b.V)
	a.Unrated += b.Unrated
}

// lists takes the rows of one kind out of the batches, where there are any.
func lists[T any](batches []*Batch, of func(*Batch) *[]T) [][]T {
	var out [][]T
	for _, b := range batches {
		if rows := of(b); len(*rows) > 0 {
			out = append(out, *rows)
			*rows = nil
		}
	}
	return out
}

// mergeRows merges sorted lists into one, adding rows that compare equal.
func mergeRows[T any](lists [][]T, compare func(a, b *T) int, add func(to, from *T)) []T {
	switch len(lists) {
	case 0:
		return nil
	case 1:
		return lists[0]
	}
	n := 0
	for _, rows := range lists {
		n += len(rows)
	}
	out := make([]T, 0, n)
	for len(lists) > 0 {
		i := least(lists, compare)
		if last := len(out) - 1; last >= 0 && compare(&out[last], &lists[i][0]) == 0 {
			add(&out[last], &lists[i][0])
		} else {
			out = append(out, lists[i][0])
		}
		lists = behind(lists, i)
	}
	return out
}

// least is the list with the least first row: of equals the first. Workers are few.
func least[T any](lists [][]T, compare func(a, b *T) int) int {
	i := 0
	for j := 1; j < len(lists); j++ {
		if compare(&lists[j][0], &lists[i][0]) < 0 {
			i = j
		}
	}
	return i
}

// behind steps over the first row of a list, and over the list where that was its last.
func behind[T any](lists [][]T, i int) [][]T {
	if lists[i] = lists[i][1:]; len(lists[i]) == 0 {
		return slices.Delete(lists, i, i+1)
	}
	return lists
}

// mergeEndpoints merges sorted lists into one, uniting the sketches of a cell.
func mergeEndpoints(lists [][]Endpoints) []Endpoints {
	switch len(lists) {
	case 0:
		return nil
	case 1:
		return lists[0]
	}
	n := 0
	for _, rows := range lists {
		n += len(rows)
	}
	var (
		out  = make([]Endpoints, 0, n)
		u    Unioner
		same []Sketch // of one hour and cell
	)
	for len(lists) > 0 {
		first := lists[least(lists, compareEndpoints)][0]
		same = same[:0]
		for i := 0; i < len(lists); {
			if compareEndpoints(&lists[i][0], &first) != 0 {
				i++
				continue
			}
			same = append(same, lists[i][0].Sketch)
			if n := len(lists); len(behind(lists, i)) < n {
				lists = lists[:n-1]
			}
		}
		out = appendUnited(out, first.Hour, first.Cell, same, &u)
	}
	return out
}

// appendUnited appends the union of sketches of one cell: one row for each way of counting IPv6
// addresses, ascending.
func appendUnited(out []Endpoints, hour flow.Slot, cell Cell, sketches []Sketch, u *Unioner) []Endpoints {
	for len(sketches) > 0 {
		way := slices.MinFunc(sketches, func(a, b Sketch) int { return cmp.Compare(a.ipv6, b.ipv6) }).ipv6
		rest := sketches[:0]
		united, n := Sketch{}, 0
		for _, s := range sketches {
			switch {
			case s.ipv6 != way:
				rest = append(rest, s)
				continue
			case n == 0:
				united = s
			case n == 1:
				mustAdd(u, united)
				fallthrough
			default:
				mustAdd(u, s)
			}
			n++
		}
		if n > 1 {
			united = u.Sketch()
		}
		out = append(out, Endpoints{hour, cell, united})
		sketches = rest
	}
	return out
}

func mustAdd(u *Unioner, s Sketch) {
	if err := u.Add(s); err != nil {
		panic("BUG: one way of counting that is two: " + err.Error())
	}
}
