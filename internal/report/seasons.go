package report

func (m *maker) seasonFigures() []Figure { return nil }
