package decode

import (
	"fmt"
	"strings"
	"testing"

	"tributary/internal/flow"
)

const now = benchArrival // Unix ms at which tests export and receive; a whole second

// rig sends datagrams of one exporter to a Decoder and looks at what comes of them.
type rig struct {
	t        *testing.T
	exporter *flow.Exporter
	ledger   flow.Ledger
	d        *Decoder
	arrival  int64
}

func newRig(t *testing.T, l Limits) *rig {
	r := &rig{t: t, exporter: &flow.Exporter{Address: wireSource}, arrival: now}
	r.d = New(Config{Ledger: &r.ledger, Limits: l, Inspect: true, Admit: func(a flow.Addr) (*flow.Exporter, bool) {
		return r.exporter, a == wireSource
	}})
	return r
}

// send returns what the datagram gave, a line a flow.
func (r *rig) send(w interface{ bytes() []byte }) string {
	r.t.Helper()
	return r.sendBytes(w.bytes())
}

func (r *rig) sendBytes(b []byte) string {
	return text(r.d.Append(nil, flow.Datagram{Source: wireSource, Port: 4000, Arrival: r.arrival, Payload: b}))
}

// flush returns what was held back.
func (r *rig) flush() string { return text(r.d.Flush(nil)) }

// health sums the ledger's rows, which it takes, and checks the books.
func (r *rig) health() (sum flow.Health) {
	r.t.Helper()
	for _, h := range r.ledger.Take() {
		refused := uint64(0)
		for reason := range flow.NumRefusals {
			if reason.Unit() == "record" {
				refused += h.Refused[reason]
			}
		}
		if h.Records != h.Kept+refused {
			r.t.Errorf("books: %d records, %d kept, %d refused", h.Records, h.Kept, refused)
		}
		sum.Add(&h)
	}
	return sum
}

// text writes flows so that a test can say what it wants: times in ms from now, and only what is
// not zero.
func text(flows []flow.Flow) string {
	var lines []string
	for _, f := range flows {
		s := fmt.Sprintf("%v:%d>%v:%d", f.Src, f.SrcPort, f.Dst, f.DstPort)
		add := func(format string, v uint64) {
			if v != 0 {
				s += fmt.Sprintf(format, v)
			}
		}
		add(" proto=%d", uint64(f.Proto))
		s += fmt.Sprintf(" octets=%d packets=%d", f.Octets, f.Packets)
		if f.Start != now || f.End != now {
			s += fmt.Sprintf(" time=%d..%d", f.Start-now, f.End-now)
		}
		add(" rate=%d", uint64(f.Rate))
		if f.InIf|f.OutIf != 0 {
			s += fmt.Sprintf(" if=%d>%d", f.InIf, f.OutIf)
		}
		if f.SrcAS|f.DstAS != 0 {
			s += fmt.Sprintf(" as=%d>%d", f.SrcAS, f.DstAS)
		}
		add(" metering=%d", uint64(f.Metering))
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n")
}

// want fails the test unless got is what is wanted; lines of want may be indented.
func want(t *testing.T, what, got, want string) {
	t.Helper()
	var lines []string
	for l := range strings.Lines(want) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	if want := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, strings.ReplaceAll(got, "\n", "\n     "), strings.ReplaceAll(want, "\n", "\n     "))
	}
}

// refusals are the reasons that were booked.
func refusals(h flow.Health) string {
	var s []string
	for reason, n := range h.Refused {
		if n > 0 {
			s = append(s, fmt.Sprintf("%v=%d", flow.Refusal(reason), n))
		}
	}
	return strings.Join(s, " ")
}
