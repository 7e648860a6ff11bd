package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tributary/internal/collect"
	"tributary/internal/flow"
	"tributary/internal/testenv"
)

// admitAll numbers every address in order of first sight; decoders that share it agree on numbers.
func admitAll() func(flow.Addr) (*flow.Exporter, bool) {
	seen := map[flow.Addr]*flow.Exporter{}
	return func(a flow.Addr) (*flow.Exporter, bool) {
		if seen[a] == nil {
			seen[a] = &flow.Exporter{ID: uint32(len(seen)), Address: a}
		}
		return seen[a], true
	}
}

func readCapture(t testing.TB, path string) (all []flow.Datagram) {
	t.Helper()
	c, err := collect.OpenCapture(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for {
		var dg flow.Datagram
		err := c.Next(&dg)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		dg.Payload = bytes.Clone(dg.Payload)
		all = append(all, dg)
	}
}

// TestCut: a capture cut anywhere, with the state carried over to another Decoder, gives the flows
// and the health of one read through, and the same state in the end.
func TestCut(t *testing.T) {
	dir := testenv.Captures(t)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.pcap*"))
	if err != nil {
		t.Fatal(err)
	}
	cuts := 0
	for _, path := range paths {
		if strings.HasPrefix(path, filepath.Join(dir, "traffic")) {
			continue
		}
		all := readCapture(t, path)
		r := rand.New(rand.NewPCG(uint64(len(all)), 7))
		for range min(len(all)+1, 6) {
			testCut(t, strings.TrimPrefix(path, dir), all, r.IntN(len(all)+1), Limits{})
			testCut(t, strings.TrimPrefix(path, dir), all, r.IntN(len(all)+1), tight)
			cuts += 2
		}
	}
	if cuts < 500 {
		t.Errorf("%d cuts, want more than 500", cuts)
	}
}

// testCut reads the datagrams twice. Health is taken at the cut both times, as it is in a commit.
func testCut(t *testing.T, name string, all []flow.Datagram, cut int, l Limits) {
	t.Helper()
	admit := admitAll()
	run := func(restart bool) (flows []flow.Flow, rows []flow.Health, state []byte) {
		ledger := &flow.Ledger{}
		d := New(Config{Ledger: ledger, Admit: admit, Limits: l})
		for i, dg := range all {
			if i == cut {
				rows = ledger.Take()
				if restart {
					state = d.AppendState(nil)
					d = New(Config{Ledger: ledger, Admit: admit, Limits: l})
					if err := d.Restore(state, nil); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if again := d.AppendState(nil); !bytes.Equal(again, state) {
						t.Fatalf("%s: the state restored differs from the one saved, after datagram %d", name, i)
					}
				}
			}
			flows = d.Append(flows, dg)
		}
		flows = d.Flush(flows)
		return flows, append(rows, ledger.Take()...), d.AppendState(nil)
	}
	flows, rows, state := run(false)
	cutFlows, cutRows, cutState := run(true)
	if !slices.Equal(flows, cutFlows) {
		t.Errorf("%s: %d flows, %d when cut at datagram %d, or others", name, len(flows), len(cutFlows), cut)
	}
	if !reflect.DeepEqual(rows, cutRows) {
		t.Errorf("%s: health %+v\nwhen cut at datagram %d %+v", name, rows, cut, cutRows)
	}
	if !bytes.Equal(state, cutState) {
		t.Errorf("%s: another state in the end when cut at datagram %d", name, cut)
	}
}

// TestRestoreMine: workers' states go to more workers, or to one; what is no longer admitted is dropped.
func TestRestoreMine(t *testing.T) {
	admit := admitAll()
	decoder := func() *Decoder { return New(Config{Ledger: &flow.Ledger{}, Admit: admit}) }
	source := func(n byte) flow.Addr { return flow.AddrFrom4([]byte{192, 0, 2, n}) }
	send := func(d *Decoder, n byte, w interface{ bytes() []byte }) []flow.Flow {
		return d.Append(nil, flow.Datagram{Source: source(n), Arrival: now, Payload: w.bytes()})
	}
	odd, even := decoder(), decoder()
	for n := range byte(6) {
		d := odd
		if n%2 == 0 {
			d = even
		}
		send(d, n, newWire(IPFIX, now).templates(256, small))
	}
	third := func(a flow.Addr) bool { return a.Lo%3 == 0 }
	thirds, all := decoder(), decoder()
	few := New(Config{Ledger: &flow.Ledger{}, Admit: func(a flow.Addr) (*flow.Exporter, bool) {
		x, _ := admit(a)
		return x, a == source(4)
	}})
	for _, old := range []*Decoder{odd, even} {
		state := old.AppendState(nil)
		for _, err := range []error{thirds.Restore(state, third), all.Restore(state, nil), few.Restore(state, nil)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range byte(6) {
		data := newWire(IPFIX, now).set(256, smallRecord(1))
		if got, want := len(send(all, n, data)), 1; got != want {
			t.Errorf("exporter %d with all states: %d flows, want %d", n, got, want)
		}
		want := 0
		if third(source(n)) {
			want = 1
		}
		if got := len(send(thirds, n, data)); got != want {
			t.Errorf("exporter %d with a third: %d flows, want %d", n, got, want)
		}
	}
	if len(few.known) != 1 || len(send(few, 4, newWire(IPFIX, now).set(256, smallRecord(1)))) != 1 {
		t.Errorf("%d exporters restored, want the one that is admitted", len(few.known))
	}
}

// TestRestoreAgent: what is known of an agent goes with the source that speaks for it, and only there.
func TestRestoreAgent(t *testing.T) {
	admit := admitAll()
	decoder := func() *Decoder { return New(Config{Ledger: &flow.Ledger{}, Admit: admit}) }
	speaker := flow.AddrFrom4([]byte{192, 0, 2, 77})
	d := decoder()
	counters := newSFlow().sample(sampleCounters, cat(words(1, 3, 1), interfaceCounters(3, 1000, 2000))).bytes()
	d.Append(nil, flow.Datagram{Source: speaker, Arrival: now, Payload: counters})
	agent := d.Interfaces()[0].Exporter
	if agent == speaker {
		t.Fatal("the agent is the speaker: nothing is tested")
	}
	state := d.AppendState(nil)
	f := func(mine flow.Addr, want int) {
		t.Helper()
		d := decoder()
		if err := d.Restore(state, func(a flow.Addr) bool { return a == mine }); err != nil {
			t.Fatal(err)
		}
		domains := 0
		for _, e := range d.known {
			domains += len(e.domains)
		}
		if got := len(d.Interfaces()); got != want || domains != want {
			t.Errorf("the worker of %v: %d interfaces and %d domains, want %d of each", mine, got, domains, want)
		}
	}
	f(speaker, 1)
	f(agent, 0)

	d = decoder() // an agent that sends itself
	d.Append(nil, flow.Datagram{Source: agent, Arrival: now, Payload: counters})
	state = d.AppendState(nil)
	f(agent, 1)
	f(speaker, 0)
}

// TestLossWhileDown: what was sent while the process was down shows as lost, and not as overrun.
func TestLossWhileDown(t *testing.T) {
	admit := admitAll()
	var ledger flow.Ledger
	d := New(Config{Ledger: &ledger, Admit: admit})
	send := func(seq uint32, at int64, drops uint32) {
		b := numbered{proto: NetFlow9, seq: seq, data: 1, template: true}.bytes()
		d.Append(nil, flow.Datagram{Source: wireSource, Arrival: at, Drops: drops, Payload: b})
	}
	for i := range uint32(10) {
		send(i, now+int64(i)*1000, 500)
	}
	state := d.AppendState(nil)
	d = New(Config{Ledger: &ledger, Admit: admit})
	if err := d.Restore(state, nil); err != nil {
		t.Fatal(err)
	}
	send(40, now+40_000, 0)
	send(43, now+43_000, 1)
	if h := ledger.Take()[0]; h.LostDatagrams != 30+2 || h.Overrun != 2 || h.Restarts != 0 {
		t.Errorf("%d lost, %d by overrun, %d restarts, want 32, 2, 0", h.LostDatagrams, h.Overrun, h.Restarts)
	}
}

// busyState is the state of a Decoder that holds something of everything.
func busyState() []byte {
	d := New(Config{Ledger: &flow.Ledger{}, Admit: admitAll()})
	send := func(n byte, b []byte) {
		d.Append(nil, flow.Datagram{Source: flow.AddrFrom4([]byte{192, 0, 2, n}), Arrival: now, Payload: b})
	}
	for _, proto := range []Protocol{NetFlow5, NetFlow9, IPFIX, SFlow5} {
		learn, data := steady(proto)
		for _, dg := range append(learn, data[:2]...) {
			send(1, dg.Payload)
			send(2, dg.Payload)
		}
	}
	send(1, newWire(IPFIX, now).set(300, sampledRecord(5)).templates(256, append([]field{{id: 82, length: variable}}, sampled...)).bytes())
	send(1, samplerTable(newWire(NetFlow9, now).templates(256, sampled).set(256, sampledRecord(1)), 2, 1000).bytes())
	for seq := range uint32(5) {
		send(2, newSFlow().number(3*seq+seq%2).sample(sampleCounters, cat(words(1, 3, 1), interfaceCounters(3, 1000, 2000))).bytes())
		send(2, numbered{proto: NetFlow9, seq: seq + seq/4, data: 1, template: true}.bytes())
	}
	return d.AppendState(nil)
}

// TestDamagedState: a state cut or changed anywhere is an error, and leaves the Decoder usable.
func TestDamagedState(t *testing.T) {
	good := busyState()
	d := New(Config{Ledger: &flow.Ledger{}, Admit: admitAll()})
	for n := range good {
		if err := d.Restore(good[:n], nil); err == nil {
			t.Fatalf("%d of %d octets are no state", n, len(good))
		}
		bad := bytes.Clone(good)
		bad[n] ^= 0x40
		if err := d.Restore(bad, nil); err == nil {
			t.Fatalf("octet %d changed, and no error", n)
		}
	}
	if len(d.known) != 0 {
		t.Errorf("%d exporters are there after errors alone", len(d.known))
	}
	if err := d.Restore(good, nil); err != nil || len(d.known) != 2 {
		t.Errorf("%d exporters, error %v, want 2 and none", len(d.known), err)
	}
}

// FuzzRestore reads states whose checksum fits. Whatever is restored keeps the bounds, gives a state
// that reads back to itself, and works.
func FuzzRestore(f *testing.F) {
	f.Add(busyState()[1:])
	f.Add(New(Config{Ledger: &flow.Ledger{}}).AppendState(nil)[1:])
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) < 4 {
			return
		}
		state := append([]byte{stateVersion}, body[:len(body)-4]...)
		state = binary.LittleEndian.AppendUint32(state, crc32.ChecksumIEEE(state))
		admit := admitAll()
		ledger := &flow.Ledger{}
		d := New(Config{Ledger: ledger, Admit: admit})
		if err := d.Restore(state, nil); err != nil {
			if len(d.known) != 0 {
				t.Fatalf("%d exporters after %v", len(d.known), err)
			}
			return
		}
		checkBounds(t, d)
		once := d.AppendState(nil)
		again := New(Config{Ledger: &flow.Ledger{}, Admit: admit})
		if err := again.Restore(once, nil); err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if twice := again.AppendState(nil); !bytes.Equal(once, twice) {
			t.Fatalf("%x\nbecomes %x", once, twice)
		}
		var flows []flow.Flow
		for _, e := range d.known {
			for _, proto := range []Protocol{NetFlow5, NetFlow9, IPFIX, SFlow5} {
				learn, data := steady(proto)
				for _, dg := range append(learn, data[:2]...) {
					dg.Source = e.exporter.Address
					flows = d.Append(flows, dg)
				}
			}
			if len(flows) > 100_000 {
				break
			}
		}
		flows = d.Flush(flows)
		checkBounds(t, d)
		checkBooks(t, ledger.Take(), flows)
	})
}
