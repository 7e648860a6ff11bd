package report

func (m *maker) cloudFigures() []Figure { return nil }
