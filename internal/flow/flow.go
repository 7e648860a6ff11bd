// Package flow holds the words every other package speaks: addresses, datagrams, flows, slots,
// periods and names. It has no behaviour beyond them and imports nothing but the standard library.
package flow

// Datagram is one UDP payload from an exporter.
type Datagram struct {
	Source  Addr   // the sender; the exporter, unless sFlow names an agent that is listed too
	Port    uint16 // the sender's port; never part of an exporter's identity
	Arrival int64  // Unix milliseconds; of a capture, the capture's timestamp
	Drops   uint32 // datagrams that the worker's sockets had dropped before this one (SO_RXQ_OVFL), modulo 2^32; of a capture 0
	Payload []byte // the reader's until its next read: copy what must stay
}

// Exporter is what is known of an admitted sender of datagrams.
type Exporter struct {
	ID              uint32 // dense, from 0, in order of first sight; stable while the process lives
	Address         Addr
	Name            string // by configuration; else empty
	Region          uint16 // in Names.Regions
	Sampling        uint32 // the operator's override of the sampling rate; 0 = none
	SamplingDefault uint32 // for an exporter that announces no rate; 0 = none
}

// Direction says which way a flow crossed the border of the own networks.
type Direction uint8

// The directions, as seen from the own networks.
const (
	Ingress Direction = 0 // remote → own
	Egress  Direction = 1 // own → remote
	Both    Direction = 2 // the total of the two; only in answers, never in a flow
)

func (d Direction) String() string { return [...]string{"ingress", "egress", "both"}[d] }

// Metering is where on the exporter a flow was metered: flowDirection, IE 61 (RFC 5102).
type Metering uint8

// What a record may say of it.
const (
	MeteringUnstated Metering = iota // the record has no IE 61
	MeteredIngress                   // IE 61 = 0
	MeteredEgress                    // IE 61 = 1
)

// Verdict is what became of a decoded flow. Every flow has exactly one.
type Verdict uint8

// The verdicts.
const (
	Counted      Verdict = iota // into the statistics
	Internal                    // both sides own
	Transit                     // neither side own
	InternalLink                // crossed a link of kind internal: counts at the border
	OtherMeter                  // the exporter meters both directions; this is the other one's record
	UnlistedLink                // unlisted_links: ignore, and the link is not listed
	NumVerdicts
)

func (v Verdict) String() string {
	return [...]string{"counted", "internal", "transit", "internal_link", "other_meter", "unlisted_link"}[v]
}

// Flow is what a record says of one direction, and, once placed, whose traffic it is.
// It has no pointers: a batch of flows is one block of memory the collector never scans.
type Flow struct {
	// From the record.
	Src, Dst         Addr
	Octets           uint64 // as exported (IP layer), before sampling; below 2^56 / max(1, Rate)
	Packets          uint64 // as exported; 0 = unknown
	Start, End       int64  // Unix milliseconds, Start ≤ End; usable by design section 2, or replaced
	Rate             uint32 // sampling rate; 0 = none known: counts once and is marked
	SrcAS, DstAS     uint32 // 0 = not stated
	InIf, OutIf      uint32 // ifIndex, or 0
	SrcPort, DstPort uint16
	Proto            uint8 // IP protocol number
	Metering         Metering
	Exporter         uint32 // Exporter.ID

	// From placing; valid iff Verdict is Counted.
	Verdict   Verdict
	Direction Direction
	Version   uint8  // 4 or 6, of the remote address
	Region    uint16 // in Names.Regions
	Link      uint16 // in Names.Links; 0 = the unlisted link ""
	Prefix    uint32 // in Names.Prefixes; 0 = in no named prefix
	AS        uint32 // remote AS number by the configured sources; 0 = unknown
	Place     uint32 // in Names.Places; 0 = nowhere known
	Remote    Addr
}

// Scale is what octets and packets are multiplied by: the rate, or 1 where none is known.
func (f *Flow) Scale() uint64 { return uint64(max(1, f.Rate)) }
