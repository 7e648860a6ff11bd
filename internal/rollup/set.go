package rollup

import "slices"

// set is the growing form of a Sketch inside a tally: distinct hashes, in memory of an arena. Most
// cells see a handful of addresses, and a burst may open a million cells, so the empty set is eight
// bytes and a set of up to four addresses 32 more. The zero value is empty.
type set struct {
	at    uint32 // of the arena's memory; valid iff class > 0
	n     uint16 // hashes held
	class uint8  // log2 of the words of memory; 0 = none yet
}

const (
	firstClass  = 2  // 4 words
	linearClass = 4  // up to 16 words are a plain list, searched from its start
	topClass    = 13 // 8,192 words: room for SketchSize + 1 and as much again before a purge
)

// room is how many hashes fit: a list is filled, a hash table to three quarters.
func (s *set) room() int {
	words := 1 << s.class
	if s.class <= linearClass {
		return words
	}
	return words / 4 * 3
}

// add adds h, not 0.
func (s *set) add(h uint64, a *arena) {
	if s.class == 0 {
		s.at, s.class = a.take(firstClass), firstClass
	}
	words := a.words(s.at, s.class)
	if s.class > linearClass {
		if s.class < topClass || h <= a.limit(s.at) {
			s.insert(h, a)
		}
		return
	}
	if slices.Contains(words[:s.n], h) {
		return
	}
	if int(s.n) == len(words) {
		s.grow(a)
		if words = a.words(s.at, s.class); s.class > linearClass {
			s.insert(h, a)
			return
		}
	}
	words[s.n] = h
	s.n++
}

// insert adds h to a set that is a hash table.
func (s *set) insert(h uint64, a *arena) {
	if !probe(a.words(s.at, s.class), h) {
		return
	}
	if s.n++; int(s.n) < s.room() {
		return
	}
	if s.class < topClass {
		s.grow(a)
	} else {
		s.purge(a)
	}
}

// probe puts h into a table with free places (0), unless it is there.
func probe(words []uint64, h uint64) bool {
	mask := uint64(len(words) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch words[i] {
		case 0:
			words[i] = h
			return true
		case h:
			return false
		}
	}
}

// grow moves the set to memory of the next class.
func (s *set) grow(a *arena) {
	at := a.take(s.class + 1)
	from, to := a.words(s.at, s.class), a.words(at, s.class+1)
	if s.class+1 <= linearClass {
		copy(to, from)
	} else {
		for _, x := range from {
			if x != 0 {
				probe(to, x)
			}
		}
	}
	a.give(s.at, s.class)
	s.at, s.class = at, s.class+1
}

// purge drops all but the SketchSize + 1 smallest hashes of a full set. The largest kept is the
// limit from then on: what lies above it cannot be part of the sketch.
func (s *set) purge(a *arena) {
	words := a.words(s.at, s.class)
	kept := slices.DeleteFunc(append(a.scratch[:0], words...), func(x uint64) bool { return x == 0 })
	a.scratch = kept[:0]
	slices.Sort(kept)
	kept = kept[:SketchSize+1]
	clear(words)
	for _, x := range kept {
		probe(words, x)
	}
	s.n = uint16(len(kept))
	a.setLimit(s.at, kept[SketchSize])
}

// appendTo appends the hashes to dst, in no order.
func (s *set) appendTo(dst []uint64, a *arena) []uint64 {
	if s.class == 0 {
		return dst
	}
	words := a.words(s.at, s.class)
	if s.class <= linearClass {
		return append(dst, words[:s.n]...)
	}
	for _, x := range words {
		if x != 0 {
			dst = append(dst, x)
		}
	}
	return dst
}

// arena is the memory of sets: blocks of words, cut into pieces of powers of two, so that sets grow
// without the allocator and the garbage collector sees one slice for thousands of sets.
type arena struct {
	blocks  [][]uint64
	next    uint32                 // first word never cut
	free    [topClass + 1][]uint32 // pieces given back, by class
	scratch []uint64
}

const (
	blockBits = 17 // 1 MB
	blockMask = 1<<blockBits - 1
)

// pieceWords is the size of a piece; those of the top class have one word more, the limit.
func pieceWords(class uint8) uint32 {
	if class == topClass {
		return 1<<topClass + 1
	}
	return 1 << class
}

// take returns a piece of zeros.
func (a *arena) take(class uint8) uint32 {
	if free := a.free[class]; len(free) > 0 {
		at := free[len(free)-1]
		a.free[class] = free[:len(free)-1]
		clear(a.words(at, class))
		if class == topClass {
			a.setLimit(at, ^uint64(0))
		}
		return at
	}
	size := pieceWords(class)
	if a.next&blockMask+size > 1<<blockBits || int(a.next>>blockBits) == len(a.blocks) {
		a.next = (a.next + blockMask) &^ blockMask
		if int(a.next>>blockBits) == len(a.blocks) {
			a.blocks = append(a.blocks, make([]uint64, 1<<blockBits))
		}
	}
	at := a.next
	a.next += size
	clear(a.words(at, class))
	if class == topClass {
		a.setLimit(at, ^uint64(0))
	}
	return at
}

func (a *arena) give(at uint32, class uint8) { a.free[class] = append(a.free[class], at) }

// words is a piece's memory, without the limit.
func (a *arena) words(at uint32, class uint8) []uint64 {
	from := at & blockMask
	return a.blocks[at>>blockBits][from : from+1<<class]
}

func (a *arena) limit(at uint32) uint64 {
	return a.blocks[at>>blockBits][at&blockMask+1<<topClass]
}

func (a *arena) setLimit(at uint32, v uint64) {
	a.blocks[at>>blockBits][at&blockMask+1<<topClass] = v
}

// reset takes all pieces back.
func (a *arena) reset() {
	a.next = 0
	for i := range a.free {
		a.free[i] = a.free[i][:0]
	}
}
