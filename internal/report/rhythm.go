package report

func (m *maker) rhythmFigures() []Figure { return nil }
