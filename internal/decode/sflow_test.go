package decode

import (
	"bytes"
	"encoding/binary"
	"testing"

	"tributary/internal/flow"
)

// header is the raw packet header record of an Ethernet frame with 4 stripped octets (its FCS).
func header(frame []byte, length uint32) []byte {
	return sampledHeader(headerEthernet, length, 4, frame)
}

// TestSampledHeaders: every way down to an IP header, and how long the packet then is.
func TestSampledHeaders(t *testing.T) {
	f := func(name string, protocol, length uint32, head []byte, flows, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		want(t, name, r.send(newSFlow().flowSample(100, 3, 4, sampledHeader(protocol, length, 4, head))), flows)
		if h := r.health(); refusals(h) != refused || h.Records != 1 {
			t.Errorf("%s: %d records, refused %q, want 1 and %q", name, h.Records, refusals(h), refused)
		}
	}
	tcp := func(octets string) string {
		return "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=" + octets + " packets=1 rate=100 if=3>4"
	}
	udp6 := "2001:db8::1:12345>2001:db8:40::9:443 proto=17 octets=540 packets=1 rate=100 if=3>4"
	ip4, ip6 := ipv4TCP(1400), ipv6UDP(500)
	eth := func(parts ...[]byte) []byte { return cat(macs, cat(parts...)) }
	tag, qinq := []byte{0x81, 0, 0x20, 5}, []byte{0x88, 0xa8, 0, 9}
	label := func(n uint32, bottom bool) []byte {
		v := n<<12 | 64
		if bottom {
			v |= 0x100
		}
		return words(v)
	}
	f("Ethernet, IPv4", 1, 1418, eth([]byte{8, 0}, ip4), tcp("1400"), "")
	f("Ethernet, IPv6", 1, 558, eth([]byte{0x86, 0xdd}, ip6), udp6, "")
	f("802.1Q", 1, 1422, eth(tag, []byte{8, 0}, ip4), tcp("1400"), "")
	f("QinQ", 1, 1426, eth(qinq, tag, []byte{8, 0}, ip4), tcp("1400"), "")
	f("QinQ by the older number", 1, 1426, eth([]byte{0x91, 0, 0, 9}, tag, []byte{8, 0}, ip4), tcp("1400"), "")
	f("MPLS", 1, 1426, eth([]byte{0x88, 0x47}, label(16, false), label(17, true), ip4), tcp("1400"), "")
	f("MPLS, IPv6", 1, 562, eth([]byte{0x88, 0x47}, label(17, true), ip6), udp6, "")
	f("MPLS pseudowire with control word", 1, 1440, eth([]byte{0x88, 0x47}, label(17, true), words(0), macs, []byte{8, 0}, ip4), tcp("1400"), "")
	f("MPLS pseudowire without", 1, 1436, eth([]byte{0x88, 0x47}, label(17, true), macs, []byte{8, 0}, ip4), tcp("1400"), "")
	f("PPPoE", 1, 1426, eth([]byte{0x88, 0x64, 0x11, 0, 0, 1, 5, 122, 0, 0x21}, ip4), tcp("1400"), "")
	f("LLC and SNAP", 1, 1426, eth(num(2, 1408), []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}, ip4), tcp("1400"), "")
	f("provider backbone", 1, 1436, eth([]byte{0x88, 0xe7}, words(1), macs, []byte{8, 0}, ip4), tcp("1400"), "")
	f("IPv4", 11, 1404, ip4, tcp("1400"), "")
	f("IPv6", 12, 544, ip6, udp6, "")
	f("MPLS without Ethernet", 13, 1408, cat(label(16, true), ip4), tcp("1400"), "")
	f("PPP", 7, 1406, cat([]byte{0, 0x21}, ip4), tcp("1400"), "")
	f("POS", 14, 1408, cat([]byte{0xff, 3, 0, 0x57}, ip6), udp6, "")
	f("tunnel: by the outer header", 11, 1404, cat(ip4[:9], []byte{4}, ip4[10:20], ipv4TCP(1380)),
		"198.51.100.1:0>203.0.113.9:0 proto=4 octets=1400 packets=1 rate=100 if=3>4", "")
	f("length 0: the frame's less all before and stripped", 1, 1426, eth(tag, []byte{8, 0}, ipv4TCP(0)), tcp("1404"), "")
	f("length below the header's: the same", 1, 1422, eth([]byte{8, 0}, ipv4TCP(19)), tcp("1404"), "")
	f("IPv6 payload of 0", 1, 5018, eth([]byte{0x86, 0xdd}, ipv6UDP(0)), "2001:db8::1:12345>2001:db8:40::9:443 proto=17 octets=5000 packets=1 rate=100 if=3>4", "")
	f("length 0 in a frame shorter than what comes before", 1, 10, eth([]byte{8, 0}, ipv4TCP(0)), tcp("0"), "")
	f("cut after the addresses", 1, 1418, eth([]byte{8, 0}, ip4[:20]), "198.51.100.1:0>203.0.113.9:0 proto=6 octets=1400 packets=1 rate=100 if=3>4", "")
	later := bytes.Clone(ip4)
	binary.BigEndian.PutUint16(later[6:], 100)
	f("later fragment has no ports", 11, 1404, later, "198.51.100.1:0>203.0.113.9:0 proto=6 octets=1400 packets=1 rate=100 if=3>4", "")
	options := cat([]byte{0x47}, ip4[1:20], make([]byte, 8), ip4[20:])
	f("IPv4 options", 11, 1404, options, tcp("1400"), "")
	hop := cat(ip6[:6], []byte{0}, ip6[7:40], []byte{43, 0}, make([]byte, 6), []byte{44, 1}, make([]byte, 14), []byte{17, 0, 0, 1, 0, 0, 0, 0}, ip6[40:])
	f("IPv6 extension headers", 12, 544, hop, udp6, "")
	last := cat(ip6[:6], []byte{44}, ip6[7:40], []byte{17, 0, 0x10, 0, 0, 0, 0, 0}, ip6[40:])
	f("IPv6 later fragment", 12, 544, last, "2001:db8::1:0>2001:db8:40::9:0 proto=17 octets=540 packets=1 rate=100 if=3>4", "")

	f("ARP", 1, 64, eth([]byte{8, 6}, make([]byte, 46)), "", "bad_header=1")
	f("cut in the Ethernet header", 1, 64, macs, "", "bad_header=1")
	f("cut in the IP header", 1, 64, eth([]byte{8, 0}, ip4[:19]), "", "bad_header=1")
	f("tags without end", 1, 64, eth(bytes.Repeat(tag, 20)), "", "bad_header=1")
	f("labels without end", 1, 64, eth([]byte{0x88, 0x47}, bytes.Repeat(label(1, false), 20)), "", "bad_header=1")
	f("802.3 without SNAP", 1, 64, eth(num(2, 46), make([]byte, 46)), "", "bad_header=1")
	f("token ring", 3, 64, ip4, "", "bad_header=1")
	f("no octets", 1, 64, nil, "", "bad_header=1")
}

// TestSampleRecords: what else a flow sample may say.
func TestSampleRecords(t *testing.T) {
	f := func(name string, s *sflow, flows, refused string) {
		t.Helper()
		r := newRig(t, Limits{})
		want(t, name, r.send(s), flows)
		if h := r.health(); refusals(h) != refused {
			t.Errorf("%s: refused %q, want %q", name, refusals(h), refused)
		}
	}
	raw := header(ethernetTCP(1400), 1418)
	line := "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=3>4"
	flow4 := record(recordIPv4, cat(words(900, 17), v4("192.0.2.7"), v4("192.0.2.8"), words(53, 5353, 0, 0)))
	flow6 := record(recordIPv6, cat(words(900, 17), v6("2001:db8::7"), v6("2001:db8::8"), words(53, 5353, 0, 0)))
	ether := record(recordEthernet, cat(words(64), macs[:6], []byte{0, 0}, macs[6:], []byte{0, 0}, words(0x800)))
	vlan := record(1001, words(5, 0, 6, 0))
	router := record(1002, words(1, 0xc0000209, 24, 24))
	gateway := record(recordGateway, cat(words(1, 0xc0000209, 64496, 64500, 64501, 2), words(2, 2, 64510, 64511), words(1, 2, 64502, 64503), words(0, 100)))
	gateway6 := record(recordGateway, cat(words(2), v6("2001:db8::5"), words(64496, 64500, 64501, 1), words(2, 1, 64503), words(0, 100)))

	f("raw header", newSFlow().flowSample(100, 3, 4, raw), line, "")
	f("several samples", newSFlow().flowSample(100, 3, 4, raw).flowSample(100, 3, 4, raw), line+"\n"+line, "")
	f("raw header before sampled IPv4", newSFlow().flowSample(100, 3, 4, flow4, raw), line, "")
	f("sampled IPv4", newSFlow().flowSample(100, 3, 4, flow4), "192.0.2.7:53>192.0.2.8:5353 proto=17 octets=900 packets=1 rate=100 if=3>4", "")
	f("sampled IPv6", newSFlow().flowSample(100, 3, 4, ether, flow6), "2001:db8::7:53>2001:db8::8:5353 proto=17 octets=900 packets=1 rate=100 if=3>4", "")
	f("sampled IPv4 where the raw header is not IP", newSFlow().flowSample(100, 3, 4, header(cat(macs, []byte{8, 6}, make([]byte, 40)), 64), flow4),
		"192.0.2.7:53>192.0.2.8:5353 proto=17 octets=900 packets=1 rate=100 if=3>4", "")
	f("sampled Ethernet has no IP", newSFlow().flowSample(100, 3, 4, ether), "", "bad_header=1")
	f("no records", newSFlow().flowSample(100, 3, 4), "", "bad_header=1")
	f("switch, router and gateway", newSFlow().flowSample(100, 3, 4, vlan, router, raw, gateway), line+" as=64500>64503", "")
	f("gateway over IPv6", newSFlow().flowSample(100, 3, 4, raw, gateway6), line+" as=64500>64503", "")
	f("gateway with a path that is cut", newSFlow().flowSample(100, 3, 4, raw, record(recordGateway, cat(words(1, 0xc0000209, 64496, 64500, 64501, 1), words(2, 1<<30)))), line+" as=64500>0", "")
	f("record of another enterprise", newSFlow().flowSample(100, 3, 4, record(4300<<12|1, words(1, 2)), raw), line, "")

	f("expanded", newSFlow().expandedSample(100, 0, 3, 0, 4, raw), line, "")
	f("expanded, large indexes", newSFlow().expandedSample(100, 0, 0x40000003, 0, 0x80000004, raw),
		"198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=1073741827>2147483652", "")
	f("internal interfaces", newSFlow().flowSample(100, 0x3fffffff, 4, raw).flowSample(100, 3, 0x3fffffff, raw).expandedSample(100, 0, 0x3fffffff, 0, 4, raw),
		"198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=0>4\n198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=3>0\n198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=0>4", "")
	f("several output interfaces", newSFlow().flowSample(100, 3, 2<<30|7, raw), "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 rate=100 if=3>0", "")
	f("discarded", newSFlow().flowSample(100, 3, 1<<30|258, raw), "", "discarded=1")
	f("discarded, expanded", newSFlow().expandedSample(100, 0, 3, 1, 258, raw), "", "discarded=1")
	f("no rate", newSFlow().flowSample(0, 3, 4, raw), "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 if=3>4", "")

	f("drop sample between two", newSFlow().flowSample(100, 3, 4, raw).sample(5, words(1, 2, 3, 4, 5, 6, 7, 8)).flowSample(100, 3, 4, raw), line+"\n"+line, "sample_kind=1")
	f("sample of another enterprise", newSFlow().sample(9<<12|1, words(1)).flowSample(100, 3, 4, raw), line, "sample_kind=1")
	padded := cat(words(1, 2, 100, 4, 0, 3, 4, 1), raw, make([]byte, 12))
	f("padding after the records", newSFlow().sample(sampleFlow, padded).flowSample(100, 3, 4, raw), line+"\n"+line, "")
	f("sample too short", newSFlow().sample(sampleFlow, words(1, 2)).flowSample(100, 3, 4, raw), line, "set=1")
	f("record longer than its sample", newSFlow().sample(sampleFlow, cat(words(1, 2, 100, 4, 0, 3, 4, 2), raw, words(1, 900))), line, "set=1")

	two := newSFlow().flowSample(100, 3, 4, raw).flowSample(100, 3, 4, raw).bytes()
	r := newRig(t, Limits{})
	want(t, "cut in the second sample", r.sendBytes(two[:len(two)-1]), line)
	binary.BigEndian.PutUint32(two[24:], 1<<31)
	want(t, "samples that are not there", r.sendBytes(two), line+"\n"+line)
	if h := r.health(); refusals(h) != "set=2" {
		t.Errorf("refused %q, want set=2", refusals(h))
	}
}

// TestSFlowTimes: a sample counts at arrival, and nothing is untimed or skewed.
func TestSFlowTimes(t *testing.T) {
	r := newRig(t, Limits{})
	r.arrival = now + 1234
	want(t, "arrival", r.send(newSFlow().flowSample(0, 0, 0, header(ethernetTCP(1400), 1418))), "198.51.100.1:12345>203.0.113.9:443 proto=6 octets=1400 packets=1 time=1234..1234")
	if h := r.health(); h.Untimed != 0 || h.Skewed != 0 {
		t.Errorf("untimed %d, skewed %d, want 0", h.Untimed, h.Skewed)
	}
}

// TestAgents: the exporter is the agent where that is listed too; it admits nothing by itself.
func TestAgents(t *testing.T) {
	calls := 0
	ledger := &flow.Ledger{}
	exporters := map[flow.Addr]*flow.Exporter{
		addr("192.0.2.1"):    {ID: 0, Address: addr("192.0.2.1")},
		addr("198.51.100.7"): {ID: 1, Address: addr("198.51.100.7"), Sampling: 5},
		addr("2001:db8::7"):  {ID: 2, Address: addr("2001:db8::7")},
	}
	d := New(Config{Ledger: ledger, Limits: Limits{Agents: 3, Unknown: 2}, Admit: func(a flow.Addr) (*flow.Exporter, bool) {
		calls++
		x, ok := exporters[a]
		return x, ok
	}})
	send := func(source string, agent []byte) []flow.Flow {
		s := newSFlow().flowSample(100, 3, 4, header(ethernetTCP(1400), 1418))
		s.agent = agent
		return d.Append(nil, flow.Datagram{Source: addr(source), Arrival: now, Payload: s.bytes()})
	}
	f := func(name, source string, agent []byte, id, rate uint32) {
		t.Helper()
		for range 2 {
			flows := send(source, agent)
			if len(flows) != 1 || flows[0].Exporter != id || flows[0].Rate != rate {
				t.Errorf("%s: %+v, want one flow of exporter %d at rate %d", name, flows, id, rate)
			}
		}
	}
	agent4, agent6 := cat(words(1), v4("198.51.100.7")), cat(words(2), v6("2001:db8::7"))
	f("the source itself", "192.0.2.1", cat(words(1), v4("192.0.2.1")), 0, 100)
	f("a listed agent", "192.0.2.1", agent4, 1, 5)
	f("a listed IPv6 agent", "192.0.2.1", agent6, 2, 100)
	f("an unlisted agent", "192.0.2.1", cat(words(1), v4("203.0.113.99")), 0, 100)
	f("an agent of no kind", "192.0.2.1", words(0), 0, 100)
	f("agent 0.0.0.0", "192.0.2.1", words(1, 0), 0, 100)
	f("a listed source that is its own agent", "198.51.100.7", agent4, 1, 5)
	if calls != 5 { // two sources, three agents
		t.Errorf("Admit was called %d times, want 5", calls)
	}
	f("more agents than are remembered", "192.0.2.1", cat(words(1), v4("203.0.113.98")), 0, 100)
	if calls != 7 {
		t.Errorf("Admit was called %d times, want 7", calls)
	}
	for _, source := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.1"} {
		if flows := send(source, agent4); len(flows) != 0 {
			t.Errorf("%s is listed nowhere, and a listed agent admits nothing: %+v", source, flows)
		}
	}
	u := d.Unknown()
	if len(u) != 3 || !u[0].Address.IsZero() || u[0].Datagrams != 2 || u[1].Address != addr("203.0.113.1") || u[1].Datagrams != 2 || u[1].Protocol != SFlow5 || u[1].LastSeen != now {
		t.Errorf("unknown senders: %+v", u)
	}
	if rows := ledger.Take(); len(rows) != 3 {
		t.Errorf("%d rows of health, want one an exporter", len(rows))
	}
}

func interfaceCounters(index uint32, in, out uint64) []byte {
	return record(recordGeneric, cat(words(index, 6), num(8, 10e9), words(1, 3), num(8, in), words(0, 0, 0, 0, 0, 0), num(8, out), words(0, 0, 0, 0, 0, 0)))
}

func TestInterfaceCounters(t *testing.T) {
	r := newRig(t, Limits{Interfaces: 2})
	r.send(newSFlow().sample(sampleCounters, cat(words(1, 3, 2), record(2, make([]byte, 52)), interfaceCounters(3, 1000, 2000))))
	r.arrival += 5000
	r.send(newSFlow().sample(sampleCountersExpanded, cat(words(1, 0, 4, 1), interfaceCounters(4, 10, 20))).sample(sampleCounters, cat(words(1, 3, 1), interfaceCounters(3, 1500, 2600))))
	r.send(newSFlow().sample(sampleCounters, cat(words(1, 5, 1), interfaceCounters(5, 1, 1)))) // beyond the bound
	got := r.d.Interfaces()
	if len(got) != 2 || got[0] != (Interface{Exporter: wireSource, Index: 3, Arrival: now + 5000, Speed: 10e9, InOctets: 1500, OutOctets: 2600, CountedIn: 500, CountedOut: 600, Seconds: 5}) ||
		got[1] != (Interface{Exporter: wireSource, Index: 4, Arrival: now + 5000, Speed: 10e9, InOctets: 10, OutOctets: 20}) {
		t.Errorf("interfaces = %+v", got)
	}
	if h := r.health(); h.Records != 0 || refusals(h) != "" || h.Limits[flow.LimitInterfaces] != 1 {
		t.Errorf("%d records, refused %q, bound reached %d times: counter samples are neither records nor refused", h.Records, refusals(h), h.Limits[flow.LimitInterfaces])
	}
	r.send(newSFlow().sample(sampleCounters, words(1, 3, 9)).sample(sampleCounters, words(1)).sample(sampleCounters, cat(words(1, 3, 1), words(1, 900))))
	if h := r.health(); refusals(h) != "set=3" {
		t.Errorf("refused %q, want set=3", refusals(h))
	}
}

// TestSampledOctets: samples count between the first and the last counter sample of their interface,
// in by the input and out by the output, those of discarded packets in only.
func TestSampledOctets(t *testing.T) {
	r := newRig(t, Limits{})
	n := uint32(0)
	send := func(s *sflow) {
		n++
		r.arrival += 10_000
		r.send(s.number(n))
	}
	samples := func(count int) *sflow {
		s := newSFlow()
		for range count {
			s.flowSample(1000, 3, 4, sampledHeader(headerEthernet, 1414, 4, ethernetTCP(1396)))
		}
		return s
	}
	counters := func(in3, out4 uint64) *sflow {
		return newSFlow().sample(sampleCounters, cat(words(1, 3, 2), interfaceCounters(3, in3, 7), interfaceCounters(4, 9, out4)))
	}
	f := func(what string, counted3, sampled3, counted4, sampled4, seconds uint64) {
		t.Helper()
		got := r.d.Interfaces()
		three := Interface{Exporter: wireSource, Index: 3, Arrival: r.arrival, Speed: 10e9, InOctets: got[0].InOctets, OutOctets: 7, CountedIn: counted3, SampledIn: sampled3, Seconds: seconds}
		four := Interface{Exporter: wireSource, Index: 4, Arrival: r.arrival, Speed: 10e9, InOctets: 9, OutOctets: got[1].OutOctets, CountedOut: counted4, SampledOut: sampled4, Seconds: seconds}
		if len(got) != 2 || got[0] != three || got[1] != four {
			t.Errorf("%s: got %+v\nwant %+v %+v", what, got, three, four)
		}
	}
	send(samples(2)) // before there are counters
	send(counters(5_000_000, 1<<40))
	send(samples(3))
	send(newSFlow().flowSample(1000, 3, interfaceDiscarded<<30|256, sampledHeader(headerEthernet, 1000, 4, ethernetTCP(982))))
	send(counters(10_000_000, 1<<40+4_300_000))
	f("an interval", 5_000_000, 3*1_414_000+1_000_000, 4_300_000, 3*1_414_000, 30)
	send(samples(5))
	f2 := r.d.Interfaces()
	send(counters(300, 20)) // the exporter restarted
	f("a reset", 5_000_000, 3*1_414_000+1_000_000, 4_300_000, 3*1_414_000, 30)
	if f2[0].SampledIn != 5_242_000 {
		t.Errorf("sampled %d since the last counters: not before the next", f2[0].SampledIn)
	}
	send(samples(1))
	n--
	r.send(counters(0, 0).number(n)) // late
	n++
	send(counters(1_400_300, 1_400_020))
	f("after it", 6_400_000, 5_242_000+1_414_000, 5_700_000, 4_242_000+1_414_000, 50)
}
