package stats

import "tributary/internal/flow"

// Secret is a number that publication hides. It is there for one purpose: that a report can look for
// it in all that it is about to show, and is not written if it finds it.
type Secret struct {
	Period  string
	Key     Key
	Measure string // as the dataset's columns are called
	Value   float64
}

// Secrets are the numbers of the suppressed cells of published sheets, by measure, on the published
// scale. Numbers that a cell that is shown has too are left out, since they are no secret. So are those
// that cells share by chance: counts below the sketches' estimates, and what is of one slot, a few
// sampled packets in a small cell (95th percentile and maximum). And so are a day's magnitude and
// addresses: its month shows the largest of its days', without saying whose it is.
func Secrets(sheets ...*Sheet) []Secret {
	shown := map[float64]bool{}
	var out []Secret
	for _, s := range sheets {
		for i := range s.Cells {
			if c := &s.Cells[i]; !c.Suppressed {
				for _, n := range c.Measures.telling() {
					shown[n.Value] = true
				}
			}
		}
	}
	for _, s := range sheets {
		for i := range s.sums {
			c := &s.Cells[i]
			if !c.Suppressed {
				continue
			}
			whole := c.Key
			whole.Type = AllTypes
			total := &s.sums[i]
			if j, ok := s.index[whole]; ok {
				total = &s.sums[j]
			}
			m := s.sums[i].measures(total, s.Period.Seconds())
			if s.Normalized {
				m.scale(s.reference)
			}
			if s.Period.Slots() <= flow.SlotsPerDay {
				m.Magnitude, m.Unique = Num{}, Num{}
			}
			for name, n := range m.telling() {
				if n.Known && n.Value != 0 && !shown[n.Value] {
					out = append(out, Secret{s.Period.Name, c.Key, tellingNames[name], n.Value})
				}
			}
		}
	}
	return out
}

var tellingNames = [...]string{"bits", "bps_avg", "magnitude", "unique_ips", "share"}

// telling are the measures that tell a cell from others, in the order of tellingNames.
func (m *Measures) telling() [len(tellingNames)]Num {
	unique := m.Unique
	if unique.Value <= 4096 { // exact: rollup's sketches hold so many addresses
		unique = Num{}
	}
	return [...]Num{m.Bits, m.BpsAvg, m.Magnitude, unique, m.Share}
}
