package report

func (m *maker) placeFigures() []Figure { return nil }
