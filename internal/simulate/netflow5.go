package simulate

import "encoding/binary"

// NetFlow v5 as Cisco's "NetFlow Export Datagram Format" draws it:
//
//	header  version count sysUptime unix_secs unix_nsecs flow_sequence engine_type engine_id sampling
//	          2       2      4         4         4           4            1          1        2
//	record  srcaddr dstaddr nexthop input output dPkts dOctets first last srcport dstport
//	          4       4       4       2     2      4      4      4    4     2       2
//	        pad1 tcp_flags prot tos src_as dst_as src_mask dst_mask pad2
//	          1      1      1    1    2      2       1        1      2
const v5MaxRecords = 30 // 24 + 30×48 = 1,464 octets: the format's own limit

// appendV5 writes one datagram. flow_sequence is the number of flows sent before it.
func (d *Device) appendV5(dst []byte, now int64, records []Record) ([]byte, int) {
	n := min(len(records), v5MaxRecords)
	clock := now + d.Skew
	b := put16(dst, 5)
	b = put16(b, uint16(n))
	b = put32(b, d.uptime(clock))
	b = put32(b, uint32(clock/1000))
	b = put32(b, uint32(clock%1000*1_000_000))
	b = put32(b, d.sequence)
	b = append(b, 0, byte(d.Domain))
	var sampling uint16
	if len(d.Samplers) > 0 {
		sampling = 1<<14 | uint16(d.Samplers[0].Rate)&0x3fff // mode 1: packet interval sampling
	}
	b = put16(b, sampling)
	for i := range n {
		b = d.appendV5Record(b, &records[i])
	}
	d.sequence += uint32(n)
	return b, n
}

func (d *Device) appendV5Record(b []byte, r *Record) []byte {
	b = put32(b, uint32(r.Src.Lo))
	b = put32(b, uint32(r.Dst.Lo))
	b = put32(b, 0) // next hop: not known
	b = put16(b, uint16(r.InIf))
	b = put16(b, uint16(r.OutIf))
	b = put32(b, uint32(r.Packets))
	b = put32(b, uint32(r.Octets))
	b = put32(b, d.uptime(r.Start+d.Skew))
	b = put32(b, d.uptime(r.End+d.Skew))
	b = put16(b, r.SrcPort)
	b = put16(b, r.DstPort)
	b = append(b, 0, r.Flags, r.Proto, r.TOS)
	b = binary.BigEndian.AppendUint16(b, d.as16(r.SrcAS))
	b = binary.BigEndian.AppendUint16(b, d.as16(r.DstAS))
	return append(b, 0, 0, 0, 0) // masks not known; padding
}

// as16 is an AS number in two octets.
func (d *Device) as16(as uint32) uint16 {
	switch {
	case d.NoAS:
		return 0
	case as > 0xffff:
		return asTrans
	}
	return uint16(as)
}
