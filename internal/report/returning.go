package report

func (m *maker) returningFigures() []Figure { return nil }
