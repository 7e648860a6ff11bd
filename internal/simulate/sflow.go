package simulate

import (
	"encoding/binary"

	"tributary/internal/flow"
)

// sFlow v5 is sflow.org's "sFlow Version 5" of July 2004, all in XDR: four-octet words.
const (
	sflowFlowSample = 1    // format of a flow sample
	sflowRawHeader  = 1    // flow data: the packet's first octets
	sflowGateway    = 1003 // flow data: AS numbers
	sflowEthernet   = 1    // header_protocol of a raw header
	sflowHeaderMax  = 128  // octets of a packet that agents copy by default
	frameCheck      = 4    // octets of Ethernet's check sequence: in frame_length, and stripped
)

// sampleRoom bounds one flow sample: 8 + 32 of the sample, 24 + 128 of the raw header, 64 of the
// gateway record.
const sampleRoom = 8 + 32 + 24 + sflowHeaderMax + 64

// appendSFlow writes one datagram: a flow sample a record. The data source is the input interface.
func (d *Device) appendSFlow(dst []byte, now int64, records []Record) ([]byte, int) {
	agent := d.Agent
	if agent.IsZero() {
		agent = d.Address
	}
	base := len(dst)
	d.sequence++
	b := put32(dst, 5)
	b = appendXDRAddr(b, agent)
	b = put32(b, d.Domain)
	b = put32(b, d.sequence)
	b = put32(b, d.uptime(now+d.Skew))
	count := len(b)
	b = put32(b, 0) // samples, known at the end
	used := 0
	for used < len(records) && len(b)-base+sampleRoom <= d.room() {
		b = d.appendSample(b, &records[used])
		used++
	}
	binary.BigEndian.PutUint32(b[count:], uint32(used))
	return b, used
}

func (d *Device) appendSample(b []byte, r *Record) []byte {
	rate := uint32(0)
	if len(d.Samplers) > 0 {
		rate = d.Samplers[0].Rate
	}
	d.samples++
	d.pool += rate
	b, sample := openXDR(b, sflowFlowSample)
	b = put32(b, d.samples)
	b = put32(b, r.InIf&0xffffff) // source id: type 0, ifIndex
	b = put32(b, rate)
	b = put32(b, d.pool)
	b = put32(b, 0) // drops
	b = put32(b, r.InIf)
	b = put32(b, r.OutIf)
	if d.NoAS {
		b = put32(b, 1)
		b = appendRawHeader(b, r)
	} else {
		b = put32(b, 2)
		b = appendRawHeader(b, r)
		b = appendGateway(b, r)
	}
	return closeXDR(b, sample)
}

// appendRawHeader writes the first octets of an Ethernet frame with the record's packet.
func appendRawHeader(b []byte, r *Record) []byte {
	const ethernet = 14
	frame := ethernet + int(r.Octets)
	b, data := openXDR(b, sflowRawHeader)
	b = put32(b, sflowEthernet)
	b = put32(b, uint32(frame+frameCheck))
	b = put32(b, frameCheck)
	kept := min(sflowHeaderMax, frame)
	b = put32(b, uint32(kept))
	start, payload := len(b), int(r.Octets)-40        // after an IPv6 header
	b = append(b, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2) // locally administered addresses
	if r.Src.Is4() {
		b = put16(b, 0x0800)
		b = append(b, 0x45, r.TOS)
		b = put16(b, uint16(r.Octets))
		b = put32(b, 0x4000) // identification 0, do not fragment
		b = append(b, 60, r.Proto, 0, 0)
		payload = int(r.Octets) - 20
	} else {
		b = put16(b, 0x86dd)
		b = put32(b, 6<<28|uint32(r.TOS)<<20)
		b = put16(b, uint16(payload))
		b = append(b, r.Proto, 60)
	}
	b = putAddr(putAddr(b, r.Src), r.Dst)
	if ip := b[start+ethernet:]; r.Src.Is4() {
		binary.BigEndian.PutUint16(ip[10:], ^fold(sum(0, ip)))
	}
	b = put16(put16(b, r.SrcPort), r.DstPort)
	if r.Proto == 6 {
		b = put64(b, 0) // sequence and acknowledgement
		b = append(b, 0x50, r.Flags, 0xff, 0xff, 0, 0, 0, 0)
	} else {
		b = put16(b, uint16(payload))
		b = put16(b, 0)
	}
	for len(b)-start < kept {
		b = append(b, 0)
	}
	return closeXDR(b[:start+kept], data)
}

// appendGateway writes extended gateway data: the AS the packet came from, and the path to the AS
// it goes to, whose last element is that AS. An own destination (DstAS 0) has an empty path.
func appendGateway(b []byte, r *Record) []byte {
	b, data := openXDR(b, sflowGateway)
	b = put32(put32(b, 1), 0) // next hop: IPv4, 0.0.0.0
	b = put32(b, 0)           // own AS: not told
	b = put32(b, r.SrcAS)
	b = put32(b, r.SrcAS) // peer
	if r.DstAS == 0 {
		b = put32(b, 0)
	} else {
		b = put32(b, 1) // one segment
		b = put32(b, 2) // AS_SEQUENCE
		b = put32(b, 1)
		b = put32(b, r.DstAS)
	}
	b = put32(b, 0) // communities
	b = put32(b, 100)
	return closeXDR(b, data)
}

func appendXDRAddr(b []byte, a flow.Addr) []byte {
	if a.Is4() {
		return putAddr(put32(b, 1), a)
	}
	return putAddr(put32(b, 2), a)
}

// openXDR writes the format and a place for the length of a sample or a flow data record.
func openXDR(b []byte, format uint32) ([]byte, int) {
	return put32(put32(b, format), 0), len(b)
}

// closeXDR pads to a whole word and writes the length.
func closeXDR(b []byte, start int) []byte {
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	binary.BigEndian.PutUint32(b[start+4:], uint32(len(b)-start-8))
	return b
}
