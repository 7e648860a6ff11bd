package simulate

import (
	"math/rand/v2"

	"tributary/internal/flow"
)

// testNow is when the tests' devices export, in Unix milliseconds: a whole second.
const testNow = 1_760_000_000_000

// testRecords makes n records for a device exporting at testNow: both IP versions unless the
// protocol has none, counters of all sizes, start and end within the last ten minutes.
func testRecords(seed uint64, d *Device, n int) []Record {
	r := rand.New(rand.NewPCG(seed, 1))
	records := make([]Record, n)
	for i := range records {
		rec := &records[i]
		if d.Protocol != NetFlow5 && r.IntN(3) == 0 {
			rec.Src = flow.Addr{Hi: 0x3fff0000_00000000 | r.Uint64()>>20, Lo: r.Uint64()}
			rec.Dst = flow.Addr{Hi: 0x20010db8_00000000, Lo: r.Uint64()}
		} else {
			rec.Src = addr4(240<<24 | r.Uint32()>>8)
			rec.Dst = addr4(198<<24 | 18<<16 | r.Uint32()>>16)
		}
		rec.Packets = 1 + r.Uint64N(100_000)
		rec.Octets = rec.Packets * (64 + r.Uint64N(1400))
		if d.Protocol != NetFlow5 && r.IntN(10) == 0 {
			rec.Packets, rec.Octets = rec.Packets<<17, rec.Octets<<17 // needs more than 32 bits
		}
		if d.Protocol == SFlow {
			rec.Packets, rec.Octets = 1, 60+r.Uint64N(1441)
		}
		rec.End = testNow - r.Int64N(300)*1000
		rec.Start = rec.End - r.Int64N(300)*1000
		if d.Times != TimesSeconds && d.Times != TimesDelta {
			rec.End -= r.Int64N(1000)
			rec.Start -= 1000 + r.Int64N(1000)
		}
		rec.SrcPort, rec.DstPort = uint16(r.Uint32()), uint16(r.Uint32())
		rec.Proto, rec.Flags, rec.TOS = 6, 0x18, 0x20
		if r.IntN(4) == 0 {
			rec.Proto, rec.Flags = 17, 0
		}
		rec.InIf, rec.OutIf = 1+r.Uint32N(900), 1+r.Uint32N(900)
		rec.SrcAS, rec.DstAS = 1+r.Uint32N(60_000), 1+r.Uint32N(60_000)
		if r.IntN(2) == 0 {
			rec.Metering = flow.MeteredEgress
		} else {
			rec.Metering = flow.MeteredIngress
		}
		if len(d.Samplers) > 0 {
			rec.Sampler = d.Samplers[r.IntN(len(d.Samplers))].ID
		}
		if d.Biflow && r.IntN(2) == 0 {
			rec.ReversePackets = 1 + r.Uint64N(1000)
			rec.ReverseOctets = rec.ReversePackets * 100
		}
	}
	return records
}

func addr4(v uint32) flow.Addr { return flow.Addr{Lo: 0xffff<<32 | uint64(v)} }

// testDevices are devices of every kind the encoders know, by what is particular about them.
func testDevices() map[string]*Device {
	one, two := []Sampler{{1, 1000}}, []Sampler{{1, 1000}, {7, 64}}
	devices := map[string]*Device{
		"v5":                 {Protocol: NetFlow5, Samplers: one},
		"v5-no-rate":         {Protocol: NetFlow5},
		"v9":                 {Protocol: NetFlow9},
		"v9-samplers":        {Protocol: NetFlow9, Announce: AnnounceSampler, Samplers: two},
		"v9-domain":          {Protocol: NetFlow9, Announce: AnnounceDomain, Samplers: one, Metering: true},
		"v9-rate-in-record":  {Protocol: NetFlow9, Announce: AnnounceRecord, Samplers: two, NoAS: true},
		"ipfix":              {Protocol: IPFIX},
		"ipfix-samplers":     {Protocol: IPFIX, Announce: AnnounceSampler, Samplers: two},
		"ipfix-domain":       {Protocol: IPFIX, Announce: AnnounceDomain, Samplers: one, Metering: true},
		"ipfix-biflow":       {Protocol: IPFIX, Biflow: true},
		"ipfix-seconds":      {Protocol: IPFIX, Times: TimesSeconds},
		"ipfix-microseconds": {Protocol: IPFIX, Times: TimesMicroseconds},
		"ipfix-nanoseconds":  {Protocol: IPFIX, Times: TimesNanoseconds},
		"ipfix-uptime":       {Protocol: IPFIX, Times: TimesUptime},
		"ipfix-delta":        {Protocol: IPFIX, Times: TimesDelta},
		"ipfix-duration":     {Protocol: IPFIX, Times: TimesDuration},
		"sflow":              {Protocol: SFlow, Samplers: one},
		"sflow-no-as":        {Protocol: SFlow, Samplers: one, NoAS: true},
	}
	for _, d := range devices {
		d.Address, d.Port, d.Domain = addr4(192<<24|2<<8|1), 40000, 3
		d.Boot, d.Refresh = testNow-86_400_000, 60_000
	}
	return devices
}

// datagrams encodes all records of the device, a second apart from testNow.
func datagrams(d *Device, records []Record) []flow.Datagram {
	var out []flow.Datagram
	for now := int64(testNow); len(records) > 0; now += 1000 {
		payload, n := d.Append(nil, now, records)
		records = records[n:]
		out = append(out, flow.Datagram{Source: d.Address, Port: d.Port, Arrival: now, Payload: payload})
	}
	return out
}
