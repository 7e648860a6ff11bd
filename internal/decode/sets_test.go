package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// small is a template of 20 octets a record, and smallRecord its records: 198.51.100.n to
// 203.0.113.9, n packets of 100 octets.
var small = []field{{id: 8, length: 4}, {id: 12, length: 4}, {id: 1, length: 4}, {id: 2, length: 4}, {id: 7, length: 2}, {id: 11, length: 2}}

func smallRecord(n byte) []byte {
	return cat([]byte{198, 51, 100, n}, v4("203.0.113.9"), num(4, uint64(n)*100), num(4, uint64(n)), num(2, 1234), num(2, 443))
}

func smallFlow(n int) string {
	return fmt.Sprintf("198.51.100.%d:1234>203.0.113.9:443 octets=%d packets=%d", n, n*100, n)
}

// both runs a test for NetFlow v9 and IPFIX, which share sets and templates.
func both(t *testing.T, f func(t *testing.T, proto Protocol, w func() *wire)) {
	for _, proto := range []Protocol{NetFlow9, IPFIX} {
		t.Run(proto.String(), func(t *testing.T) { f(t, proto, func() *wire { return newWire(proto, now) }) })
	}
}

func TestTemplateThenData(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		r := newRig(t, Limits{})
		want(t, "template", r.send(w().templates(256, small)), "")
		want(t, "data", r.send(w().set(256, cat(smallRecord(1), smallRecord(2)))), smallFlow(1)+"\n"+smallFlow(2))
		h := r.health()
		if h.Datagrams != 2 || h.Records != 2 || h.Kept != 2 || h.RateUnknown != 2 || h.Untimed != 2 {
			t.Errorf("health = %+v", h)
		}
	})
}

func TestDataBeforeTemplate(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		// In an earlier datagram, and earlier in the same: read after the whole datagram.
		r := newRig(t, Limits{})
		want(t, "early data", r.send(w().set(256, smallRecord(1))), "")
		got := r.send(w().set(256, smallRecord(2)).templates(256, small).set(256, smallRecord(3)))
		want(t, "template", got, smallFlow(3)+"\n"+smallFlow(1)+"\n"+smallFlow(2))
		if h := r.health(); h.Held != 2 || h.Records != 3 || refusals(h) != "" {
			t.Errorf("held %d of %d records, refused %s", h.Held, h.Records, refusals(h))
		}

		// The header of the held datagram counts, not the template's: its uptime and export time.
		r = newRig(t, Limits{})
		timed := append([]field{{id: 152, length: 8}}, small...)
		early := cat(num(8, now-1000), smallRecord(1))
		want(t, "early data", r.send(w().set(256, early)), "")
		r.arrival = now + 50*60*1000
		later := newWire(proto, r.arrival).templates(256, timed)
		want(t, "template", r.send(later), smallFlow(1)+" time=-1000..-1000")

		// What never comes is refused: after an hour, or at the end.
		r = newRig(t, Limits{})
		r.send(w().set(256, smallRecord(1)))
		r.arrival += heldMillis + 1
		want(t, "an hour later", r.send(newWire(proto, r.arrival).set(256, smallRecord(2)).templates(300, small)), "")
		if h := r.health(); refusals(h) != "no_template=1" {
			t.Errorf("after an hour: %s", refusals(h))
		}
		want(t, "the end", r.flush(), "")
		if h := r.health(); refusals(h) != "no_template=1" || h.Records != 0 {
			t.Errorf("at the end: %s", refusals(h))
		}
	})
}

func TestHeldBounds(t *testing.T) {
	w := func() *wire { return newWire(IPFIX, now) }
	r := newRig(t, Limits{HeldOctets: 2 * (heldCost + 20)})
	for n := range byte(4) {
		r.send(w().set(256, smallRecord(n+1)))
	}
	want(t, "the newest two", r.send(w().templates(256, small)), smallFlow(3)+"\n"+smallFlow(4))
	if h := r.health(); refusals(h) != "no_template=2" {
		t.Errorf("sets: %s", refusals(h))
	}

	r = newRig(t, Limits{HeldOctets: 2*heldCost + 3*20})
	r.send(w().set(256, cat(smallRecord(1), smallRecord(2))))
	r.send(w().set(256, smallRecord(3)))
	r.send(w().set(256, bytes.Repeat(smallRecord(9), 60))) // more than there ever is room for
	want(t, "octets", r.send(w().templates(256, small)), smallFlow(1)+"\n"+smallFlow(2)+"\n"+smallFlow(3))
	if h := r.health(); refusals(h) != "held_limit=1" || h.Limits[flow.LimitHeldOctets] != 1 {
		t.Errorf("octets: %s", refusals(h))
	}
	if r.d.heldOctets != 0 || r.d.from != nil {
		t.Errorf("%d octets still held", r.d.heldOctets)
	}

	// Where all together hold too much, the one that holds most gives up.
	ledger := &flow.Ledger{}
	d := New(Config{Ledger: ledger, Limits: Limits{HeldTotal: heldCost + 20}})
	d.Append(nil, flow.Datagram{Source: addr("192.0.2.1"), Arrival: now, Payload: w().set(256, smallRecord(1)).bytes()})
	d.Append(nil, flow.Datagram{Source: addr("192.0.2.2"), Arrival: now, Payload: w().set(256, smallRecord(1)).bytes()})
	rows := ledger.Take()
	if refusals(rows[0]) != "no_template=1" || rows[0].Limits[flow.LimitHeldOctets] != 1 || refusals(rows[1]) != "" {
		t.Errorf("total: %s, %s", refusals(rows[0]), refusals(rows[1]))
	}
}

func TestTemplatesByExporterAndDomain(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		d := New(Config{Ledger: &flow.Ledger{}})
		send := func(source string, port uint16, w *wire) string {
			return text(d.Append(nil, flow.Datagram{Source: addr(source), Port: port, Arrival: now, Payload: w.bytes()}))
		}
		send("192.0.2.1", 1000, w().templates(256, small))
		want(t, "another port", send("192.0.2.1", 2000, w().set(256, smallRecord(1))), smallFlow(1))
		want(t, "another domain", send("192.0.2.1", 1000, w().domain(8).set(256, smallRecord(1))), "")
		want(t, "another exporter", send("192.0.2.2", 1000, w().set(256, smallRecord(1))), "")
		other := newWire(NetFlow9+IPFIX-proto, now)
		want(t, "the other protocol", send("192.0.2.1", 1000, other.set(256, smallRecord(1))), "")
	})
}

func TestRedefinition(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		r := newRig(t, Limits{})
		r.send(w().templates(256, small))
		swapped := []field{small[1], small[0], small[2], small[3], small[4], small[5]}
		got := r.send(w().set(256, smallRecord(1)).templates(256, swapped).set(256, smallRecord(1)))
		want(t, "redefined", got, smallFlow(1)+"\n203.0.113.9:1234>198.51.100.1:443 octets=100 packets=1")

		// One that cannot be read takes the old one with it: the data no longer is what that said.
		want(t, "bad", r.send(w().templates(256, []field{{id: 8, length: 0}}).set(256, smallRecord(1))), "")
		r.flush()
		if h := r.health(); refusals(h) != "template=1 no_template=1" {
			t.Errorf("refused %s", refusals(h))
		}
		// As data template, then as options template with the same octets, and back.
		r = newRig(t, Limits{})
		r.send(w().templates(256, small))
		r.send(w().options(256, 1, []field{{id: 1, length: 4}, {id: 34, length: 4}}))
		want(t, "now options", r.send(w().set(256, words(1, 77))), "")
		r.send(w().templates(256, small))
		want(t, "data again", r.send(w().set(256, smallRecord(1))), smallFlow(1)+" rate=77")
	})
}

func TestWithdrawal(t *testing.T) {
	w := func() *wire { return newWire(IPFIX, now) }
	withdraw := func(set, id uint16) *wire { return w().set(set, cat(num(2, uint64(id)), num(2, 0))) }
	r := newRig(t, Limits{})
	r.send(w().templates(256, small).templates(257, small).options(300, 1, []field{{id: 149, length: 4}, {id: 34, length: 4}}))
	r.send(withdraw(setTemplatesX, 256))
	want(t, "withdrawn", r.send(w().set(256, smallRecord(1)).set(257, smallRecord(2))), smallFlow(2))
	r.send(withdraw(setTemplatesX, setTemplatesX))
	want(t, "all withdrawn", r.send(w().set(257, smallRecord(3)).set(300, words(7, 5))), "")
	want(t, "options stay, early data is read", r.send(w().templates(257, small)), smallFlow(3)+" rate=5")
	r.send(withdraw(setOptionsX, setOptionsX))
	r.send(w().set(300, words(7, 6)))
	r.flush()
	if h := r.health(); refusals(h) != "no_template=2" || h.Options != 1 {
		t.Errorf("refused %s, %d options records", refusals(h), h.Options)
	}
	checkBounds(t, r.d)
}

func TestPadding(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		f := func(name string, w *wire, flows, refused string) {
			t.Helper()
			r := newRig(t, Limits{})
			want(t, name, r.send(w), flows)
			if got := refusals(r.health()); got != refused {
				t.Errorf("%s: refused %q, want %q", name, got, refused)
			}
		}
		tw := func() *wire { return w().templates(256, small) }
		one := smallFlow(1)
		f("padded set", tw().set(256, cat(smallRecord(1), []byte{0, 0, 0})), one, "")
		f("padded with non-zeros", tw().set(256, cat(smallRecord(1), []byte{1, 2, 3})), one, "")
		f("odd length, next set unaligned", tw().set(256, cat(smallRecord(1), []byte{0})).set(256, smallRecord(2)), one+"\n"+smallFlow(2), "")
		f("tail filled with zeros", tw().set(256, smallRecord(1)).raw(make([]byte, 900)...), one, "")
		f("tail of 3", tw().set(256, smallRecord(1)).raw(1, 2, 3), one, "")
		f("tail of garbage", tw().set(256, smallRecord(1)).raw(0, 0, 0, 2, 9), one, "set=1")
		f("empty set", tw().set(256, nil).set(256, smallRecord(1)), one, "")
		f("set longer than the datagram", tw().rawSet(256, 400, cat(smallRecord(1), []byte{1, 2})), one, "set=1")
		f("reserved set", tw().set(77, []byte{1, 2, 3, 4}).set(256, smallRecord(1)), one, "set=1")
		tset := uint16(setTemplates9)
		if proto == IPFIX {
			tset = setTemplatesX
		}
		padded := cat(num(2, 256), num(2, 6), w().specifiers(nil, small), make([]byte, 4))
		f("padded template set", w().set(tset, padded).set(256, smallRecord(1)), one, "")
		two := cat(num(2, 256), num(2, 6), w().specifiers(nil, small), num(2, 257), num(2, 6), w().specifiers(nil, small))
		f("two templates in a set", w().set(tset, two).set(257, smallRecord(1)), one, "")
		f("template set longer than the datagram", w().rawSet(tset, 400, two).set(257, smallRecord(1)), "", "set=1")
		f("template with an id below 256", w().templates(200, small), "", "template=1")
		f("fields beyond the set", w().set(tset, cat(num(2, 256), num(2, 60), w().specifiers(nil, small))), "", "template=1")
	})
}

// TestHeader9Count: softflowd states fewer records than there are; the datagram is read to its end.
func TestHeader9Count(t *testing.T) {
	for _, count := range []uint16{0, 1, 2, 60000} {
		r := newRig(t, Limits{})
		w := newWire(NetFlow9, now).templates(256, small).set(256, cat(smallRecord(1), smallRecord(2)))
		binary.BigEndian.PutUint16(w.b[2:], count)
		want(t, fmt.Sprint("count ", count), r.send(w), smallFlow(1)+"\n"+smallFlow(2))
	}
}

func TestMessageLengthX(t *testing.T) {
	f := func(name string, length int, flows, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		b := newWire(IPFIX, now).templates(256, small).set(256, smallRecord(1)).set(256, smallRecord(2)).bytes()
		binary.BigEndian.PutUint16(b[2:], uint16(length))
		want(t, name, r.sendBytes(b), flows)
		if got := refusals(r.health()); got != refused {
			t.Errorf("%s: refused %q, want %q", name, got, refused)
		}
	}
	whole := len(newWire(IPFIX, now).templates(256, small).set(256, smallRecord(1)).set(256, smallRecord(2)).bytes())
	all := smallFlow(1) + "\n" + smallFlow(2)
	f("right", whole, all, "")
	f("longer than the datagram", whole+50, all, "")
	f("without the last set", whole-24, smallFlow(1), "") // what follows the message is not of it
	f("cuts the last record", whole-2, smallFlow(1), "set=1")
	f("less than a header", 15, "", "set=1")
}

func TestFields(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		f := func(name string, fields []field, record []byte, flows string) {
			t.Helper()
			r := newRig(t, Limits{})
			r.send(w().templates(256, fields))
			want(t, name, r.send(w().set(256, record)), flows)
		}
		src, dst := v4("198.51.100.1"), v4("203.0.113.9")
		pair := []field{{id: 8, length: 4}, {id: 12, length: 4}}
		with := func(more ...field) []field { return append(append([]field{}, pair...), more...) }

		for n := uint16(1); n <= 8; n++ {
			f(fmt.Sprintf("octets in %d octets", n), with(field{id: 1, length: n}), cat(src, dst, num(int(n), 200)),
				"198.51.100.1:0>203.0.113.9:0 octets=200 packets=0")
		}
		f("zero-length fields", with(field{id: 150, length: 0}, field{id: 1, length: 4}, field{id: 7, length: 0}), cat(src, dst, num(4, 9)),
			"198.51.100.1:0>203.0.113.9:0 octets=9 packets=0")
		f("variable length, short form", with(field{id: 82, length: variable}, field{id: 1, length: 4}), cat(src, dst, []byte{3, 'a', 'b', 'c'}, num(4, 9)),
			"198.51.100.1:0>203.0.113.9:0 octets=9 packets=0")
		f("variable length, long form, of 0 and of 300", with(field{id: 82, length: variable}, field{id: 83, length: variable}, field{id: 1, length: 4}),
			cat(src, dst, []byte{255, 0, 0, 255, 1, 44}, make([]byte, 300), num(4, 9)), "198.51.100.1:0>203.0.113.9:0 octets=9 packets=0")
		f("a counter of variable length", with(field{id: 1, length: variable}, field{id: 2, length: variable}), cat(src, dst, []byte{3, 1, 0, 0, 0}),
			"198.51.100.1:0>203.0.113.9:0 octets=65536 packets=0")
		f("interfaces, AS numbers, protocol, metering", with(field{id: 1, length: 4}, field{id: 2, length: 8}, field{id: 10, length: 2}, field{id: 14, length: 4},
			field{id: 16, length: 2}, field{id: 17, length: 4}, field{id: 4, length: 1}, field{id: 61, length: 1}),
			cat(src, dst, num(4, 9), num(8, 3), num(2, 5), num(4, 70000), num(2, 64500), num(4, 4200000001), num(1, 17), num(1, 1)),
			"198.51.100.1:0>203.0.113.9:0 proto=17 octets=9 packets=3 if=5>70000 as=64500>4200000001 metering=2")
		f("physical interfaces, UDP ports", with(field{id: 1, length: 4}, field{id: 252, length: 4}, field{id: 253, length: 4}, field{id: 180, length: 2}, field{id: 181, length: 2}),
			cat(src, dst, num(4, 9), num(4, 1), num(4, 2), num(2, 53), num(2, 5353)), "198.51.100.1:53>203.0.113.9:5353 octets=9 packets=0 if=1>2")
		f("total counters", with(field{id: 85, length: 8}, field{id: 86, length: 8}), cat(src, dst, num(8, 9), num(8, 1)),
			"198.51.100.1:0>203.0.113.9:0 octets=9 packets=1")
		f("delta before total", with(field{id: 85, length: 8}, field{id: 1, length: 8}), cat(src, dst, num(8, 9), num(8, 4)),
			"198.51.100.1:0>203.0.113.9:0 octets=4 packets=0")
		f("OUT only", with(field{id: 23, length: 4}, field{id: 24, length: 4}), cat(src, dst, words(50, 2)),
			"198.51.100.1:0>203.0.113.9:0 octets=50 packets=2")
		f("IN before OUT, be it 0", with(field{id: 23, length: 4}, field{id: 1, length: 4}), cat(src, dst, words(50, 0)), "")
		f("post totals", with(field{id: 171, length: 4}, field{id: 172, length: 4}), cat(src, dst, words(50, 2)),
			"198.51.100.1:0>203.0.113.9:0 octets=50 packets=2")
		f("packets without octets", with(field{id: 2, length: 4}), cat(src, dst, words(2)), "198.51.100.1:0>203.0.113.9:0 octets=0 packets=2")
		f("IPv6, one party unspecified", []field{{id: 27, length: 16}, {id: 28, length: 16}, {id: 1, length: 4}}, cat(make([]byte, 16), v6("ff02::16"), words(7)),
			"::1:0>ff02::16:0 octets=7 packets=0")
	})
}

func TestEnterpriseFields(t *testing.T) {
	r := newRig(t, Limits{})
	fields := []field{{pen: 3054, id: 1, length: 4}, {pen: 3054, id: 8, length: variable}, {id: 8, length: 4}, {id: 12, length: 4}, {id: 1, length: 4}}
	r.send(newWire(IPFIX, now).templates(256, fields))
	got := r.send(newWire(IPFIX, now).set(256, cat(words(99), []byte{1, 5}, v4("198.51.100.1"), v4("203.0.113.9"), words(7))))
	want(t, "elements of another enterprise", got, "198.51.100.1:0>203.0.113.9:0 octets=7 packets=0")

	// In NetFlow v9 there are none: numbers from 32768 on are a vendor's, without more octets.
	r = newRig(t, Limits{})
	r.send(newWire(NetFlow9, now).templates(256, append([]field{{id: 40001, length: 2}}, small...)))
	want(t, "vendor's field", r.send(newWire(NetFlow9, now).set(256, cat(num(2, 1), smallRecord(3)))), smallFlow(3))
}

func TestRefusedRecords(t *testing.T) {
	f := func(name string, fields []field, record []byte, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(IPFIX, now).templates(256, fields))
		want(t, name, r.send(newWire(IPFIX, now).set(256, record)), "")
		h := r.health()
		if got := refusals(h); got != refused || h.Records != 1 {
			t.Errorf("%s: %d records, refused %q, want 1 and %q", name, h.Records, got, refused)
		}
	}
	src, dst := v4("198.51.100.1"), v4("203.0.113.9")
	f("an event", small, cat(src, dst, make([]byte, 12)), "empty=1")
	f("no counters", small[:2], cat(src, dst), "empty=1")
	f("no addresses", small[2:4], words(5, 1), "no_address=1")
	f("no destination", []field{small[0], small[2]}, cat(src, words(5)), "no_address=1")
	f("address of a wrong length", []field{{id: 8, length: 3}, small[1], small[2]}, cat(src[:3], dst, words(5)), "no_address=1")
	f("2^56 octets", []field{small[0], small[1], {id: 1, length: 8}}, cat(src, dst, num(8, 1<<56)), "implausible=1")
	f("2^56 packets", []field{small[0], small[1], {id: 1, length: 8}, {id: 2, length: 8}}, cat(src, dst, num(8, 1), num(8, 1<<56)), "implausible=1")
	f("2^56 octets sampled", []field{small[0], small[1], {id: 1, length: 8}, {id: 34, length: 4}}, cat(src, dst, num(8, 1<<46), words(1024)), "implausible=1")
}

func TestRefusedDatagrams(t *testing.T) {
	f := func(name string, b []byte, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		want(t, name, r.sendBytes(b), "")
		h := r.health()
		if got := refusals(h); got != refused || h.Datagrams != 1 {
			t.Errorf("%s: %d datagrams, refused %q, want %q", name, h.Datagrams, got, refused)
		}
	}
	f("nothing", nil, "truncated=1")
	f("three octets", []byte{0, 9, 0}, "truncated=1")
	f("version 7", []byte{0, 7, 0, 1}, "version=1")
	f("sFlow version 4", words(4, 1, 2, 3, 4, 5, 6, 7), "version=1")
	f("v9 header", newWire(NetFlow9, now).b[:19], "truncated=1")
	f("IPFIX header", newWire(IPFIX, now).b[:15], "truncated=1")
	f("sFlow header", newSFlow().bytes()[:27], "truncated=1")
	f("sFlow, unknown kind of agent", words(5, 3, 1, 1, 1, 1, 1, 1, 1), "truncated=1")
}

// TestDualFamilies: a record with fields for both families is of the one that is not zero; where
// both are not, it is a tunnel, and the inner IPv4 packet counts, with its own ports.
func TestDualFamilies(t *testing.T) {
	fields := []field{{id: 27, length: 16}, {id: 28, length: 16}, {id: 1, length: 4}, {id: 4, length: 1}, {id: 7, length: 2}, {id: 11, length: 2},
		{id: 8, length: 4}, {id: 12, length: 4}, {id: 7, length: 2}, {id: 11, length: 2}, {id: 4, length: 1}}
	none4, none6 := make([]byte, 4), make([]byte, 16)
	outer, inner := cat(words(500), []byte{4}, num(2, 1), num(2, 2)), cat(num(2, 3), num(2, 4), []byte{6})
	f := func(name string, a6, b6, a4, b4 []byte, flows string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(IPFIX, now).templates(256, fields))
		want(t, name, r.send(newWire(IPFIX, now).set(256, cat(a6, b6, outer, a4, b4, inner))), flows)
	}
	a6, b6, a4, b4 := v6("2001:db8::1"), v6("2001:db8::2"), v4("198.51.100.1"), v4("203.0.113.9")
	f("tunnel", a6, b6, a4, b4, "198.51.100.1:3>203.0.113.9:4 proto=6 octets=500 packets=0")
	f("IPv6 only", a6, b6, none4, none4, "2001:db8::1:1>2001:db8::2:2 proto=4 octets=500 packets=0")
	f("IPv4 only", none6, none6, a4, b4, "198.51.100.1:3>203.0.113.9:4 proto=6 octets=500 packets=0")
	f("IPv4 from 0.0.0.0", none6, none6, none4, b4, "0.0.0.0:3>203.0.113.9:4 proto=6 octets=500 packets=0")
	f("neither", none6, none6, none4, none4, "")

	// Two IPv6 tuples: the first, outer one.
	r := newRig(t, Limits{})
	r.send(newWire(IPFIX, now).templates(256, []field{{id: 27, length: 16}, {id: 28, length: 16}, {id: 7, length: 2}, {id: 1, length: 4}, {id: 27, length: 16}, {id: 28, length: 16}, {id: 7, length: 2}}))
	got := r.send(newWire(IPFIX, now).set(256, cat(a6, b6, num(2, 1), words(9), v6("2001:db8::3"), v6("2001:db8::4"), num(2, 8))))
	want(t, "two IPv6 tuples", got, "2001:db8::1:1>2001:db8::2:0 octets=9 packets=0")
}

// TestBiflow: reverse counters give a second flow the other way (RFC 5103).
func TestBiflow(t *testing.T) {
	rev := func(id, length uint16) field { return field{pen: penReverse, id: id, length: length} }
	fields := []field{{id: 8, length: 4}, {id: 12, length: 4}, {id: 7, length: 2}, {id: 11, length: 2}, {id: 10, length: 4}, {id: 14, length: 4}, {id: 16, length: 4}, {id: 17, length: 4},
		{id: 152, length: 8}, {id: 153, length: 8}, {id: 1, length: 4}, {id: 2, length: 4}, rev(1, 4), rev(2, 4), {id: 61, length: 1}}
	key := cat(v4("198.51.100.1"), v4("203.0.113.9"), num(2, 1234), num(2, 443), words(3, 4, 64500, 64501), num(8, now-5000), num(8, now-1000))
	f := func(name string, fields []field, record []byte, flows, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(IPFIX, now).templates(256, fields))
		want(t, name, r.send(newWire(IPFIX, now).set(256, record)), flows)
		if h := r.health(); refusals(h) != refused || h.Records != 1 {
			t.Errorf("%s: %d records, refused %q", name, h.Records, refusals(h))
		}
	}
	forward := "198.51.100.1:1234>203.0.113.9:443 octets=100 packets=2 time=-5000..-1000 if=3>4 as=64500>64501 metering=1"
	back := "203.0.113.9:443>198.51.100.1:1234 octets=900 packets=3 time=-5000..-1000 if=4>3 as=64501>64500 metering=1"
	f("both ways", fields, cat(key, words(100, 2, 900, 3), []byte{0}), forward+"\n"+back, "")
	f("back only", fields, cat(key, words(0, 0, 900, 3), []byte{0}), back, "")
	f("forward only", fields, cat(key, words(100, 2, 0, 0), []byte{0}), forward, "")
	f("neither", fields, cat(key, words(0, 0, 0, 0), []byte{0}), "", "empty=1")
	timed := append(append([]field{}, fields...), rev(152, 8), rev(153, 8), rev(61, 1))
	f("reverse times and metering", timed, cat(key, words(100, 2, 900, 3), []byte{0}, num(8, now-4000), num(8, now-3000), []byte{1}),
		forward+"\n"+strings.Replace(strings.Replace(back, "-5000..-1000", "-4000..-3000", 1), "metering=1", "metering=2", 1), "")
	totals := []field{{id: 8, length: 4}, {id: 12, length: 4}, {id: 85, length: 4}, rev(85, 4), {id: 86, length: 4}, rev(86, 4), {id: 293, length: variable}}
	f("total counters, as yaf sends", totals, cat(v4("198.51.100.1"), v4("203.0.113.9"), words(100, 900, 2, 3), []byte{2, 0, 0}),
		"198.51.100.1:0>203.0.113.9:0 octets=100 packets=2\n203.0.113.9:0>198.51.100.1:0 octets=900 packets=3", "")
}

// TestFirewall: initiator and responder octets are both directions, where there are no others.
func TestFirewall(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		pair := []field{{id: 8, length: 4}, {id: 12, length: 4}}
		f := func(name string, fields []field, counters []byte, flows string) {
			t.Helper()
			r := newRig(t, Limits{})
			r.send(w().templates(256, append(append([]field{}, pair...), fields...)))
			want(t, name, r.send(w().set(256, cat(v4("198.51.100.1"), v4("203.0.113.9"), counters))), flows)
			r.health()
		}
		sessions := []field{{id: 231, length: 4}, {id: 232, length: 4}, {id: 298, length: 4}, {id: 299, length: 4}}
		f("both", sessions, words(100, 900, 2, 3), "198.51.100.1:0>203.0.113.9:0 octets=100 packets=2\n203.0.113.9:0>198.51.100.1:0 octets=900 packets=3")
		f("without packets", sessions[:2], words(100, 900), "198.51.100.1:0>203.0.113.9:0 octets=100 packets=0\n203.0.113.9:0>198.51.100.1:0 octets=900 packets=0")
		f("answer only", sessions, words(0, 900, 0, 3), "203.0.113.9:0>198.51.100.1:0 octets=900 packets=3")
		f("beside octets", append([]field{{id: 1, length: 4}, {id: 2, length: 4}}, sessions...), words(50, 1, 100, 900, 2, 3), "198.51.100.1:0>203.0.113.9:0 octets=50 packets=1")
		f("beside OUT octets", append([]field{{id: 23, length: 4}}, sessions...), words(50, 100, 900, 2, 3),
			"198.51.100.1:0>203.0.113.9:0 octets=100 packets=2\n203.0.113.9:0>198.51.100.1:0 octets=900 packets=3")
	})
}

// TestSections: without counters, the sampled packet's IP length counts.
func TestSections(t *testing.T) {
	frame := cat(macs, []byte{8, 0}, ipv4TCP(1400))
	one := "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 if=3>0"
	f := func(name string, fields []field, record []byte, flows, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.send(newWire(IPFIX, now).templates(256, fields))
		want(t, name, r.send(newWire(IPFIX, now).set(256, record)), flows)
		if h := r.health(); refusals(h) != refused {
			t.Errorf("%s: refused %q, want %q", name, refusals(h), refused)
		}
	}
	in, size := field{id: 10, length: 4}, field{id: 312, length: 2}
	varied := func(b []byte) []byte { return cat([]byte{byte(len(b))}, b) }
	f("frame", []field{in, size, {id: 315, length: variable}}, cat(words(3), num(2, 1414), varied(frame)), one, "")
	f("frame of fixed length", []field{in, {id: 315, length: uint16(len(frame))}}, cat(words(3), frame), one, "")
	f("frame by Cisco's older number", []field{in, {id: 104, length: uint16(len(frame))}}, cat(words(3), frame), one, "")
	f("from the IP header", []field{in, {id: 313, length: 36}}, cat(words(3), ipv4TCP(1400)), one, "")
	zero := cat(macs, []byte{0x81, 0, 0, 5, 8, 0}, ipv4TCP(0))
	f("length 0 in the header", []field{in, size, {id: 315, length: variable}}, cat(words(3), num(2, 1418), varied(zero)), one, "")
	f("not IP", []field{in, {id: 315, length: variable}}, cat(words(3), varied(cat(macs, []byte{8, 6}, make([]byte, 40)))), "", "bad_header=1")
	f("cut before the addresses", []field{in, {id: 315, length: variable}}, cat(words(3), varied(frame[:30])), "", "bad_header=1")
	f("no packet", []field{in, {id: 315, length: variable}}, cat(words(3), []byte{0}), "", "empty=1")
	f("counters come first", []field{in, {id: 1, length: 4}, {id: 2, length: 4}, {id: 315, length: variable}}, cat(words(3, 77, 5), varied(frame)),
		"198.51.100.1:12345>203.0.113.9:443 proto=6 octets=77 packets=5 if=3>0", "")
	f("addresses of the record come first", []field{small[0], small[1], {id: 315, length: variable}}, cat(v4("192.0.2.7"), v4("192.0.2.8"), varied(frame)),
		"192.0.2.7:0>192.0.2.8:0 octets=1400 packets=1", "")
}
