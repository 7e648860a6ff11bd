package decode

import (
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	"tributary/internal/flow"
)

// TestFlowTimes: every encoding of a flow's start and end.
func TestFlowTimes(t *testing.T) {
	f := func(name string, proto Protocol, times []field, record []byte, wantTime string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(proto, now).templates(256, append(append([]field{}, small...), times...)))
		line := smallFlow(1)
		if wantTime != "" {
			line += " time=" + wantTime
		}
		want(t, name, r.send(newWire(proto, now).set(256, cat(smallRecord(1), record))), line)
	}
	ntp := func(ms int64) []byte {
		return num(8, uint64(ms/1000+2_208_988_800)<<32|uint64(ms%1000)<<32/1000+1)
	}
	pair := func(start, end, length uint16) []field {
		return []field{{id: start, length: length}, {id: end, length: length}}
	}
	for _, proto := range []Protocol{NetFlow9, IPFIX} {
		f("seconds", proto, pair(150, 151, 4), words(now/1000-9, now/1000-1), "-9000..-1000")
		f("milliseconds", proto, pair(152, 153, 8), cat(num(8, now-9001), num(8, now-2)), "-9001..-2")
		f("microseconds", proto, pair(154, 155, 8), cat(ntp(now-9001), ntp(now-2)), "-9001..-2")
		f("nanoseconds", proto, pair(156, 157, 8), cat(ntp(now-9001), ntp(now-2)), "-9001..-2")
		f("microseconds, counted since 1970", proto, pair(154, 155, 8), cat(num(8, (now-9001)*1000), num(8, (now-2)*1000+999)), "-9001..-2")
		f("nanoseconds, counted since 1970", proto, pair(156, 157, 8), cat(num(8, (now-9001)*1e6), num(8, (now-2)*1e6)), "-9001..-2")
		f("microseconds before export", proto, pair(158, 159, 4), words(9_001_000, 2_000), "-9001..-2")
		f("start and duration", proto, []field{{id: 152, length: 8}, {id: 161, length: 4}}, cat(num(8, now-9001), words(4000)), "-9001..-5001")
		f("end and duration in µs", proto, []field{{id: 153, length: 8}, {id: 162, length: 4}}, cat(num(8, now-1), words(4_000_999)), "-4001..-1")
		f("both and a duration that says otherwise", proto, append(pair(152, 153, 8), field{id: 161, length: 4}), cat(num(8, now-9001), num(8, now-2), words(5)), "-9001..-2")
		f("only a duration", proto, []field{{id: 161, length: 4}}, words(4000), "")
		f("only a start", proto, []field{{id: 152, length: 8}}, num(8, now-9001), "-9001..-9001")
		f("only an end", proto, []field{{id: 151, length: 4}}, words(now/1000-3), "-3000..-3000")
		f("the finer of two", proto, append(pair(150, 151, 4), pair(152, 153, 8)...), cat(words(now/1000-9, now/1000-1), num(8, now-8001), num(8, now-2)), "-8001..-2")
		f("different encodings", proto, []field{{id: 150, length: 4}, {id: 153, length: 8}}, cat(words(now/1000-9), num(8, now-2)), "-9000..-2")
		f("no field", proto, nil, nil, "")
		f("start in 1970", proto, pair(152, 153, 8), cat(num(8, 0), num(8, now-2)), "-2..-2")
		f("huge", proto, pair(152, 153, 8), cat(num(8, math.MaxUint64), num(8, now-2)), "-2..-2")
		f("a second of reduced size", proto, pair(150, 151, 8), cat(num(8, now/1000-9), num(8, math.MaxUint64)), "-9000..-9000")
	}
	f("uptime", NetFlow9, pair(22, 21, 4), words(wireUptime-9001, wireUptime-2), "-9001..-2")
	f("uptime, end before start", NetFlow9, pair(22, 21, 4), words(wireUptime-2, wireUptime-9001), "")
	boot := field{id: 160, length: 8}
	f("uptime and time of boot", IPFIX, append(pair(22, 21, 4), boot), cat(words(10_000, 15_000), num(8, now-20_000)), "-10000..-5000")
	f("uptime that wrapped", IPFIX, append(pair(22, 21, 4), boot), cat(words(math.MaxUint32-999, 1000), num(8, now-1<<32-1000)), "-2000..0")
	f("uptime without time of boot", IPFIX, pair(22, 21, 4), words(10_000, 15_000), "")
	f("seconds before uptime without time of boot", IPFIX, append(pair(22, 21, 4), pair(150, 151, 4)...), words(10_000, 15_000, now/1000-9, now/1000-1), "-9000..-1000")
}

// TestTimeOfBootFromOptions: softflowd announces it in an options record.
func TestTimeOfBootFromOptions(t *testing.T) {
	w := func() *wire { return newWire(IPFIX, now) }
	r := newRig(t, Limits{})
	fields := append(append([]field{}, small...), field{id: 22, length: 4}, field{id: 21, length: 4})
	r.send(w().templates(256, fields).options(300, 1, []field{{id: 143, length: 4}, {id: 160, length: 8}}).set(300, cat(words(1), num(8, now-20_000))))
	want(t, "uptime", r.send(w().set(256, cat(smallRecord(1), words(10_000, 15_000)))), smallFlow(1)+" time=-10000..-5000")
	want(t, "another domain", r.send(w().domain(8).templates(256, fields).set(256, cat(smallRecord(1), words(10_000, 15_000)))), smallFlow(1))
}

// TestUsableTimes: bounds are inclusive; what lies beyond is replaced.
func TestUsableTimes(t *testing.T) {
	const day, lead = 24 * 3600 * 1000, 5 * 60 * 1000
	f := func(start, end int64, wantTime string, untimed uint64) {
		t.Helper()
		for _, extra := range [][]field{nil, {{id: 82, length: variable}}} { // the fast loop and the slow one
			r := newRig(t, Limits{})
			fields := append(append([]field{{id: 152, length: 8}, {id: 153, length: 8}}, small...), extra...)
			r.send(newWire(IPFIX, now).templates(256, fields))
			line := smallFlow(1)
			if wantTime != "" {
				line += " time=" + wantTime
			}
			record := cat(num(8, uint64(now+start)), num(8, uint64(now+end)), smallRecord(1), make([]byte, len(extra)))
			want(t, fmt.Sprint(start, "..", end), r.send(newWire(IPFIX, now).set(256, record)), line)
			if h := r.health(); h.Untimed != untimed {
				t.Errorf("%d..%d: untimed %d, want %d", start, end, h.Untimed, untimed)
			}
		}
	}
	f(-day, -1, "-86400000..-1", 0)
	f(-day-1, -1, "-1..-1", 0)
	f(-5, lead, "-5..300000", 0)
	f(-5, lead+1, "-5..-5", 0)
	f(lead, lead, "300000..300000", 0)
	f(-day-1, lead+1, "", 1)
	f(-5, -6, "", 1)
	f(-5, -5, "-5..-5", 0)
	f(0, 0, "", 0)
}

// TestSkew: an export time too far from arrival is replaced, and uptimes move with it; absolute
// times do not.
func TestSkew(t *testing.T) {
	f := func(name string, proto Protocol, export int64, times []field, record []byte, wantTime string, skewed uint64) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(proto, now).templates(256, append(append([]field{}, small...), times...)))
		line := smallFlow(1)
		if wantTime != "" {
			line += " time=" + wantTime
		}
		want(t, name, r.send(newWire(proto, export).set(256, cat(smallRecord(1), record))), line)
		if h := r.health(); h.Skewed != skewed {
			t.Errorf("%s: skewed %d, want %d", name, h.Skewed, skewed)
		}
	}
	const ten, year = 10 * 60 * 1000, 365 * 24 * 3600 * 1000
	uptimes := []field{{id: 22, length: 4}, {id: 21, length: 4}}
	up := words(wireUptime-9000, wireUptime-1000)
	f("ten minutes late", NetFlow9, now-ten, uptimes, up, "-609000..-601000", 0)
	f("a second more", NetFlow9, now-ten-1000, uptimes, up, "-9000..-1000", 1)
	f("a year ahead", NetFlow9, now+year, uptimes, up, "-9000..-1000", 1)
	f("a year ahead, deltas", IPFIX, now+year, []field{{id: 158, length: 4}, {id: 159, length: 4}}, words(9_000_000, 1_000_000), "-9000..-1000", 1)
	boot := []field{uptimes[0], uptimes[1], {id: 160, length: 8}}
	f("a year ahead, time of boot", IPFIX, now+year, boot, cat(words(11_000, 19_000), num(8, now+year-20_000)), "-9000..-1000", 1)
	absolute := []field{{id: 152, length: 8}, {id: 153, length: 8}}
	f("absolute times by another clock", IPFIX, now+year, absolute, cat(num(8, now+year-9000), num(8, now+year-1000)), "", 1)
	f("absolute times by a good clock", IPFIX, now+year, absolute, cat(num(8, now-9000), num(8, now-1000)), "-9000..-1000", 1)
}

// v5 makes a NetFlow v5 datagram of one record.
func v5(uptime uint32, export int64, first, last uint32) []byte {
	h := make([]byte, header5Len)
	binary.BigEndian.PutUint16(h, 5)
	binary.BigEndian.PutUint16(h[2:], 1)
	binary.BigEndian.PutUint32(h[4:], uptime)
	binary.BigEndian.PutUint32(h[8:], uint32(export/1000))
	binary.BigEndian.PutUint32(h[12:], uint32(export%1000*1_000_000))
	h[20], h[21] = 1, 2
	return cat(h, v4("198.51.100.1"), v4("203.0.113.9"), v4("192.0.2.254"), num(2, 3), num(2, 4), words(2, 300, first, last),
		num(2, 1234), num(2, 443), []byte{0, 0x10, 6, 0}, num(2, 64500), num(2, 64501), []byte{24, 24, 0, 0})
}

func TestNetFlow5(t *testing.T) {
	f := func(name string, b []byte, flows, refused string) flow.Health {
		t.Helper()
		r := newRig(t, Limits{})
		want(t, name, r.sendBytes(b), flows)
		h := r.health()
		if refusals(h) != refused {
			t.Errorf("%s: refused %q, want %q", name, refusals(h), refused)
		}
		return h
	}
	line := "198.51.100.1:1234>203.0.113.9:443 proto=6 octets=300 packets=2%s if=3>4 as=64500>64501"
	f("plain", v5(100_000, now, 91_000, 99_000), fmt.Sprintf(line, " time=-9000..-1000"), "")
	f("milliseconds of the header", v5(100_000, now-500, 91_000, 99_000), fmt.Sprintf(line, " time=-9500..-1500"), "")
	f("a flow across the wrap of the uptime", v5(1000, now, math.MaxUint32-999, 500), fmt.Sprintf(line, " time=-2000..-500"), "")
	f("a header across it", v5(math.MaxUint32, now, math.MaxUint32-9, 4), fmt.Sprintf(line, " time=-9..5"), "")
	f("octets after the last record", cat(v5(100_000, now, 91_000, 99_000), make([]byte, 100)), fmt.Sprintf(line, " time=-9000..-1000"), "")
	cut := v5(100_000, now, 91_000, 99_000)
	f("cut", cut[:len(cut)-1], "", "truncated=1")
	cut[3] = 31
	f("count that cannot be", cut, "", "truncated=1")
	garbage := v5(100_000, now, 91_000, 99_000)
	binary.BigEndian.PutUint32(garbage[12:], math.MaxUint32)
	f("nanoseconds that cannot be", garbage, fmt.Sprintf(line, " time=-8001..-1"), "")
	empty := v5(100_000, now, 91_000, 99_000)
	clear(empty[header5Len+16 : header5Len+24])
	f("neither octets nor packets", empty, "", "empty=1")
	if h := f("skewed", v5(100_000, now-time.Hour.Milliseconds(), 91_000, 99_000), fmt.Sprintf(line, " time=-9000..-1000"), ""); h.Skewed != 1 {
		t.Errorf("skewed %d, want 1", h.Skewed)
	}
}
