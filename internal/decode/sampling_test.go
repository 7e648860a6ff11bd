package decode

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// rated is smallFlow(1) at a rate.
func rated(rate string) string {
	if rate == "0" {
		return smallFlow(1)
	}
	return smallFlow(1) + " rate=" + rate
}

// TestRates: every element that announces a rate, and which comes first.
func TestRates(t *testing.T) {
	f := func(name string, fields []field, record []byte, rate string) {
		t.Helper()
		r := newRig(t, Limits{}) // in the record itself
		w := func() *wire { return newWire(IPFIX, now) }
		got := r.send(w().templates(256, append(append([]field{}, small...), fields...)).set(256, cat(smallRecord(1), record)))
		want(t, name+", in the record", got, rated(rate))

		r = newRig(t, Limits{}) // for the domain
		r.send(w().templates(256, small).options(300, 1, append([]field{{id: 149, length: 4}}, fields...)).set(300, cat(words(7), record)))
		want(t, name+", for the domain", r.send(w().set(256, smallRecord(1))), rated(rate))

		r = newRig(t, Limits{}) // of a sampler
		r.send(w().templates(256, append(append([]field{}, small...), field{id: 302, length: 8})).options(300, 1, append([]field{{id: 302, length: 8}}, fields...)).set(300, cat(num(8, 9), record)))
		want(t, name+", of a sampler", r.send(w().set(256, cat(smallRecord(1), num(8, 9)))), rated(rate))
	}
	i34, i50 := field{id: 34, length: 4}, field{id: 50, length: 4}
	i305, i306 := field{id: 305, length: 4}, field{id: 306, length: 4}
	i309, i310 := field{id: 309, length: 4}, field{id: 310, length: 4}
	f("34", []field{i34}, words(100), "100")
	f("34 of two octets", []field{{id: 34, length: 2}}, num(2, 100), "100")
	f("34 of 0", []field{i34}, words(0), "0")
	f("50", []field{i50}, words(100), "100")
	f("34 before 50", []field{i50, i34}, words(200, 100), "100")
	f("50 where 34 is 0", []field{i50, i34}, words(200, 0), "200")
	f("305 alone", []field{i305}, words(256), "256")
	f("305 and 306", []field{i305, i306}, words(1, 999), "1000")
	f("305 and 306 of 0", []field{i305, i306}, words(1, 0), "1")
	f("two of 305", []field{i305, i306}, words(2, 999), "501") // 500.5 to the nearest
	f("305 of 0", []field{i305, i306}, words(0, 999), "0")
	f("34 before 305", []field{i305, i306, i34}, words(1, 999, 100), "100")
	f("309 and 310", []field{i309, i310}, words(1, 256), "256")
	f("310/309 to the nearest", []field{i309, i310}, words(3, 1000), "333")
	f("309 of 0", []field{i309, i310}, words(0, 256), "0")
	f("310/309 before all", []field{i305, i34, i50, i309, i310}, words(1, 2, 3, 4, 4096), "1024")
	f("311", []field{{id: 311, length: 8}}, num(8, math.Float64bits(0.001)), "1000")
	f("311 of four octets", []field{{id: 311, length: 4}}, words(math.Float32bits(0.25)), "4")
	f("311 of 0", []field{{id: 311, length: 8}}, num(8, 0), "0")
	f("311 that is no probability", []field{{id: 311, length: 8}}, num(8, math.Float64bits(7)), "0")
	f("311 that is no number", []field{{id: 311, length: 8}}, num(8, math.Float64bits(math.NaN())), "0")
	f("311 too small", []field{{id: 311, length: 8}}, num(8, math.Float64bits(1e-12)), "0")
	f("more than a rate can be", []field{{id: 34, length: 8}}, num(8, 1<<32), "0")
	f("the largest", []field{{id: 34, length: 4}}, words(math.MaxUint32), "4294967295")
}

var sampled = append(append([]field{}, small...), field{id: 48, length: 2})

func sampledRecord(id uint64) []byte { return cat(smallRecord(1), num(2, id)) }

// samplerTable is the options template and records by which Cisco's routers announce samplers in v9.
func samplerTable(w *wire, pairs ...uint32) *wire {
	w.options(300, 1, []field{{id: 1, length: 4}, {id: 48, length: 2}, {id: 49, length: 1}, {id: 50, length: 4}, {id: 84, length: 8}})
	var body []byte
	for i := 0; i < len(pairs); i += 2 {
		body = cat(body, words(0xc0000201), num(2, uint64(pairs[i])), []byte{2}, words(pairs[i+1]), []byte("sampler\x00"))
	}
	return w.set(300, body)
}

func TestSamplers(t *testing.T) {
	w := func() *wire { return newWire(NetFlow9, now) }
	r := newRig(t, Limits{})
	r.send(w().templates(256, sampled).templates(257, small))
	r.send(samplerTable(w(), 1, 1000))
	want(t, "named", r.send(w().set(256, sampledRecord(1))), rated("1000"))
	want(t, "the only sampler", r.send(w().set(257, smallRecord(1))), rated("1000"))
	want(t, "sampler 0 is none", r.send(w().set(256, sampledRecord(0))), rated("1000"))
	r.send(samplerTable(w(), 1, 1000, 2, 4000))
	want(t, "one of several", r.send(w().set(256, cat(sampledRecord(2), sampledRecord(1), sampledRecord(2)))), rated("4000")+"\n"+rated("1000")+"\n"+rated("4000"))
	want(t, "with several samplers it has none", r.send(w().set(257, smallRecord(1))), rated("0"))
	r.send(samplerTable(w(), 1, 2000))
	want(t, "announced anew", r.send(w().set(256, sampledRecord(1))), rated("2000"))
	want(t, "another domain has its own", r.send(samplerTable(w().domain(8).templates(256, sampled), 1, 50).set(256, sampledRecord(1))), rated("50"))
	h := r.health()
	if got := h.Rates; len(got) != 5 || got[0] != 0 || got[4] != 4000 {
		t.Errorf("rates seen = %v, want 0 50 1000 2000 4000", got)
	}

	r.exporter.Sampling = 7
	want(t, "the operator's word", r.send(w().set(256, cat(sampledRecord(2), sampledRecord(99)))), rated("7")+"\n"+rated("7"))
	r.exporter.Sampling, r.exporter.SamplingDefault = 0, 30
	want(t, "the operator's default", r.send(w().set(257, smallRecord(1))), rated("30"))
	want(t, "and its place", r.send(w().set(256, sampledRecord(2))), rated("4000"))
}

// TestScopedRates: rates announced without a sampler.
func TestScopedRates(t *testing.T) {
	f := func(name string, proto Protocol, scope []field, values []byte, rate string) {
		t.Helper()
		r := newRig(t, Limits{})
		w := func() *wire { return newWire(proto, now) }
		r.send(w().templates(256, small).templates(257, small))
		r.send(w().options(300, len(scope), append(append([]field{}, scope...), field{id: 34, length: 4})).set(300, values))
		want(t, name, r.send(w().set(256, smallRecord(1))), rated(rate))
	}
	one := func(id uint16) []field { return []field{{id: id, length: 4}} }
	f("v9, system", NetFlow9, one(1), words(1, 100), "100")
	f("v9, cache", NetFlow9, one(4), words(1, 100), "100")
	f("v9, no scope", NetFlow9, nil, words(100), "100")
	f("v9, the only interface", NetFlow9, one(2), words(5, 100), "100")
	f("v9, two interfaces", NetFlow9, one(2), words(5, 100, 6, 200), "0")
	f("v9, two interfaces at one rate", NetFlow9, one(2), words(5, 100, 6, 100), "0")
	f("v9, two line cards", NetFlow9, one(3), words(5, 100, 6, 200), "0")
	f("v9, templates", NetFlow9, one(5), words(256, 100, 257, 200), "100")
	f("IPFIX, domain", IPFIX, one(149), words(7, 100), "100")
	f("IPFIX, another domain", IPFIX, one(149), words(8, 100), "0")
	f("IPFIX, metering process", IPFIX, one(143), words(1, 100), "100")
	f("IPFIX, templates", IPFIX, []field{{id: 149, length: 4}, {id: 145, length: 2}}, cat(words(7), num(2, 257), words(200), words(7), num(2, 256), words(100)), "100")
	f("IPFIX, two interfaces", IPFIX, one(10), words(5, 100, 6, 200), "0")

	// Announced in one domain for another.
	r := newRig(t, Limits{})
	w := func() *wire { return newWire(IPFIX, now) }
	r.send(w().domain(0).options(300, 1, []field{{id: 149, length: 4}, {id: 34, length: 4}}).set(300, words(7, 100)))
	want(t, "by another domain", r.send(w().templates(256, small).set(256, smallRecord(1))), rated("100"))

	// A sampler comes before the domain's rate, several samplers do not.
	r = newRig(t, Limits{})
	r.send(w().templates(256, small).options(300, 1, []field{{id: 149, length: 4}, {id: 34, length: 4}}).set(300, words(7, 100)))
	r.send(w().options(301, 1, []field{{id: 302, length: 4}, {id: 34, length: 4}}).set(301, words(1, 50)))
	want(t, "only sampler and domain", r.send(w().set(256, smallRecord(1))), rated("50"))
	r.send(w().set(301, words(2, 60)))
	want(t, "two samplers and domain", r.send(w().set(256, smallRecord(1))), rated("100"))

	// The exporter's only sampler, of another domain; a domain with samplers of its own has its own.
	r = newRig(t, Limits{})
	r.send(w().domain(1).options(301, 1, []field{{id: 302, length: 4}, {id: 34, length: 4}}).set(301, words(1, 50)))
	want(t, "only sampler of the exporter", r.send(w().templates(256, small).set(256, smallRecord(1))), rated("50"))
	r.send(w().domain(2).options(301, 1, []field{{id: 302, length: 4}, {id: 34, length: 4}}).set(301, words(1, 60)))
	want(t, "one of two", r.send(w().set(256, smallRecord(1))), rated("0"))
}

// TestSamplerComesLate: records that name a sampler wait for it; nothing is dropped where it never
// comes.
func TestSamplerComesLate(t *testing.T) {
	both(t, func(t *testing.T, proto Protocol, w func() *wire) {
		table := func(w *wire, rate uint32) *wire {
			return w.options(300, 1, []field{{id: 302, length: 4}, {id: 34, length: 4}}).set(300, words(0, 0)).options(301, 0, []field{{id: 48, length: 4}, {id: 34, length: 4}}).set(301, words(5, rate))
		}
		r := newRig(t, Limits{})
		want(t, "waits", r.send(w().templates(256, sampled).set(256, cat(sampledRecord(5), sampledRecord(0)))), rated("0"))
		if h := r.health(); h.Records != 1 {
			t.Errorf("%d records booked, want 1: the other one waits", h.Records)
		}
		want(t, "comes", r.send(table(w(), 100).set(256, sampledRecord(5))), rated("100")+"\n"+rated("100"))
		if h := r.health(); h.Records != 2 || h.Held != 1 || refusals(h) != "" {
			t.Errorf("%d records, %d held, refused %s", h.Records, h.Held, refusals(h))
		}

		// Template and sampler both late: a copy is held, then the flow waits.
		r = newRig(t, Limits{})
		want(t, "no template", r.send(w().set(256, sampledRecord(5))), "")
		want(t, "no sampler", r.send(w().templates(256, sampled)), "")
		want(t, "sampler", r.send(table(w(), 100)), rated("100"))

		// In a set that is held itself.
		r = newRig(t, Limits{})
		want(t, "data", r.send(w().templates(256, sampled).set(256, sampledRecord(5)).set(301, words(5, 100))), "")
		want(t, "options template", r.send(w().options(301, 0, []field{{id: 48, length: 4}, {id: 34, length: 4}})), rated("100"))

		// Never: counted at the rate of an exporter that announces none, at the end or after an hour;
		// after that nothing waits for it any more, until it is announced.
		r = newRig(t, Limits{})
		r.send(w().templates(256, sampled).set(256, sampledRecord(5)))
		want(t, "the end", r.flush(), rated("0"))
		if h := r.health(); h.Records != 1 || h.RateUnknown != 1 || refusals(h) != "" {
			t.Errorf("at the end: %+v", h)
		}
		want(t, "given up", r.send(w().set(256, sampledRecord(5))), rated("0"))
		want(t, "announced after all", r.send(table(w(), 100).set(256, sampledRecord(5))), rated("100"))

		r = newRig(t, Limits{})
		r.exporter.SamplingDefault = 9
		r.send(w().templates(256, sampled).set(256, sampledRecord(5)))
		r.arrival += heldMillis + 1
		got := r.send(newWire(proto, r.arrival).templates(257, small))
		want(t, "an hour later", got, rated("9"))

		// Too many: the sampler waited for longest is given up.
		r = newRig(t, Limits{Waiting: 2})
		want(t, "two wait", r.send(w().templates(256, sampled).set(256, cat(sampledRecord(5), sampledRecord(6)))), "")
		want(t, "three do not", r.send(w().set(256, sampledRecord(6))), rated("0"))
		want(t, "nor the next", r.send(w().set(256, sampledRecord(7))), rated("0")+"\n"+rated("0"))
		if h := r.health(); h.Records != 3 || r.d.waiting != 1 {
			t.Errorf("%d records, %d waiting", h.Records, r.d.waiting)
		}
	})
}

// TestSamplerLateForBiflow: the two flows of a record wait and come together, and are one record.
func TestSamplerLateForBiflow(t *testing.T) {
	w := func() *wire { return newWire(IPFIX, now) }
	fields := append(append([]field{}, sampled...), field{pen: penReverse, id: 1, length: 4})
	r := newRig(t, Limits{})
	r.send(w().templates(256, fields).set(256, cat(sampledRecord(5), words(700))))
	got := r.send(w().options(301, 1, []field{{id: 302, length: 4}, {id: 34, length: 4}}).set(301, words(5, 3)))
	want(t, "both", got, rated("3")+"\n203.0.113.9:443>198.51.100.1:1234 octets=700 packets=0 rate=3")
	if h := r.health(); h.Records != 1 || h.Held != 1 || h.Kept != 1 {
		t.Errorf("%d records, %d held, %d kept, want 1 each", h.Records, h.Held, h.Kept)
	}
}

// TestHeader5Sampling: the low 14 bits, whatever the mode.
func TestHeader5Sampling(t *testing.T) {
	f := func(name string, header uint16, override, fallback uint32, rate string) {
		t.Helper()
		r := newRig(t, Limits{})
		r.exporter.Sampling, r.exporter.SamplingDefault = override, fallback
		b := v5(100_000, now, 91_000, 99_000)
		binary.BigEndian.PutUint16(b[22:], header)
		got := r.sendBytes(b)
		if rate != "" {
			rate = " rate=" + rate
		}
		if line := " time=-9000..-1000" + rate + " if="; !strings.Contains(got, line) {
			t.Errorf("%s: %s lacks %q", name, got, line)
		}
		if h := r.health(); (h.RateUnknown == 1) != (rate == "") {
			t.Errorf("%s: rate unknown %d", name, h.RateUnknown)
		}
	}
	f("mode 1", 1<<14|1000, 0, 0, "1000")
	f("mode 0", 1000, 0, 0, "1000")
	f("mode 3", 3<<14|16383, 0, 0, "16383")
	f("none", 0, 0, 0, "")
	f("default", 0, 0, 50, "50")
	f("header before default", 10, 0, 50, "10")
	f("override before header", 10, 60, 50, "60")
}
