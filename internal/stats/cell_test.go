package stats

import (
	"testing"

	"tributary/internal/flow"
)

func TestRatiosGiveNothingHiddenAway(t *testing.T) {
	total := Key{"EU", AllTypes, flow.Both, AllVersions}
	of := func(typ flow.NetworkType) Key { return Key{"EU", typ, flow.Both, AllVersions} }
	six := total
	six.Version = 6
	cell := func(k Key, bits float64) Cell { return Cell{Key: k, Measures: Measures{Bits: num(bits)}} }
	cells := []Cell{
		cell(total, 100), cell(six, 25),
		cell(of(flow.Hosting), 10), cell(of(flow.Neocloud), 30), cell(of(flow.ISPTier1), 20),
		{Key: of(flow.ISPRegional), Suppressed: true},
	}
	s := SheetOf(flow.Period{Name: "2025-10"}, cells)
	f := func(what string, got, want Num) {
		t.Helper()
		if got != want {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	f("IPv6 share", s.Ratio(six, total), num(0.25))
	f("share of a type without a cell", s.Ratio(of(flow.CDN), total), num(0))
	f("share of a hidden type", s.Ratio(of(flow.ISPRegional), total), Num{})
	f("ratio to nothing", s.Ratio(total, of(flow.CDN)), Num{})
	f("cloud", s.GroupShare("cloud", total), num(0.4))
	f("isp, a part of which is hidden", s.GroupShare("isp", total), Num{})
	f("cdn, without a cell", s.GroupShare("cdn", total), num(0))

	cells[0] = Cell{Key: total, Suppressed: true}
	s = SheetOf(flow.Period{Name: "2025-10"}, cells)
	f("cloud of a hidden total", s.GroupShare("cloud", total), Num{})
	f("IPv6 share of a hidden total", s.Ratio(six, total), Num{})
}

func TestHideTakesSharesOfHiddenTotals(t *testing.T) {
	total, cdn, other := Key{"EU", AllTypes, flow.Both, AllVersions}, Key{"EU", flow.CDN, flow.Both, AllVersions}, Key{"US", flow.CDN, flow.Both, AllVersions}
	m := Measures{Bits: num(8), Share: num(0.5)}
	s := SheetOf(flow.Period{Name: "2025-10"}, []Cell{{Key: total, Measures: m, Suppressed: true}, {Key: cdn, Measures: m}, {Key: other, Measures: m}})
	s.hide()
	if c, _ := s.At(total); c.Measures != (Measures{}) {
		t.Errorf("a hidden cell keeps %+v", c.Measures)
	}
	if c, _ := s.At(cdn); c.Share.Known || !c.Bits.Known {
		t.Errorf("beside a hidden total: %+v, want bits and no share", c.Measures)
	}
	if c, _ := s.At(other); !c.Share.Known {
		t.Error("another region's share is gone too")
	}
}

func TestNumText(t *testing.T) {
	f := func(n Num, want string) {
		t.Helper()
		if got := n.Text(); got != want {
			t.Errorf("Text of %v = %q, want %q", n, got, want)
		}
	}
	f(Num{}, "")
	f(num(0), "0")
	f(num(1.0/3), "0.3333333333333333")
	f(num(1e-9), "0.000000001")
	f(num(1<<70), "1180591620717411300000")
	if b, err := (Num{}).MarshalJSON(); string(b) != "null" || err != nil {
		t.Errorf("nothing is %s (%v) in JSON, want null", b, err)
	}
}
