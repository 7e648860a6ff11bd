package decode

// unit is what a stream's sequence numbers count.
type unit uint8

const (
	unitRecords        unit = iota // data records before the datagram, of options too
	unitData                       // the same without options records
	unitRecordsThrough             // data records up to the datagram's last
	unitDataThrough
	unitDatagrams
	numUnits
)

// unitsOf are the units that a protocol's exporters may count, the one of its document first.
func unitsOf(p Protocol) []unit {
	switch p {
	case SFlow5:
		return sflowUnits[:]
	case NetFlow5:
		return v5Units[:]
	case NetFlow9:
		return v9Units[:]
	}
	return ipfixUnits[:]
}

var (
	sflowUnits = [...]unit{unitDatagrams}
	v5Units    = [...]unit{unitRecords, unitRecordsThrough, unitDatagrams} // no options records
	v9Units    = [...]unit{unitDatagrams, unitRecords, unitData, unitRecordsThrough, unitDataThrough}
	ipfixUnits = [...]unit{unitRecords, unitData, unitRecordsThrough, unitDataThrough, unitDatagrams}
)

// heard is what of a datagram counts for its sequence.
type heard struct {
	seq, uptime   uint32
	records, data uint32 // data records, with and without those of options
	loose         bool   // there were more, of unknown number
	port          uint16
	drops         uint32
	arrival       int64
	protocol      Protocol
}

// span is the part of the stream, in a unit, that the datagram takes: [from, to) modulo 2³².
func (h *heard) span(u unit) (from, to uint32) {
	switch u {
	case unitRecords:
		return h.seq, h.seq + h.records
	case unitData:
		return h.seq, h.seq + h.data
	case unitRecordsThrough:
		return h.seq - h.records, h.seq
	case unitDataThrough:
		return h.seq - h.data, h.seq
	}
	return h.seq, h.seq + 1
}

// follows reports whether h follows g in a unit.
func (h *heard) follows(g *heard, u unit) bool {
	_, to := g.span(u)
	from, _ := h.span(u)
	return from == to && !h.uncertainAfter(g, u)
}

// uncertainAfter reports whether where g ended, or h begins, is not known in a unit.
func (h *heard) uncertainAfter(g *heard, u unit) bool {
	switch u {
	case unitRecords, unitData:
		return g.loose
	case unitRecordsThrough, unitDataThrough:
		return h.loose
	}
	return false
}

// fit says how well a unit explains a lane.
type fit struct {
	score uint8 // datagrams that followed each other in it; less a quarter for each that did only in another
	fails uint8 // how often that was
}

// worse orders units by how well they fit.
func (f fit) worse(o fit) bool {
	return f.score < o.score || f.score == o.score && f.fails > o.fails
}
