package explore

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// past is a random past as flows without duration: what is committed, and what is not. It is the slow,
// obvious twin of what is answered about addresses and networks: it goes through all flows.
type past struct {
	source   *stats.Source
	flows    []flow.Flow
	open     []flow.Flow
	explorer *Explorer
}

const pastYAML = `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-11-15}
  - {as: 64500, name: Example, type: neocloud, from: 2025-11-16}
  - {as: 64501, name: Example, type: hosting}
  - {as: 64502, name: Bits, type: cdn}
  - {as: 64503, name: Regional, type: isp-regional}
prefixes:
  - {prefix: 192.0.2.0/25, name: Example GPU, type: neocloud}
`

// newPast fills a store with n flows of October 3rd to December 10th, 2025, folds what is old, and has some
// more in the last hour that no commit has.
func newPast(t *testing.T, n, addresses int) *past {
	t.Helper()
	file := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(pastYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err := catalogue.Load([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &past{source: &stats.Source{
		Store: s, Catalogue: made,
		Links:     map[string]flow.LinkKind{"transit": flow.LinkTransit, "flexify": flow.LinkMigration},
		Providers: map[string]string{"transit": "Transit Inc."},
	}}
	r := rand.New(rand.NewPCG(5, uint64(n)))
	from, to := slotAt(t, "2025-10-03T08:20"), slotAt(t, "2025-12-10T06:25")
	for range n {
		p.flows = append(p.flows, randomFlow(r, s.Names(), from, to, addresses))
	}
	for range 200 {
		p.flows = append(p.flows, randomFlow(r, s.Names(), to-300, to, addresses)) // enough for hours
		p.open = append(p.open, randomFlow(r, s.Names(), to-2, to+3, addresses))
	}
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	for chunk := range slices.Chunk(p.flows, len(p.flows)/3+1) {
		tally.Add(chunk)
		if err := s.Commit(context.Background(), tally.Take()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Maintain(context.Background()); err != nil {
		t.Fatal(err)
	}
	tally.Add(p.open)
	open := Open{Batch: tally.Take(), After: s.Commits(), At: time.Now()}
	p.explorer = New(Config{Source: func() *stats.Source { return p.source }, Open: func() Open { return open }})
	return p
}

func randomFlow(r *rand.Rand, names *flow.Names, from, to flow.Slot, addresses int) flow.Flow {
	slot := from + flow.Slot(r.IntN(int(to-from)))
	f := flow.Flow{
		Octets: 1 + r.Uint64N(1<<20), Packets: 1, Start: slot.Start(), End: slot.Start(), Rate: 1 + 999*uint32(r.IntN(2)),
		Region: uint16(names.Regions.ID([]string{"US-West", "EU-Central"}[r.IntN(2)])), Direction: flow.Direction(r.IntN(2)),
		Version: 4, AS: 64500 + uint32(r.IntN(6)), Remote: flow.AddrFrom4([]byte{10, byte(r.IntN(addresses)), byte(r.IntN(256)), 1}),
	}
	f.Place = names.Places.ID([]flow.Place{{}, {Country: "DE"}, {Country: "US", Subdivision: "VA", City: "Ashburn"}, {Country: "US", Subdivision: "CA"}}[r.IntN(4)])
	switch r.IntN(10) {
	case 0:
		f.Link = uint16(names.Links.ID("flexify"))
	case 1:
		f.Link = uint16(names.Links.ID("transit"))
	case 2:
		f.Prefix = names.Prefixes.ID("Example GPU")
	case 3:
		f.AS = 0
	case 4:
		f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: r.Uint64N(100)}
	}
	return f
}

func slotAt(t *testing.T, text string) flow.Slot {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		t.Fatal(err)
	}
	return flow.SlotAt(at)
}

// value is what a flow is, as a filter writes it.
func (p *past) value(f *flow.Flow, d Dimension) string {
	names, c, at := p.source.Store.Names(), p.source.Catalogue, flow.SlotOf(f.Start)
	link := names.Links.Value(uint32(f.Link))
	typ := flow.Other
	if _, t, _, ok := c.AS(f.AS, at); ok {
		typ = t
	}
	if f.Prefix != 0 {
		typ = flow.Neocloud
	}
	if link == "flexify" {
		typ = flow.Migration
	}
	switch d {
	case ByType:
		return typ.String()
	case ByGroup:
		return typ.Group()
	case ByRegion:
		return names.Regions.Value(uint32(f.Region))
	case ByDirection:
		return f.Direction.String()
	case ByVersion:
		return strconv.Itoa(int(f.Version))
	case ByLinkKind:
		return p.source.Links[link].String()
	case ByLink:
		if link == "" {
			return "unlisted"
		}
		return link
	case ByProvider:
		if link == "transit" {
			return "Transit Inc."
		}
		return "none"
	case ByNetwork:
		return p.network(f)
	}
	return strconv.FormatUint(uint64(f.AS), 10)
}

func (p *past) network(f *flow.Flow) string {
	if f.Prefix != 0 {
		return "Example GPU"
	}
	if f.AS == 0 {
		return "unknown"
	}
	if name, _, _, ok := p.source.Catalogue.AS(f.AS, flow.SlotOf(f.Start)); ok {
		return name
	}
	return "AS" + strconv.FormatUint(uint64(f.AS), 10)
}

// tallied is what a row of the twin has in a stretch of time.
type tallied struct {
	addresses map[flow.Addr]bool
	networks  map[string]bool
	octets    uint64
}

// between tallies the flows of a stretch that pass, by the values of the dimensions; "" is the total.
func (p *past) between(from, to time.Time, by []Dimension, pass func(*flow.Flow) bool) map[string]*tallied {
	out := map[string]*tallied{}
	for _, list := range [][]flow.Flow{p.flows, p.open} {
		for i := range list {
			f := &list[i]
			if at := flow.SlotOf(f.Start).Time(); at.Before(from) || !at.Before(to) || !pass(f) {
				continue
			}
			var key []string
			for _, d := range by {
				key = append(key, p.value(f, d))
			}
			for _, k := range slices.Compact([]string{"", strings.Join(key, "|")}) {
				if out[k] == nil {
					out[k] = &tallied{map[flow.Addr]bool{}, map[string]bool{}, 0}
				}
				out[k].addresses[f.Remote] = true
				if n := p.network(f); n != "unknown" {
					out[k].networks[n] = true
				}
				out[k].octets += f.Octets * f.Scale()
			}
		}
	}
	return out
}

// want is a measure of the twin.
func want(m Measure, now, before *tallied) stats.Num {
	if now == nil {
		now = &tallied{}
	}
	switch n := float64(len(now.addresses)); {
	case m == Uniqueness:
		return stats.NumOf(n)
	case m == Networks:
		return stats.NumOf(float64(len(now.networks)))
	case n == 0:
		return stats.Num{}
	case m == Magnitude:
		return stats.NumOf(8 * float64(now.octets) / n)
	default:
		common := 0
		if before != nil {
			for a := range now.addresses {
				if before.addresses[a] {
					common++
				}
			}
		}
		return stats.NumOf(float64(common) / n)
	}
}

func TestAddressesAgainstTwin(t *testing.T) {
	t.Parallel()
	p := newPast(t, 3000, 6)
	filters := map[string]func(*flow.Flow) bool{
		"": func(*flow.Flow) bool { return true },
		"type = cdn or region = us-west": func(f *flow.Flow) bool {
			return p.value(f, ByType) == "cdn" || p.value(f, ByRegion) == "US-West"
		},
		"not link.kind = migration and direction = ingress": func(f *flow.Flow) bool {
			return p.value(f, ByLinkKind) != "migration" && f.Direction == flow.Ingress
		},
	}
	times := []struct{ text, step, before string }{
		{"2025-11", "1d", "2025-10"}, {"2025-10..2025-11", "1mo", ""}, {"2025Q4", "whole", "2025Q3"}, {"24h", "1h", ""},
		{"2025-11-14..2025-11-17", "1d", ""}, {"2025-11-14..2025-11-17", "whole", ""}, {"2025-12-10T00:00..2025-12-10T06:00", "1h", ""},
		{"2025-12", "1mo", "2025-11"},
	}
	dimensions := [][]Dimension{
		{}, {ByType}, {ByRegion, ByType}, {ByDirection, ByVersion}, {ByLink, ByGroup}, {ByLinkKind}, {ByProvider}, {ByNetwork}, {ByAS, ByRegion, ByDirection},
	}
	for where, pass := range filters {
		for _, when := range times {
			for i, by := range dimensions {
				if where != "" && i%3 != 1 {
					continue // with a filter, some will do
				}
				for _, m := range []Measure{Uniqueness, Magnitude, Networks, Persistence} {
					p.check(t, Question{Measure: m, By: by, Where: where, Range: when.text, Step: when.step, Top: 100}, pass)
				}
			}
		}
	}
}

// check asks and compares.
func (p *past) check(t *testing.T, q Question, pass func(*flow.Flow) bool) {
	t.Helper()
	a, err := p.explorer.Ask(context.Background(), q)
	if err != nil {
		t.Errorf("%+v: %v", q, err)
		return
	}
	if !strings.HasSuffix(q.Range, "h") && !strings.Contains(q.Range, "T") { // by name: what is committed alone
		open := p.open
		p.open = nil
		defer func() { p.open = open }()
	}
	wholes := p.between(a.From, a.To, q.By, pass)
	rows := map[string]Row{"": a.Total}
	for _, r := range a.Rows {
		var key []string
		for _, k := range r.Keys {
			key = append(key, k.Value)
		}
		rows[strings.Join(key, "|")] = r
	}
	for key := range wholes {
		if _, ok := rows[key]; !ok && (q.Measure != Networks || len(wholes[key].networks) > 0) {
			t.Errorf("%+v: no row %q", q, key)
		}
	}
	for i, from := range a.Times {
		to := a.To
		if i+1 < len(a.Times) {
			to = a.Times[i+1]
		}
		now, before := p.between(from, to, q.By, pass), map[string]*tallied{}
		known := true
		if q.Measure == Persistence {
			first := p.before(a, i)
			before = p.between(first, from, q.By, pass)
			known = p.between(first, from, nil, func(*flow.Flow) bool { return true })[""] != nil // whatever the filter lets through: none of nothing is 0
		}
		for key, r := range rows {
			w := want(q.Measure, now[key], before[key])
			if !known {
				w = stats.Num{}
			}
			if got := r.Values[i]; got != w {
				t.Errorf("%+v: %q at %s: got %v, want %v", q, key, from, got, w)
			}
		}
	}
	if q.Measure == Persistence && len(a.Times) > 1 {
		return // see TestPersistenceOfSpan
	}
	for key, r := range rows {
		w := want(q.Measure, wholes[key], nil)
		if q.Measure == Persistence {
			w = r.Values[0]
		}
		if r.Whole.Value != w {
			t.Errorf("%+v: %q over all: got %v, want %v", q, key, r.Whole.Value, w)
		}
	}
}

// before is where the step before a step begins.
func (p *past) before(a *Answer, step int) time.Time {
	if step > 0 {
		return a.Times[step-1]
	}
	from := a.Times[0]
	switch a.Step {
	case "1h":
		return from.Add(-time.Hour)
	case "1d":
		return from.AddDate(0, 0, -1)
	case "1mo":
		return from.AddDate(0, -1, 0)
	}
	if a.Question.Range == "2025Q4" {
		return from.AddDate(0, -3, 0)
	}
	return from.Add(-a.To.Sub(from))
}

func TestPersistenceOfSpan(t *testing.T) {
	t.Parallel()
	p := newPast(t, 5000, 14)
	a, err := p.explorer.Ask(context.Background(), Question{Measure: Persistence, By: []Dimension{ByType}, Range: "2025-11", Step: "1d", Top: 20})
	if err != nil {
		t.Fatal(err)
	}
	whole, err := p.explorer.Ask(context.Background(), Question{Measure: Persistence, By: []Dimension{ByType}, Range: "2025-11", Step: "whole", Top: 20, Previous: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Rows) == 0 || len(a.Rows) != len(whole.Rows) {
		t.Fatalf("%d and %d rows", len(a.Rows), len(whole.Rows))
	}
	for i, r := range a.Rows {
		if w := whole.Rows[i]; r.Keys[0].Value != w.Keys[0].Value || r.Whole != w.Whole || !r.Whole.Value.Known {
			t.Errorf("%s: %v over the month by day, %s: %v as one step", r.Keys[0].Value, r.Whole, w.Keys[0].Value, w.Whole)
		}
	}
}

// TestAgainstSheets: the numbers are those of the dataset for the same cells, estimates too.
func TestAgainstSheets(t *testing.T) {
	t.Parallel()
	p := newPast(t, 60_000, 200)
	month := flow.MonthOf(slotAt(t, "2025-11-01T00:00"))
	quarter, err := flow.ParsePeriod("2025Q4")
	if err != nil {
		t.Fatal(err)
	}
	sheets, err := p.source.Ask(context.Background(), stats.Question{Periods: []flow.Period{month, quarter}, Unsuppressed: true})
	if err != nil {
		t.Fatal(err)
	}
	by := []Dimension{ByRegion, ByType, ByDirection}
	estimated := 0
	for _, sheet := range sheets.Periods {
		for _, version := range []string{"", "ip.version = 4", "ip.version = 6"} {
			for n := range 1 << len(by) {
				var dims []Dimension
				for i, d := range by {
					if n>>i&1 != 0 {
						dims = append(dims, d)
					}
				}
				estimated += p.compareSheet(t, sheet, dims, version)
			}
		}
	}
	if estimated < 10 {
		t.Errorf("only %d cells have more addresses than are counted exactly", estimated)
	}
}

// compareSheet compares the cells of a sheet that differ by the dimensions, and returns how many have
// estimates.
func (p *past) compareSheet(t *testing.T, sheet *stats.Sheet, by []Dimension, version string) (estimated int) {
	t.Helper()
	answers := map[Measure]map[stats.Key]Row{}
	for _, m := range []Measure{Uniqueness, Magnitude, Networks} {
		a, err := p.explorer.Ask(context.Background(), Question{Measure: m, By: by, Where: version, Range: sheet.Period.Name, Step: "whole", Top: 100})
		if err != nil {
			t.Fatal(err)
		}
		answers[m] = map[stats.Key]Row{}
		total := stats.Total
		if version != "" {
			total.Version = version[len(version)-1] - '0'
		}
		for _, r := range a.Rows {
			k := total
			for i, d := range by {
				switch v := r.Keys[i].Value; d {
				case ByRegion:
					k.Region = v
				case ByType:
					k.Type, _ = flow.ParseNetworkType(v)
				default:
					k.Direction = map[string]flow.Direction{"ingress": flow.Ingress, "egress": flow.Egress}[v]
				}
			}
			answers[m][k] = r
		}
		if len(by) == 0 {
			answers[m][total] = a.Total
		}
	}
	if len(answers[Uniqueness]) == 0 {
		t.Fatalf("%v: no rows", by)
	}
	for k, r := range answers[Uniqueness] {
		cell, ok := sheet.At(k)
		if !ok {
			t.Errorf("%v: the sheet has no such cell", k)
		}
		if r.Whole != (Value{Value: cell.Unique, Low: cell.UniqueLow, High: cell.UniqueHigh}) {
			t.Errorf("%s %v: uniqueness %v, the sheet has %v, %v, %v", sheet.Period.Name, k, r.Whole, cell.Unique, cell.UniqueLow, cell.UniqueHigh)
		}
		if got := answers[Magnitude][k].Whole.Value; got != cell.Magnitude {
			t.Errorf("%s %v: magnitude %v, the sheet has %v", sheet.Period.Name, k, got, cell.Magnitude)
		}
		if got := answers[Networks][k].Whole.Value; got != cell.Networks && (got.Known || cell.Networks.Value > 0) {
			t.Errorf("%s %v: %v networks, the sheet has %v", sheet.Period.Name, k, got, cell.Networks)
		}
		if cell.Unique.Value > rollup.SketchSize {
			estimated++
		}
	}
	return estimated
}

func TestLadder(t *testing.T) {
	t.Parallel()
	p := newPast(t, 2000, 14)
	f := func(q Question, field, message string) {
		t.Helper()
		_, err := p.explorer.Ask(context.Background(), q)
		var wrong *QuestionError
		if !errors.As(err, &wrong) || wrong.Field != field || wrong.Message != message {
			t.Errorf("%+v: got %v, want %s", q, err, message)
		}
	}
	const kept = "addresses are kept by hour from 2025-12-08 on, by day from 2025-10-03 on, and of the time before by month"
	f(Question{Measure: Uniqueness, Range: "2025-11", Step: "1h"}, "step", kept+": of this range take steps of 1d, 1mo or whole")
	f(Question{Measure: Persistence, Range: "2025-11-03T10:00..2025-11-04T10:00"}, "range", kept+": take a range that begins and ends with one of these")
	f(Question{Measure: Uniqueness, Range: "2025-12-09", Step: "5m"}, "step", "uniqueness has no step of 5m: take 1h, 1d, 1mo, whole or auto")
	f(Question{Measure: Magnitude, Range: "2025-12-09", By: []Dimension{ByCountry}}, "by", "by place there are volumes, rates and shares alone: ask for one of these, or leave country out")
	f(Question{Measure: Uniqueness, Range: "2025-12-09T10:00..2025-12-10T05:00", Previous: true, Step: "whole", Where: "city = x"}, "where",
		"by place there are volumes, rates and shares alone: ask for one of these, or leave places out of the filter")
	a, err := p.explorer.Ask(context.Background(), Question{Measure: Uniqueness, Range: "7d", Step: "auto"})
	if err != nil {
		t.Fatal(err)
	}
	if a.Step != "1d" || a.From != slotAt(t, "2025-12-03T00:00").Time() {
		t.Errorf("seven days are %s from %s", a.Step, a.From)
	}
}

func TestManyRows(t *testing.T) {
	t.Parallel()
	p := newPast(t, 100, 14)
	r := rand.New(rand.NewPCG(1, 1))
	tally := rollup.New(rollup.Config{Key: p.source.Store.Key(), IPv6Prefix: 128})
	at := slotAt(t, "2025-12-09T12:00")
	for i := range 700 {
		f := randomFlow(r, p.source.Store.Names(), at, at+1, 14)
		f.AS, f.Prefix, f.Octets = 100+uint32(i), 0, uint64(1000_000+i)
		p.flows = append(p.flows, f)
		tally.Add([]flow.Flow{f})
	}
	if err := p.source.Store.Commit(context.Background(), tally.Take()); err != nil {
		t.Fatal(err)
	}
	p.explorer.config.Open = nil
	a, err := p.explorer.Ask(context.Background(), Question{Measure: Uniqueness, By: []Dimension{ByAS}, Range: "2025-12-09", Step: "1h", Top: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Rows) != 10 || a.Left < 690 || len(a.Notes) == 0 || !strings.Contains(a.Notes[0].What, "Only the 100 rows with most volume were looked at") {
		t.Errorf("%d rows, %d left, %v", len(a.Rows), a.Left, a.Notes)
	}
	p.open = nil
	w := p.between(a.From, a.To, nil, func(*flow.Flow) bool { return true })[""]
	if got := a.Total.Whole.Value.Value; got != float64(len(w.addresses)) {
		t.Errorf("the total has %v addresses, want %d", got, len(w.addresses))
	}
	if len(slices.Collect(maps.Keys(w.addresses))) == 0 {
		t.Error("nothing was compared")
	}
}
