package report

import (
	"slices"
)

// chapter is a run of figures under one heading.
type chapter struct {
	title   string
	figures []Figure
}

// figures are the report's pictures, in order, each with its chapter.
func (m *maker) figures() []Figure {
	var out []Figure
	for _, c := range [...]chapter{
		{"Volume and shares", slices.Concat(one(m.volume(), m.shares(), m.flow()), m.cloudFigures(), m.seasonFigures())},
		{"Regions", m.regionFigures()},
		{"Parties", slices.Concat(m.magnitudeFigures(), m.returningFigures(), m.networkFigures())},
		{"Places", m.placeFigures()},
		{"Rhythm", m.rhythmFigures()},
		{"Protocol", one(m.ipVersions())},
	} {
		for _, f := range c.figures {
			f.Chapter = c.title
			out = append(out, f)
		}
	}
	return out
}

func one(figures ...Figure) []Figure { return figures }
