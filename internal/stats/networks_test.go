package stats

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/rollup"
)

// slowNetworks are the octets and addresses of every known network of a type in a period, by going
// through all flows; unknown has the octets of no network.
type slowNetworks struct {
	octets    map[string]uint64
	addresses map[string]map[flow.Addr]bool
	unknown   uint64
}

func (h *history) slowNetworks(p flow.Period, types ...flow.NetworkType) slowNetworks {
	out := slowNetworks{octets: map[string]uint64{}, addresses: map[string]map[flow.Addr]bool{}}
	for i := range h.flows {
		f := &h.flows[i]
		at := flow.SlotOf(f.Start)
		if at < p.From || at >= p.To || !slices.Contains(types, h.key(f).Type) {
			continue
		}
		network := h.catalogue.Network(f.AS, h.names.Prefixes.Value(f.Prefix), at)
		if network == catalogue.Unknown {
			out.unknown += f.Octets * f.Scale()
			continue
		}
		out.octets[network] += f.Octets * f.Scale()
		if out.addresses[network] == nil {
			out.addresses[network] = map[flow.Addr]bool{}
		}
		out.addresses[network][f.Remote] = true
	}
	return out
}

// concentration is what concentrationOf must find, in another way: whole numbers and all pairs.
func (s *slowNetworks) concentration() (networks int, top1, hhi, gini float64) {
	var total, largest uint64
	for _, o := range s.octets {
		total, largest = total+o, max(largest, o)
	}
	for _, a := range s.octets {
		share := float64(a) / float64(total)
		hhi += 1e4 * share * share
		for _, b := range s.octets {
			gini += math.Abs(float64(a)-float64(b)) / float64(total)
		}
	}
	return len(s.octets), float64(largest) / float64(total), hhi, gini / 2 / float64(len(s.octets))
}

// present are the networks with 0.01 % of all octets or more.
func (s *slowNetworks) present() map[string]uint64 {
	total := s.unknown
	for _, o := range s.octets {
		total += o
	}
	out := map[string]uint64{}
	for n, o := range s.octets {
		if float64(o) >= 0.0001*float64(total) {
			out[n] = o
		}
	}
	return out
}

func allTypes() []flow.NetworkType {
	var out []flow.NetworkType
	for t := range flow.NumNetworkTypes {
		out = append(out, t)
	}
	return out
}

func studyNetworks(t *testing.T, src *Source, now, before string, unsuppressed bool) (*Networks, *Answer) {
	t.Helper()
	var months []flow.Period
	for _, m := range []string{"2025-09", "2025-10", "2025-11", "2025-12"} {
		months = append(months, period(t, m))
	}
	q := Question{Months: months, Periods: []flow.Period{period(t, now), period(t, before)}, Unsuppressed: unsuppressed}
	q.Study = &StudyOf{Now: q.Periods[0], Before: q.Periods[1], Months: months}
	a, err := src.Ask(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a.Study.Networks, a
}

// TestNetworksAgreeWithTwin: all of an operator's study of networks is what going through all flows gives.
func TestNetworksAgreeWithTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	s := openStore(t)
	h := newHistory(t, r, 3000, s.Names())
	src := h.source(t, r, s)
	turned, kept := 0, NewCache(t.TempDir())
	for _, periods := range [][2]string{{"2025-11", "2025-10"}, {"2025-12", "2025-11"}, {"2025Q4", "2025Q3"}} {
		n, _ := studyNetworks(t, src, periods[0], periods[1], true)
		for range 2 { // what is kept of months gives the same
			src.Kept = kept
			if again, _ := studyNetworks(t, src, periods[0], periods[1], true); !reflect.DeepEqual(again, n) {
				t.Errorf("%s: with what is kept of finished months:\n%+v, without\n%+v", periods[0], again, n)
			}
			src.Kept = nil
		}
		now, before := period(t, periods[0]), period(t, periods[1])
		if len(n.Months) != 3 || n.Looked != map[string]int{"2025-11": 1, "2025-12": 2, "2025Q4": 0}[now.Name] {
			t.Fatalf("%s: %d months, %d searched", now.Name, len(n.Months), n.Looked)
		}
		for i := range n.Types {
			of := &n.Types[i]
			types := []flow.NetworkType{of.Type}
			if of.Type == AllTypes {
				types = allTypes()
			}
			h.compareConcentration(t, &of.Now, now, types)
			h.compareConcentration(t, &of.Before, before, types)
			for k, m := range n.Months {
				h.compareConcentration(t, &of.Months[k], m, types)
			}
			turned += h.compareTurnover(t, n, of, [2]flow.Period{now, before}, types)
		}
		h.compareMagnitude(t, n)
	}
	if turned < 4 {
		t.Errorf("only %d networks came or went: the test compares little", turned)
	}
}

func (h *history) compareConcentration(t *testing.T, got *Concentration, p flow.Period, types []flow.NetworkType) {
	t.Helper()
	slow := h.slowNetworks(p, types...)
	networks, top1, hhi, gini := slow.concentration()
	if got.Networks != networks {
		t.Errorf("%s %v: %d networks, want %d", p.Name, types, got.Networks, networks)
	}
	if networks == 0 {
		return
	}
	for name, pair := range map[string][2]float64{
		"top 1": {got.Top[0].Value, top1}, "HHI": {got.HHI.Value, hhi}, "effective": {got.Effective.Value, 1e4 / hhi}, "Gini": {got.Gini.Value, gini},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9*max(1, pair[1]) {
			t.Errorf("%s %v: %s is %v, want %v", p.Name, types, name, pair[0], pair[1])
		}
	}
	if n := len(got.Lorenz); n != LorenzSteps+1 || got.Lorenz[0] != 0 || got.Lorenz[n-1] != 1 || !slices.IsSorted(got.Lorenz) {
		t.Errorf("%s %v: Lorenz curve %v", p.Name, types, got.Lorenz)
	}
}

// compareTurnover returns how many networks came or went.
func (h *history) compareTurnover(t *testing.T, n *Networks, of *TypeNetworks, periods [2]flow.Period, types []flow.NetworkType) int {
	t.Helper()
	now, before := h.slowNetworks(periods[0], types...), h.slowNetworks(periods[1], types...)
	came, went := now.present(), before.present()
	both, nowPresent, beforePresent := 0, len(came), len(went)
	for network := range came {
		if _, ok := went[network]; ok {
			both++
			delete(went, network)
		}
	}
	for _, m := range []string{"2025-10", "2025-11"} {
		if p := period(t, m); p.To <= periods[0].From {
			seen := h.slowNetworks(p, types...)
			for network := range seen.present() {
				delete(came, network)
			}
		}
	}
	compare := func(what string, got *Turnover, want map[string]uint64, of int, all slowNetworks) {
		t.Helper()
		var bits, total uint64
		for _, o := range want {
			bits += o
		}
		for _, o := range all.octets {
			total += o
		}
		share := float64(bits) / float64(total+all.unknown)
		if got.Count != len(want) || got.Of != of || len(got.Names) != len(want) || of > 0 && math.Abs(got.Share.Value-share) > 1e-12 {
			t.Errorf("%s %v %s: %+v, want %v of %d with %v", periods[0].Name, types, what, got, want, of, share)
		}
		for _, name := range got.Names {
			if _, ok := want[name]; !ok {
				t.Errorf("%s %v %s: %s is none of %v", periods[0].Name, types, what, name, want)
			}
		}
	}
	turned := 0
	if of.New.Known = n.Looked > 0; of.New.Known {
		compare("new", &of.New, came, nowPresent, now)
		turned += len(came)
	}
	if periods[1].Name == "2025Q3" {
		if of.Gone.Known || of.Movers.Known {
			t.Errorf("%s: something is gone since a period without traffic", periods[0].Name)
		}
		return turned
	}
	compare("gone", &of.Gone, went, beforePresent, before)
	if of.Movers.Both != both {
		t.Errorf("%s %v: %d networks in both periods, want %d", periods[0].Name, types, of.Movers.Both, both)
	}
	return turned + len(went)
}

func (h *history) compareMagnitude(t *testing.T, n *Networks) {
	t.Helper()
	points := 0
	for _, of := range n.Magnitude {
		for k, m := range n.Months {
			slow := h.slowNetworks(m, of.Type)
			var want []float64
			for network, octets := range slow.octets {
				want = append(want, 8*float64(octets)/float64(len(slow.addresses[network])))
			}
			slices.Sort(want)
			if got := of.Months[k].Points; !slices.Equal(got, want) {
				t.Errorf("%s %s: magnitudes %v, want %v", m.Name, of.Type, got, want)
			}
			points += len(want)
		}
	}
	if points < 3 {
		t.Errorf("%d points: the test compares little", points)
	}
}

// TestNetworksPublished: of a hidden cell nothing is left, in its own type nor in all types, no network
// is named, and no number has more than three digits.
func TestNetworksPublished(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	s := openStore(t)
	h := newHistory(t, r, 3000, s.Names())
	src := h.source(t, r, s)
	src.Publish = PublishPolicy{MinAddresses: 10, MinNetworks: 2, MaxDominance: 0.8}
	n, a := studyNetworks(t, src, "2025-11", "2025-10", false)
	sheets := map[string]*Sheet{}
	for _, sh := range a.Months {
		sheets[sh.Period.Name] = sh
	}
	hides := func(typ flow.NetworkType, p flow.Period) bool {
		k := Total
		k.Type = typ
		c, ok := sheets[p.Name].At(k)
		return ok && c.Suppressed
	}
	hidden, shown := 0, 0
	check := func(typ flow.NetworkType, p flow.Period, c *Concentration) {
		t.Helper()
		if hides(typ, p) {
			hidden++
			if want := (Concentration{Hidden: true, LeftOut: c.LeftOut}); !reflect.DeepEqual(*c, want) {
				t.Errorf("%s %d is hidden and has %+v", p.Name, typ, c)
			}
			return
		}
		if typ != AllTypes {
			shown++
			return
		}
		var left, over []flow.NetworkType
		for _, typ := range allTypes() {
			if hides(typ, p) {
				left = append(left, typ)
			} else {
				over = append(over, typ)
			}
		}
		slow := h.slowNetworks(p, over...)
		if !slices.Equal(c.LeftOut, left) || c.Networks != len(slow.octets) {
			t.Errorf("%s: all types leave out %v and have %d networks, want %v and %d", p.Name, c.LeftOut, c.Networks, left, len(slow.octets))
		}
	}
	for i := range n.Types {
		of := &n.Types[i]
		for k, m := range n.Months {
			check(of.Type, m, &of.Months[k])
		}
		check(of.Type, n.Now, &of.Now)
		check(of.Type, n.Before, &of.Before)
		if of.Type != AllTypes && hides(of.Type, n.Now) {
			for name, part := range map[string]any{"new": of.New, "gone": of.Gone} {
				if want := (Turnover{Known: true, Hidden: true}); !reflect.DeepEqual(part, want) {
					t.Errorf("%s networks of hidden type %s: %+v", name, of.Type, part)
				}
			}
			if want := (Movers{Known: true, Hidden: true}); !reflect.DeepEqual(of.Movers, want) {
				t.Errorf("movers of hidden type %s: %+v", of.Type, of.Movers)
			}
		}
		if len(of.New.Names)+len(of.Gone.Names)+len(of.Movers.Named) > 0 {
			t.Errorf("%d: networks are named: %+v", of.Type, of)
		}
	}
	for _, of := range n.Magnitude {
		for k, m := range n.Months {
			if month := of.Months[k]; hides(of.Type, m) && !reflect.DeepEqual(month, MagnitudeMonth{Hidden: true}) {
				t.Errorf("%s: hidden type %s has magnitudes %+v", m.Name, of.Type, month)
			}
		}
	}
	threeDigits(t, "Networks", reflect.ValueOf(*n))
	if hidden == 0 || shown == 0 {
		t.Errorf("%d cells hidden, %d shown: the test needs both", hidden, shown)
	}
}

// threeDigits looks at every float64 of a value.
func threeDigits(t *testing.T, what string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Float64:
		if x := v.Float(); x != short(x) {
			t.Errorf("%s is published as %v", what, x)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			threeDigits(t, what+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			threeDigits(t, fmt.Sprintf("%s[%d]", what, i), v.Index(i))
		}
	}
}

// made is a networker of hand-made holdings of type hosting, with networks named by their numbers.
func made(policy PublishPolicy, now, before []uint64, earlier ...[]uint64) *networker {
	stretch := func(octets []uint64, name string) *stretchOfTime {
		p, err := flow.ParsePeriod(name)
		if err != nil {
			panic(err)
		}
		s := &stretchOfTime{period: p, held: &holdings{}}
		for network, o := range octets {
			if o > 0 {
				s.held.types[flow.Hosting] = append(s.held.types[flow.Hosting], holding{uint32(network), rollup.U128(o)})
			}
		}
		return s
	}
	n := &networker{loader: &loader{networks: make([]string, 64), policy: policy}}
	for i := range n.networks {
		n.networks[i] = fmt.Sprint(i)
	}
	n.now, n.before = stretch(now, "2025-11"), stretch(before, "2025-10") // 30 and 31 days
	for _, e := range earlier {
		n.earlier = append(n.earlier, stretch(e, "2025-10"))
	}
	return n
}

// TestTurnover: one stray packet is no network, unknown is none, and any month before counts.
func TestTurnover(t *testing.T) {
	//                                            0 unknown, 1 stays, 2 new, 3 stray, 4 comes back, 5 gone
	n := made(PublishPolicy{}, []uint64{1000, 50_000, 30_000, 7, 19_000, 3}, []uint64{0, 50_000, 3, 5, 0, 8}, []uint64{0, 50_000, 3, 5, 0, 8}, []uint64{0, 1, 0, 0, 9000, 0})
	n.unsuppressed = true
	if got := n.new(flow.Hosting); got.Count != 1 || got.Of != 3 || !slices.Equal(got.Names, []string{"2"}) || math.Abs(got.Share.Value-30_000./100_010) > 1e-15 {
		t.Errorf("new: %+v", got)
	}
	// 5 of 50,016 is less than 0.01 %; 8 is more.
	if got := n.gone(flow.Hosting); got.Count != 1 || got.Of != 2 || !slices.Equal(got.Names, []string{"5"}) || math.Abs(got.Share.Value-8./50_016) > 1e-15 {
		t.Errorf("gone: %+v", got)
	}
	n.earlier, n.before = nil, nil
	if got := n.new(flow.Hosting); got.Known || got.Count != 0 {
		t.Errorf("without months before, new: %+v", got)
	}
	if got, movers := n.gone(flow.Hosting), n.movers(flow.Hosting); got.Known || movers.Known {
		t.Errorf("without a period before, gone: %+v, movers: %+v", got, movers)
	}
}

// TestTurnoverShares: bits of a group are shown where neither it nor the rest is anybody's.
func TestTurnoverShares(t *testing.T) {
	policy := PublishPolicy{MinAddresses: 3, MinNetworks: 3, MaxDominance: 0.9}
	many := []uint64{0, 10, 10, 10, 10}
	f := func(what string, fresh []uint64, want bool) {
		t.Helper()
		n := made(policy, slices.Concat(many, fresh), many, many)
		got := n.new(flow.Hosting)
		if got.Share.Known != want || got.Count != len(fresh) {
			t.Errorf("%s: %+v, want its share known is %v", what, got, want)
		}
		n.policy.Always = []flow.NetworkType{flow.Hosting}
		if got := n.new(flow.Hosting); !got.Share.Known {
			t.Errorf("%s, always published: %+v", what, got)
		}
	}
	f("none", nil, true)
	f("one", []uint64{10}, false)
	f("two", []uint64{10, 10}, false)
	f("three", []uint64{10, 10, 10}, true)
	f("a dominant one of three", []uint64{1000, 10, 10}, false)
	n := made(policy, []uint64{0, 10, 10, 10, 10}, []uint64{0, 10}, []uint64{0, 10})
	if got := n.new(flow.Hosting); got.Share.Known || got.Count != 3 {
		t.Errorf("all but one are new: %+v, and that one's bits could be had", got)
	}
	n = made(PublishPolicy{MinAddresses: 4, MinNetworks: 3, MaxDominance: 0.9}, slices.Concat(many, []uint64{5, 5, 5}), many, many)
	if got := n.new(flow.Hosting); got.Share.Known {
		t.Errorf("three networks of at least three addresses: %+v, want four addresses", got)
	}
}

// TestCover: the share of all types' newcomers is not the missing one of a single type.
func TestCover(t *testing.T) {
	n := &Networks{Types: []TypeNetworks{
		{Type: flow.CDN, New: Turnover{Count: 5, Share: num(0.1)}, Gone: Turnover{Count: 0, Share: Num{}}},
		{Type: flow.Hosting, New: Turnover{Count: 1}, Gone: Turnover{Count: 4, Share: num(0.2)}},
		{Type: AllTypes, New: Turnover{Count: 6, Share: num(0.08)}, Gone: Turnover{Count: 4, Share: num(0.1)}},
	}}
	n.cover()
	if all := n.Types[2]; all.New.Share.Known || !all.Gone.Share.Known || all.New.Count != 6 {
		t.Errorf("%+v", all)
	}
}

// TestMovers: rates are compared, not bits: 31 days against 30.
func TestMovers(t *testing.T) {
	const days = 86_400
	now := []uint64{9999 * days, 30 * 100 * days, 30 * 201 * days, 30 * 49 * days, 30 * 200 * days, 30 * 10 * days}
	before := []uint64{1, 31 * 100 * days, 31 * 100 * days, 31 * 100 * days, 31 * 100 * days, 0, 31 * 20 * days}
	n := made(PublishPolicy{}, now, before)
	n.unsuppressed = true
	got := n.movers(flow.Hosting)
	// Changes in octets a second: 2 +101, 3 −51, 4 +100 (exactly double), 5 +10, 6 −20; together 282.
	if got.Both != 4 || got.Doubled != 1 || got.Halved != 1 || math.Abs(got.Largest.Value-101./282) > 1e-12 {
		t.Errorf("%+v", got)
	}
	if len(got.Named) != 6 || got.Named[0].Network != "2" || math.Abs(got.Named[0].Before-800) > 1e-9 || math.Abs(got.Named[0].Now-1608) > 1e-9 || got.Named[5].Network != "1" {
		t.Errorf("%+v", got.Named)
	}
	same := made(PublishPolicy{MinNetworks: 1}, []uint64{0, 30, 60}, []uint64{0, 31, 62})
	if got := same.movers(flow.Hosting); !got.Largest.Known || got.Largest.Value != 0 || len(got.Named) != 0 {
		t.Errorf("nothing changed: %+v", got)
	}
	one := made(PublishPolicy{MinNetworks: 2, MaxDominance: 0.9}, []uint64{0, 1, 2, 3, 4, 1 << 40}, []uint64{0, 1, 2, 3, 4, 5})
	if got := one.movers(flow.Hosting); got.Largest.Known || got.Both != 1 {
		t.Errorf("one network is nearly all of the change: %+v", got)
	}
	few := made(PublishPolicy{MinNetworks: 3}, []uint64{0, 1, 2, 3, 4, 5}, []uint64{0, 5, 4, 3, 2, 1})
	if got := few.movers(flow.Hosting); got.Largest.Known || got.Both != 5 {
		t.Errorf("five networks: %+v, want no largest mover", got)
	}
}

// TestMagnitudeThresholds: networks of few addresses have no point, and two points are none.
func TestMagnitudeThresholds(t *testing.T) {
	n := made(PublishPolicy{MinAddresses: 10, MinNetworks: 3}, []uint64{5, 123_457, 1000, 2000, 3000}, nil)
	counts := map[typedNetwork]float64{}
	for network := range uint32(5) {
		counts[typedNetwork{flow.Hosting, network}] = 10
	}
	got := n.points(flow.Hosting, n.now, counts)
	if want := []float64{800, 1600, 2400, 98_800}; !slices.Equal(got.Points, want) || got.Few != 0 || got.Hidden {
		t.Errorf("%+v, want %v", got, want)
	}
	counts[typedNetwork{flow.Hosting, 2}] = 9
	if got := n.points(flow.Hosting, n.now, counts); len(got.Points) != 3 || got.Few != 1 {
		t.Errorf("one with nine addresses: %+v", got)
	}
	counts[typedNetwork{flow.Hosting, 3}] = 9
	if got := n.points(flow.Hosting, n.now, counts); !reflect.DeepEqual(got, MagnitudeMonth{Hidden: true}) {
		t.Errorf("two are left: %+v", got)
	}
	m := Networks{Magnitude: []TypeMagnitude{{Months: []MagnitudeMonth{{Points: []float64{800, 1600}}}}}}
	m.normalize(rollup.U128(300)) // 2,400 bits
	if want := []float64{33.3, 66.7}; !slices.Equal(m.Magnitude[0].Months[0].Points, want) {
		t.Errorf("normalised: %v, want %v", m.Magnitude[0].Months[0].Points, want)
	}
}
