package report

func (m *maker) networkFigures() []Figure { return nil }
