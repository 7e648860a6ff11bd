package console

import (
	"slices"
	"sync"
	"time"

	"tributary/internal/flow"
)

// How far back "now" and "lately" reach. Ten seconds is the promise that a flow is seen within; ten
// minutes spans two slots and the usual template refresh of a router.
const (
	beat    = 10 * time.Second // one point of an exporter's curve
	beats   = 60               // points kept: ten minutes
	minutes = 10               // minutes of detail kept for what is being refused lately

	// MaxExporters is how many exporters have rows of their own: those heard first. It bounds what
	// hostile senders inside an admitted prefix can make the process remember; later ones are summed
	// under the zero address.
	MaxExporters = 4096
)

// Live is the running account of what exporters send, for the status page and the metrics: totals
// since the process began, the last ten minutes, and what was lost in the last hour. It is safe for concurrent use.
type Live struct {
	names   *flow.Names
	nameOf  func(flow.Addr) string
	started time.Time
	workers int
	now     func() time.Time

	mu        sync.Mutex // guards the fields below
	exporters []*liveExporter
	byAddress map[flow.Addr]*liveExporter
	unknown   map[int][]UnknownSender // by worker
	strangers []UnknownSender         // merged of unknown, iff strangersKnown
	sockets   []Socket
	dropped   recent // datagrams, by the kernel

	strangersKnown bool
	store          StoreStatus
	problems       []problemOf

	journal                      JournalStatus
	journalDropped, unjournalled recent
	limits                       []LimitStatus
	reached                      map[string]*recent // by limit
	links                        Links
	crossed                      map[crossingKey]*crossing
}

type problemOf struct{ topic, sentence string }

type liveExporter struct {
	address  flow.Addr
	name     string
	region   uint16
	lastSeen time.Time
	total    flow.Health
	minute   [minutes]flow.Health // ring by minute; Slot holds the minute number, not a slot
	hour     healthSlots
	beat     [beats]beatCount // ring by beat
	domains  map[int]ExporterDomains
}

// beatCount is what one exporter did in ten seconds.
type beatCount struct {
	number                             int64 // Unix time / beat
	datagrams, records, flows, counted uint64
}

// LiveConfig is what a Live needs.
type LiveConfig struct {
	Names   *flow.Names            // of regions
	NameOf  func(flow.Addr) string // an exporter's name by configuration, or ""; nil: no names
	Started time.Time              // of the process
	Workers int                    // that read the sockets, each its own; 0 means 1
	Now     func() time.Time       // nil: time.Now
}

// NewLive returns an account in which nothing has arrived.
func NewLive(c LiveConfig) *Live {
	if c.NameOf == nil {
		c.NameOf = func(flow.Addr) string { return "" }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Live{
		names:     c.Names,
		nameOf:    c.NameOf,
		started:   c.Started,
		workers:   max(1, c.Workers),
		now:       c.Now,
		byAddress: map[flow.Addr]*liveExporter{},
		unknown:   map[int][]UnknownSender{},
		reached:   map[string]*recent{},
		crossed:   map[crossingKey]*crossing{},
	}
}

// Add adds what exporters did since the last call: rows taken from a worker's ledger. A worker calls
// it about once a second, with the wall clock. The rows stay the caller's.
func (l *Live) Add(now time.Time, rows []flow.Health) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		l.exporterLocked(&rows[i]).add(now, &rows[i])
	}
}

func (l *Live) exporterLocked(h *flow.Health) *liveExporter {
	address := h.Exporter
	if e := l.byAddress[address]; e != nil {
		return e
	}
	if len(l.exporters) >= MaxExporters {
		address = flow.Addr{}
		if e := l.byAddress[address]; e != nil {
			return e
		}
	}
	e := &liveExporter{address: address, region: h.Region}
	if !address.IsZero() {
		e.name = l.nameOf(address)
	}
	l.byAddress[address] = e
	l.exporters = append(l.exporters, e)
	return e
}

func (e *liveExporter) add(now time.Time, h *flow.Health) {
	e.region = h.Region
	if h.Datagrams > 0 && now.After(e.lastSeen) {
		e.lastSeen = now
	}
	e.total.Add(h)

	m := uint64(now.Unix()) / 60
	row := &e.minute[m%minutes]
	if row.Slot != flow.Slot(m) {
		*row = flow.Health{Slot: flow.Slot(m)}
	}
	row.Add(h)
	e.hour.add(flow.SlotAt(now), h)

	n := now.Unix() / int64(beat/time.Second)
	b := &e.beat[n%beats]
	if b.number != n {
		*b = beatCount{number: n}
	}
	b.datagrams += h.Datagrams
	b.records += h.Records
	for _, n := range h.Flows {
		b.flows += n
	}
	b.counted += h.Octets[flow.Counted]
}

// SetStore says how the store stands; called after each commit.
func (l *Live) SetStore(s StoreStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.store = s
}

// SetProblem keeps a sentence for as long as something is wrong with the process itself: the socket
// that could not be opened, the commit that failed. An empty sentence ends the topic's problem.
// While there is any, /healthz answers 503.
func (l *Live) SetProblem(topic, sentence string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.IndexFunc(l.problems, func(p problemOf) bool { return p.topic == topic })
	switch {
	case i >= 0 && sentence == "":
		l.problems = slices.Delete(l.problems, i, i+1)
	case i >= 0:
		l.problems[i].sentence = sentence
	case sentence != "":
		l.problems = append(l.problems, problemOf{topic, sentence})
	}
}

// Restore adds what was kept of the last hour, before anything arrives: what was lost in it, the rates
// seen, and when exporters were heard last. Counts since the process began stay as they are.
func (l *Live) Restore(rows []flow.Health) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := flow.SlotAt(l.now())
	for i := range rows {
		r := &rows[i]
		if r.Slot > now || r.Slot+HourSlots <= now {
			continue
		}
		e := l.exporterLocked(r)
		e.region = r.Region
		e.hour.add(now, r)
		for _, rate := range r.Rates {
			e.total.SawRate(rate)
		}
		if heard := min((r.Slot + 1).Time().UnixNano(), l.started.UnixNano()); r.Datagrams > 0 && heard > e.lastSeen.UnixNano() {
			e.lastSeen = time.Unix(0, heard)
		}
	}
}

// Status is how things stand at the given time, exporters in order of first sight.
func (l *Live) Status(now time.Time) Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := flow.SlotAt(now)
	s := Status{
		Now:       now.UTC(),
		Started:   l.started.UTC(),
		Workers:   l.workers,
		Listening: slices.Clone(l.sockets),
		Journal:   l.journalLocked(slot),
		Limits:    l.limitsLocked(slot),
		Links:     l.links, // replaced whole, never changed
		Exporters: make([]ExporterStatus, 0, len(l.exporters)),
		Store:     l.store,
		Problems:  []string{},
	}
	all, total := l.unknownLocked()
	s.Unknown, s.Strangers = append([]UnknownSender{}, all[:min(len(all), maxStatusUnknown)]...), total
	for _, p := range l.problems {
		s.Problems = append(s.Problems, p.sentence)
	}
	if l.journal.Problem != "" {
		s.Problems = append(s.Problems, l.journal.Problem)
	}
	s.Complete.KernelDrops = totalDropped(l.sockets)
	s.Complete.KernelDrops.Hour = l.dropped.hour(slot)
	for _, e := range l.exporters {
		s.Exporters = append(s.Exporters, e.status(now, l.started, l.names))
	}
	return s
}

func (e *liveExporter) status(now, started time.Time, names *flow.Names) ExporterStatus {
	s := ExporterStatus{
		Address:  e.address.String(),
		Name:     e.name,
		Region:   names.Regions.Value(uint32(e.region)),
		LastSeen: e.lastSeen.UTC(),
		Total:    countsOf(&e.total),
	}
	if e.address.IsZero() {
		s.Address, s.Name = "", "all further exporters"
	}

	var lately flow.Health
	for i := range e.minute {
		if uint64(e.minute[i].Slot)+minutes > uint64(now.Unix())/60 {
			lately.Add(&e.minute[i])
		}
	}
	s.Lately = countsOf(&lately)
	s.Loss = e.hour.lossAt(flow.SlotAt(now))
	s.Templates = e.templates()
	s.SamplingRates = e.total.Rates
	if s.SamplingRates == nil {
		s.SamplingRates = []uint32{}
	}
	e.curves(&s, now, started)
	return s
}

// curves fills the exporter's last ten minutes, oldest first, and its rates now: over the last two
// whole beats and the one that is open, so that what has just arrived is seen and one datagram does
// not make a spike.
func (e *liveExporter) curves(s *ExporterStatus, now, started time.Time) {
	const length = int64(beat / time.Second)
	last := now.Unix() / length
	s.Curve = make([]float64, beats)
	var sum beatCount
	for i := range e.beat {
		b := &e.beat[i]
		age := last - b.number
		if age < 0 || age >= beats {
			continue
		}
		s.Curve[beats-1-age] = float64(b.records) / float64(length)
		if age <= 2 {
			sum.datagrams += b.datagrams
			sum.records += b.records
			sum.flows += b.flows
			sum.counted += b.counted
		}
	}
	seconds := 2*float64(length) + now.Sub(time.Unix(last*length, 0)).Seconds()
	seconds = max(1, min(seconds, now.Sub(started).Seconds()))
	s.Now = Rates{
		Datagrams:   float64(sum.datagrams) / seconds,
		Records:     float64(sum.records) / seconds,
		Flows:       float64(sum.flows) / seconds,
		CountedBits: 8 * float64(sum.counted) / seconds,
	}
}
