// Package simulate plays a fleet of routers: it writes the export datagrams (NetFlow v5 and v9,
// IPFIX, sFlow v5) that routers would send of an invented traffic, deterministically.
//
// The encoders here and package decode know nothing of each other: each is written from the
// protocol's document, so that each is the other's test. What the fleet carries is told in story.go;
// who stands in it, in fleet.go.
package simulate

import (
	"encoding/binary"

	"tributary/internal/flow"
)

// Record is what an exporter has metered and is about to say: one NetFlow or IPFIX data record, or
// one sampled packet of sFlow. All counters are as exported, before any multiplication by a rate.
type Record struct {
	Src, Dst         flow.Addr // of one IP version
	Octets           uint64    // IP layer; below 2^32 in NetFlow v5; of sFlow the sampled packet's IP length
	Packets          uint64    // below 2^32 in NetFlow v5; 1 in sFlow
	Start, End       int64     // Unix milliseconds by a right clock; sFlow has no place for them
	SrcPort, DstPort uint16
	Proto            uint8 // IP protocol number
	Flags            uint8 // TCP
	TOS              uint8
	Metering         flow.Metering // written where the device states it
	Sampler          uint32        // the sampler the record names, where the device names samplers
	InIf, OutIf      uint32        // ifIndex; below 65,536 in NetFlow v5
	SrcAS, DstAS     uint32        // above 65,535 written as AS_TRANS 23456 by NetFlow v5

	// The other way of the same conversation, where the device exports biflows (RFC 5103).
	ReverseOctets, ReversePackets uint64
}

// Protocol is an export protocol.
type Protocol uint8

// The protocols, as far as the fleet speaks them.
const (
	NetFlow5 Protocol = iota
	NetFlow9
	IPFIX
	SFlow
)

func (p Protocol) String() string {
	return [...]string{"netflow5", "netflow9", "ipfix", "sflow5"}[p]
}

// CollectorPort is the port at which collectors of the protocol customarily listen.
func (p Protocol) CollectorPort() uint16 {
	return [...]uint16{2055, 2055, 4739, 6343}[p]
}

// PortOf is the customary collector's port of what a datagram of the fleet is.
func PortOf(payload []byte) uint16 {
	switch binary.BigEndian.Uint16(payload) {
	case 10:
		return IPFIX.CollectorPort()
	case 0: // sFlow's version has four octets
		return SFlow.CollectorPort()
	}
	return NetFlow9.CollectorPort()
}

// asTrans stands for an AS number that does not fit in two octets (RFC 6793 section 2).
const asTrans = 23456
