package decode

// What never arrived is told by the sequence numbers of what did. Every domain of an exporter has
// its own: of NetFlow v5 an engine, of NetFlow v9 a source ID, of IPFIX an observation domain, of
// sFlow a sub-agent of an agent.
//
// By their documents NetFlow v9 (RFC 3954 section 5.1) and sFlow v5 number datagrams, NetFlow v5
// the flows sent before the datagram, IPFIX the data records, those of options included, sent before
// it (RFC 7011 section 3.1). Exporters differ: softflowd's IPFIX leaves options records out and
// counts the datagram's own records, some v9 exporters count records, some IPFIX exporters
// datagrams. So the unit of a stream is found out, from the first datagrams that follow each other
// without a gap; until then nothing is counted. Where none ever do, as when every eighth datagram
// comes, it is the protocol's own after a while, unless v9's numbers may as well count records.
//
// A datagram ahead of the one expected leaves a gap, which counts as lost; one that falls into a gap
// still remembered is late and takes its part of the loss back, once. One that is neither (sent
// twice, or later than is remembered) counts nothing. One too far ahead for the time that has passed,
// too far behind, or from before by the exporter's uptime, begins a new lane: the exporter restarted,
// nothing is lost. Old lanes are kept for a while, so that two processes that send from one address
// under one domain do not look like one that restarts with every datagram.
//
// Records in a set whose template is missing cannot be counted: the next datagram leaves no gap then.
// What is no sequence (a constant, random numbers) gives neither loss nor restarts.

const (
	maxLanes    = 4       // processes that send under one domain; two are seen, a restart needs one more
	maxGaps     = 16      // remembered: networks reorder within a few datagrams
	nearRecords = 1 << 17 // how far ahead or behind is near, whatever the time: 4,096 datagrams of 30 records
	nearPackets = 1 << 12
	maxPace     = 16 // times its mean pace a stream may have gone while we did not hear it
	maxStale    = 16 // datagrams behind, one after the other, until it is a restart
	maxUnsure   = 64 // datagrams with a gap before each, until the unit is taken to be the protocol's own
	minScore    = 3  // datagrams that must follow each other in a unit that is not the protocol's own
	maxScore    = 200
	maxReorder  = 10_000 // ms of uptime that a reordered datagram may be older than the newest
)

// gap is a part of the stream that is missing.
type gap struct {
	from, length uint32
	overrun      bool // our own receive buffer overflowed meanwhile
}

// lane is one sequence of a stream.
type lane struct {
	newest   heard // furthest on
	behind   heard // the last that came, iff it was late or stale
	isBehind bool
	best     unit // of fits: the one in which most datagrams followed each other
	fits     [numUnits]fit
	settled  bool // newest.drops is of the socket at hand: not before the first datagram after Restore
	stale    uint8
	unsure   uint8 // datagrams with a gap before them while no unit is known
	turn     uint8 // of gaps, the one to be forgotten next
	gaps     [maxGaps]gap
	began    int64 // arrival of its first datagram
	advanced uint64
}

// stream is the sequence of a domain.
type stream struct {
	lanes   []lane
	current int // the one last used
}

// relation is what a datagram is to a lane.
type relation uint8

const (
	unrelated relation = iota
	ahead              // the next one, or one further on
	late               // fills a gap
	stale              // sent twice, or too late
)

// track books what the sequence number of the datagram at hand says. It reports whether the datagram
// is known to be no newer than another one that was heard.
func (d *Decoder) track(h *heard) (old bool) {
	s := &d.domain.stream
	if i := s.follow(h); i >= 0 {
		s.current = i
		l := &s.lanes[i]
		// Once the unit is beyond doubt nothing is learnt from what confirms it: 77 -> 58 ns a
		// sample, BenchmarkSFlow5.
		if l.fits[l.best].score < maxScore || l.isBehind || !h.follows(&l.newest, l.best) {
			l.learn(h)
		}
		l.advance(h)
		return false
	}
	// Lanes of the same port first. A datagram of another port may be further on, because some
	// exporters change ports; one behind that fills no gap is another process's.
	anew := len(s.lanes) > 0 && s.lanes[s.current].known(s.lanes[s.current].best)
	for _, same := range [...]bool{true, false} {
		for n := range s.lanes {
			i := (s.current + n) % len(s.lanes)
			l := &s.lanes[i]
			if (l.newest.port == h.port) != same {
				continue
			}
			r, distance := l.relate(h)
			if r == stale && !same {
				anew = false
				continue
			}
			if r == unrelated || r == stale && l.isRestart(h) {
				continue
			}
			s.current = i
			l.learn(h)
			d.book(l, h, r, distance)
			if r == ahead {
				return false
			}
			l.behind, l.isBehind = *h, true
			return l.known(l.best)
		}
	}
	if anew {
		d.health.Restarts++
	}
	s.begin(h)
	return false
}

// follow finds the lane in which h is the next datagram; -1 without.
func (s *stream) follow(h *heard) int {
	if len(s.lanes) == 0 {
		return -1
	}
	if l := &s.lanes[s.current]; l.newest.port == h.port && l.known(l.best) && h.follows(&l.newest, l.best) {
		return s.current
	}
	found := -1
	for n := range s.lanes {
		i := s.current + n
		if i >= len(s.lanes) {
			i -= len(s.lanes)
		}
		l := &s.lanes[i]
		if !l.expects(h) {
			continue
		}
		if l.newest.port == h.port {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	return found
}

// begin makes h the first of a new lane, which takes the place of the one longest unused if there
// are too many.
func (s *stream) begin(h *heard) {
	l := lane{newest: *h, best: unitsOf(h.protocol)[0], settled: true, began: h.arrival}
	if len(s.lanes) < maxLanes {
		s.lanes = append(s.lanes, l)
		s.current = len(s.lanes) - 1
		return
	}
	oldest := 0
	for i := range s.lanes {
		if s.lanes[i].newest.arrival < s.lanes[oldest].newest.arrival {
			oldest = i
		}
	}
	if oldest == s.current { // all at once
		oldest = (oldest + 1) % len(s.lanes)
	}
	s.lanes[oldest], s.current = l, oldest
}

// choose finds the best unit, of equals the protocol's own.
func (l *lane) choose() {
	units := unitsOf(l.newest.protocol)
	l.best = units[0]
	for _, u := range units[1:] {
		if l.fits[l.best].worse(l.fits[u]) {
			l.best = u
		}
	}
}

// last is the last datagram of the lane that came.
func (l *lane) last() *heard {
	if l.isBehind {
		return &l.behind
	}
	return &l.newest
}

// known reports whether u, the lane's unit, is certain enough to count by.
func (l *lane) known(u unit) bool {
	if u == unitsOf(l.newest.protocol)[0] {
		return l.fits[u].score > 0
	}
	return l.fits[u].score >= minScore
}

// expects reports whether h is the next datagram: in the lane's unit or one that fitted as often so
// far (options records may be counted or not: that shows when one comes), or in any while none is known.
func (l *lane) expects(h *heard) bool {
	best := l.best
	known := l.known(best)
	for _, u := range unitsOf(h.protocol) {
		if (!known || l.fits[u] == l.fits[best]) && h.follows(&l.newest, u) {
			return true
		}
	}
	return false
}

// learn scores the units by whether h follows the one before it: those in which it does gain one, the
// others lose a quarter. Where it does in none something is missing, and nothing is learnt.
func (l *lane) learn(h *heard) {
	units, last := unitsOf(h.protocol), l.last()
	var follows [numUnits]bool
	some := false
	for _, u := range units {
		follows[u] = h.follows(last, u)
		some = some || follows[u]
	}
	if !some {
		l.guess(h, last)
		return
	}
	for _, u := range units {
		switch {
		case follows[u]:
			l.fits[u].score = min(l.fits[u].score+1, maxScore)
		case !h.uncertainAfter(last, u):
			l.fits[u].score -= (l.fits[u].score + 3) / 4
			l.fits[u].fails = max(l.fits[u].fails, l.fits[u].fails+1) // stays at 255
		}
	}
	l.choose()
}

// guess takes the protocol's own unit once there was a gap before every datagram for long enough. Of
// NetFlow v9 only those tell that cannot be counted in records: nearer than the last one's records.
func (l *lane) guess(h, last *heard) {
	step := h.seq - last.seq
	if step == 0 || step > nearRecords || h.protocol == NetFlow9 && step >= last.data {
		return
	}
	for _, f := range l.fits {
		if f.score > 0 {
			return
		}
	}
	if l.unsure++; l.unsure >= maxUnsure {
		l.fits[unitsOf(h.protocol)[0]].score = 1
		l.choose()
	}
}

// advance makes h the newest.
func (l *lane) advance(h *heard) {
	_, before := l.newest.span(l.best)
	_, after := h.span(l.best)
	l.advanced += uint64(max(0, int32(after-before)))
	l.newest, l.isBehind, l.stale, l.settled = *h, false, 0, true
}

// relate says what h, which does not follow, is to the lane, and how far ahead or behind it is.
func (l *lane) relate(h *heard) (relation, uint32) {
	if h.protocol != IPFIX && int32(h.uptime-l.newest.uptime) < -maxReorder {
		return unrelated, 0
	}
	u := l.best
	from, _ := h.span(u)
	_, end := l.newest.span(u)
	distance := int32(from - end)
	switch {
	case distance > 0 && l.isBehind && l.behind.seq != l.newest.seq && h.follows(&l.behind, u):
		return unrelated, 0 // what looked stale was the first of a new sequence
	case distance >= 0 && uint64(distance) <= l.reach(h, u):
		return ahead, uint32(distance)
	case distance >= 0:
		return unrelated, 0
	case l.gapOf(from) >= 0:
		return late, 0
	case uint32(-distance) <= near(u):
		return stale, 0
	}
	return unrelated, 0
}

func near(u unit) uint32 {
	if u == unitDatagrams {
		return nearPackets
	}
	return nearRecords
}

// reach is how far ahead h may plausibly be: near, or what the lane's mean pace makes of the time
// since its newest datagram.
func (l *lane) reach(h *heard, u unit) uint64 {
	elapsed := float64(max(0, h.arrival-l.newest.arrival))
	lasted := float64(max(1000, l.newest.arrival-l.began))
	return uint64(near(u)) + uint64(min(maxPace*elapsed*float64(l.advanced)/lasted, 1<<32))
}

// isRestart counts the datagrams behind, one after the other: a stream that began anew not far
// before where it was looks like many of them. A number that stays the same is no sequence.
func (l *lane) isRestart(h *heard) bool {
	if h.seq == l.newest.seq {
		return false
	}
	l.stale++
	return l.stale >= maxStale
}

// book books a datagram that does not follow the lane's newest.
func (d *Decoder) book(l *lane, h *heard, r relation, distance uint32) {
	u := l.best
	lost := &d.health.LostRecords
	if u == unitDatagrams {
		lost = &d.health.LostDatagrams
	}
	switch r {
	case ahead:
		if distance > 0 && l.known(u) && !h.uncertainAfter(&l.newest, u) {
			_, end := l.newest.span(u)
			g := gap{end, distance, l.settled && l.newest.drops != h.drops}
			l.remember(g)
			*lost += uint64(distance)
			if g.overrun {
				d.health.Overrun += uint64(distance)
			}
		}
		l.advance(h)
	case late:
		from, to := h.span(u)
		n, overrun := l.fill(from, to)
		if n == 0 {
			return
		}
		// What was booked in a row that is closed by now stays: no measure of a row goes below 0.
		d.health.Late++
		*lost -= min(*lost, uint64(n))
		if overrun {
			d.health.Overrun -= min(d.health.Overrun, uint64(n))
		}
	}
}

// remember keeps a gap, in place of one that was filled or of the oldest.
func (l *lane) remember(g gap) {
	i := 0
	for i < maxGaps && l.gaps[i].length != 0 {
		i++
	}
	if i == maxGaps {
		i = int(l.turn)
		l.turn = (l.turn + 1) % maxGaps
	}
	l.gaps[i] = g
}

// gapOf is the gap that a number lies in; -1 without.
func (l *lane) gapOf(n uint32) int {
	for i := range l.gaps {
		if n-l.gaps[i].from < l.gaps[i].length {
			return i
		}
	}
	return -1
}

// fill takes [from, to) out of the gap that from lies in, and returns how much of it that was.
func (l *lane) fill(from, to uint32) (n uint32, overrun bool) {
	g := &l.gaps[l.gapOf(from)]
	n, overrun = min(to-from, g.from+g.length-from), g.overrun
	if n == 0 {
		return 0, overrun
	}
	rest := gap{from + n, g.from + g.length - from - n, overrun}
	g.length = from - g.from
	if g.length == 0 {
		*g = rest
	} else if rest.length != 0 {
		l.remember(rest)
	}
	return n, overrun
}
