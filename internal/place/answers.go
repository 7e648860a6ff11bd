package place

import (
	"sync"
	"sync/atomic"

	"tributary/internal/flow"
)

// answer is what databases and catalogue say of a remote address, whatever the flow.
type answer struct {
	as    uint32 // by the database; 0 = not there
	place uint32 // in Names.Places
	rule  int32  // head of a chain in Tables.rules
}

// answers remembers what was said of every IPv4 /24, for all workers and for as long as the tables
// last: the first address of a /24 pays for the walk through the databases (some 300 ns), the others
// find the number of the answer at once. Nothing is ever forgotten, so neither many addresses nor a
// scan can spoil it; a cache of 32,768 addresses misses half the time where there are 180,000.
// 64 MiB of address space, of which only what traffic touches becomes memory.
type answers struct {
	by24 []uint32 // by the first 24 bits: unasked, split, or a number in list; atomic

	mu      sync.Mutex // guards the fields below
	numbers map[answer]uint32
	list    []answer // append-only: workers read what they were shown without the lock
}

// In place of the number of an answer.
const (
	unasked = iota
	split   // the addresses of the network have different answers
	firstAnswer
)

func newAnswers() *answers {
	return &answers{by24: make([]uint32, 1<<24), numbers: map[answer]uint32{}, list: make([]answer, firstAnswer)}
}

// number returns the number of an answer.
func (s *answers) number(a answer) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.numbers[a]
	if !ok {
		n = uint32(len(s.list))
		s.numbers[a] = n
		s.list = append(s.list, a)
	}
	return n
}

// shown returns all answers numbered so far.
func (s *answers) shown() []answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.list
}

// asker is a worker's way to the answers.
type asker struct {
	answers *answers
	known   []answer // what it was shown last

	// IPv6 addresses are remembered by their first 64 bits, those of split networks whole: direct-mapped,
	// by hash, a power of two each.
	by64  []by64
	whole []whole
}

type by64 struct {
	hi     uint64
	number uint32 // unasked, split, or of an answer
}

type whole struct {
	addr   flow.Addr
	number uint32 // unasked or of an answer
}

// remembered is how many networks of 64 bits, and how many whole addresses, a worker remembers:
// 2 MiB and 3 MiB. With a quarter of it 180,000 addresses of which 15 % are IPv6 push each other out:
// 286 ns a record through decode, place and roll-up instead of 250, make bench-peers.
const remembered = 1 << 17

func newAsker(s *answers, remembered int) asker {
	if s == nil {
		return asker{}
	}
	return asker{answers: s, by64: make([]by64, remembered), whole: make([]whole, remembered)}
}

// number returns the number of the answer for an address; unasked or split where it is not remembered.
// It is apart from answer so that the misses of many addresses' memory overlap instead of waiting for
// one another.
func (k *asker) number(a flow.Addr) uint32 {
	if a.Is4() {
		if n := atomic.LoadUint32(&k.answers.by24[uint32(a.Lo)>>8]); n != split {
			return n
		}
	} else if e := &k.by64[int(hash(a.Hi, 0))&(len(k.by64)-1)]; e.hi != a.Hi {
		return unasked
	} else if e.number != split {
		return e.number
	}
	if e := k.slot(a); e.addr == a {
		return e.number
	}
	return split
}

// slot is where a whole address is remembered.
func (k *asker) slot(a flow.Addr) *whole {
	return &k.whole[int(hash(a.Hi, a.Lo))&(len(k.whole)-1)]
}

// hash mixes two words by odd multipliers; its low half is well mixed.
func hash(hi, lo uint64) uint64 { return (hi*0x9e3779b97f4a7c15 ^ lo*0xd6e8feb86659fd93) >> 32 }

// keep remembers the answer of an address, which holds for all addresses that share its first bits
// bits, and returns its number.
func (k *asker) keep(a flow.Addr, said answer, bits int) uint32 {
	n := k.answers.number(said)
	switch {
	case a.Is4() && bits <= 24:
		atomic.StoreUint32(&k.answers.by24[uint32(a.Lo)>>8], n)
		return n
	case a.Is4():
		atomic.StoreUint32(&k.answers.by24[uint32(a.Lo)>>8], split)
	case bits <= 64:
		k.by64[int(hash(a.Hi, 0))&(len(k.by64)-1)] = by64{a.Hi, n}
		return n
	default:
		k.by64[int(hash(a.Hi, 0))&(len(k.by64)-1)] = by64{a.Hi, split}
	}
	*k.slot(a) = whole{a, n}
	return n
}

// answer is the one with this number. The pointer is valid until the next call.
func (k *asker) answer(number uint32) *answer {
	if int(number) >= len(k.known) {
		k.known = k.answers.shown()
	}
	return &k.known[number]
}
