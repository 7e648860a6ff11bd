package report

import (
	"fmt"

	"tributary/internal/figure"
	"tributary/internal/flow"
)

// Silence is for how long exporters were not heard. Every exporter is expected in all slots of the
// period since the store began that lie in months in which it was heard in its region.
type Silence struct {
	Empty     int       // slots of them in which no exporter was heard
	Exporters int       // that were silent in at least one slot
	Longest   int       // slots of the longest run in which one exporter was not heard
	Since     flow.Slot // where that run begins: the earliest of equal ones
	Region    string    // in which
}

// silences are those of each region by number, and of all together.
func (m *maker) silences() (byRegion map[uint16]*Silence, all Silence) {
	type who struct {
		region   uint16
		exporter flow.Addr
	}
	heard := map[who][]flow.Slot{} // ascending: health is sorted by slot
	var order []who
	slots := map[uint16][]bool{} // heard at all, by region and slot of the period
	p := m.sinceBegin(m.Now.Period)
	anyone := make([]bool, p.Slots())
	byRegion = map[uint16]*Silence{}
	for i := range m.Health {
		h := &m.Health[i]
		if h.Datagrams == 0 || h.Slot < p.From || h.Slot >= p.To {
			continue
		}
		w := who{h.Region, h.Exporter}
		if _, ok := heard[w]; !ok {
			order = append(order, w)
		}
		if slots[h.Region] == nil {
			slots[h.Region] = make([]bool, p.Slots())
			byRegion[h.Region] = &Silence{Region: m.RegionName(h.Region)}
		}
		heard[w] = append(heard[w], h.Slot)
		slots[h.Region][h.Slot-p.From], anyone[h.Slot-p.From] = true, true
	}
	for _, w := range order {
		one := silence(p, heard[w])
		one.Region = byRegion[w.region].Region
		byRegion[w.region].add(&one)
		all.add(&one)
	}
	for region, s := range byRegion {
		s.Empty = countFalse(slots[region])
	}
	all.Empty = countFalse(anyone)
	return byRegion, all
}

// silence is that of one exporter, heard in these slots of a period, ascending.
func silence(p flow.Period, heard []flow.Slot) Silence {
	var s Silence
	expected := p.From // the next slot in which it should be heard
	run := func(to flow.Slot) {
		if n := int(to - expected); n > s.Longest {
			s.Longest, s.Since, s.Exporters = n, expected, 1
		}
	}
	for i, slot := range heard {
		// A month in which it was not heard at all is none in which it is expected.
		if month := slot.Month(); i == 0 || heard[i-1].NextMonth() < month {
			if i > 0 {
				run(min(heard[i-1].NextMonth(), p.To))
			}
			expected = max(month, p.From)
		}
		run(slot)
		expected = slot + 1
	}
	if n := len(heard); n > 0 {
		run(min(heard[n-1].NextMonth(), p.To))
	}
	return s
}

// add adds an exporter's silence to a region's.
func (s *Silence) add(one *Silence) {
	s.Exporters += one.Exporters
	if one.Longest > s.Longest || one.Longest == s.Longest && one.Longest > 0 && one.Since < s.Since {
		s.Longest, s.Since, s.Region = one.Longest, one.Since, one.Region
	}
}

func countFalse(list []bool) int {
	n := 0
	for _, b := range list {
		if !b {
			n++
		}
	}
	return n
}

// silenceText says in words who was not heard, and for how long.
func (m *maker) silenceText(all *RegionCoverage) string {
	s, slots := &all.Silence, m.sinceBegin(m.Now.Period).Slots()
	switch {
	case all.Exporters == 0:
		return "No exporter was heard in the period: what it has came with flows that began in it and were exported later."
	case s.Exporters == 0 && all.Exporters == 1:
		return "The exporter was heard in every five-minute slot."
	case s.Exporters == 0:
		return "Every exporter was heard in every five-minute slot."
	}
	text := fmt.Sprintf("%s %s silent for at least one slot; the longest silence is %s", capital(countOf(s.Exporters, all.Exporters, "exporter")),
		wasWere(s.Exporters), durationText(s.Longest))
	if len(m.Now.Regions()) > 1 {
		text += " in " + s.Region
	}
	text += fmt.Sprintf(", from %s UTC. ", s.Since.Time().Format("2 January 2006, 15:04"))
	if s.Empty == 0 {
		return text + "In every slot at least one exporter was heard."
	}
	return text + fmt.Sprintf("In %s of the %s slots (%s) no exporter was heard at all.", grouped(uint64(s.Empty)), grouped(uint64(slots)),
		figure.Percent.Format(float64(s.Empty)/float64(slots)))
}

func wasWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// durationText is so many slots in words: "25 minutes", "3.5 hours", "7 days".
func durationText(slots int) string {
	const hour, day = flow.SlotsPerDay / 24, flow.SlotsPerDay
	one := func(x float64, word string) string {
		text := figure.Count.Digits(x, 2)
		if text != "1" {
			word += "s"
		}
		return text + nbsp + word
	}
	switch {
	case slots < hour:
		return plural(slots*flow.SlotSeconds/60, "minute")
	case slots < 2*day:
		return one(float64(slots)/hour, "hour")
	}
	return one(float64(slots)/day, "day")
}
