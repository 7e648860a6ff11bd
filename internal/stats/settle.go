package stats

import "tributary/internal/flow"

// suppress marks what publication hides: months first, each by itself, then what is made of them.
func (l *loader) suppress(asked []flow.Period, pub publication) error {
	months := map[stretch]*Sheet{}
	for _, p := range asked {
		for _, m := range l.within(p) {
			at := stretchOf(m.period)
			if months[at] != nil {
				continue
			}
			s, err := l.have(m.period)
			if err != nil {
				return err
			}
			if err := pub.month(s); err != nil {
				return err
			}
			months[at] = s
		}
	}
	for _, p := range asked {
		s := l.sheets[stretchOf(p)]
		if months[stretchOf(p)] != nil {
			continue
		}
		if !wholeMonths(p) {
			if err := pub.day(s, months[stretchOf(flow.MonthOf(p.From))]); err != nil {
				return err
			}
			continue
		}
		var parts []*Sheet
		for _, m := range l.within(p) {
			parts = append(parts, months[stretchOf(m.period)])
		}
		pub.longer(s, parts)
	}
	return nil
}
