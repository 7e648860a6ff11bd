package filter

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
)

// texts are the values that random rows and expressions take, so that they meet often.
var texts = map[Field][]string{
	Region: {"US-East", "US-West", "EU-Central"}, Link: {"flexify", "decix", "Transit A", ""},
	Provider: {"Flexify", `ACME "East", Inc.`, ""}, Network: {"Google", "Amazon", "and", `b\s`, "Zürich Net", ""},
	Prefix: {"pool-1", ""}, Country: {"US", "DE", ""}, Subdivision: {"US-CA", ""}, City: {"München", "Ashburn", ""},
}

func randomRow(r *rand.Rand) Row {
	pick := func(f Field) string { return texts[f][r.IntN(len(texts[f]))] }
	return Row{
		Known: 1<<NumFields - 1, Type: flow.NetworkType(r.IntN(int(flow.NumNetworkTypes))), Direction: flow.Direction(r.IntN(2)),
		Version: uint8(4 + 2*r.IntN(2)), LinkKind: flow.LinkKind(r.IntN(6)), AS: uint32(r.IntN(8)),
		Region: pick(Region), Link: pick(Link), Provider: pick(Provider), Network: pick(Network), Prefix: pick(Prefix),
		Country: pick(Country), Subdivision: pick(Subdivision), City: pick(City),
	}
}

// randomText writes an expression with needless parentheses and in any case of letters.
func randomText(r *rand.Rand, depth int) string {
	if depth > 0 {
		switch r.IntN(5) {
		case 0, 1:
			return randomText(r, depth-1) + [...]string{" and ", " or ", " AND\t", "\nOr "}[r.IntN(4)] + randomText(r, depth-1)
		case 2:
			return "not " + randomText(r, depth-1)
		case 3:
			return "(" + randomText(r, depth-1) + ")"
		}
	}
	f := Field(r.IntN(int(NumFields)))
	name := f.String()
	if r.IntN(3) == 0 {
		name = strings.ToUpper(name)
	}
	switch r.IntN(5) {
	case 0:
		return name + "=" + randomValue(r, f)
	case 1:
		return name + " != " + randomValue(r, f)
	case 2:
		if f.text() {
			v := texts[f][0]
			return name + " ~ " + quoted(strings.ToUpper(v[:2]))
		}
	}
	list := []string{randomValue(r, f)}
	for range r.IntN(2) * r.IntN(14) {
		list = append(list, randomValue(r, f))
	}
	return name + [...]string{" in(", " not in ("}[r.IntN(2)] + strings.Join(list, ",") + ")"
}

func randomValue(r *rand.Rand, f Field) string {
	if words := f.words(); words != nil {
		return words[r.IntN(len(words))].Text
	}
	if f == AS {
		return [...]string{"3", "AS5", "2..4", "0..1", "as7..AS7"}[r.IntN(5)]
	}
	v := texts[f][r.IntN(len(texts[f]))]
	if v == "" {
		v = f.absent()
	}
	if r.IntN(2) == 0 {
		v = strings.ToUpper(v)
	}
	return written(v)
}

// naive decides by the texts of fields and values alone.
func naive(n *node, r *Row) bool {
	switch n.op {
	case opAnd:
		return !slices.ContainsFunc(n.nodes, func(c *node) bool { return !naive(c, r) })
	case opOr:
		return slices.ContainsFunc(n.nodes, func(c *node) bool { return naive(c, r) })
	case opNot:
		return !naive(n.nodes[0], r)
	}
	var is string
	switch n.field {
	case Type:
		is = r.Type.String()
	case Group:
		is = r.Type.Group()
	case Direction:
		is = r.Direction.String()
	case Version:
		is = map[uint8]string{4: "4", 6: "6"}[r.Version]
	case LinkKind:
		is = r.LinkKind.String()
	case AS:
	default:
		if is = reflect.ValueOf(*r).FieldByName(map[Field]string{Region: "Region", Link: "Link", Provider: "Provider", Network: "Network",
			Prefix: "Prefix", Country: "Country", Subdivision: "Subdivision", City: "City"}[n.field]).String(); is == "" {
			is = map[Field]string{Link: "unlisted", Provider: "none", Prefix: "none"}[n.field]
			if is == "" {
				is = "unknown"
			}
		}
	}
	has := slices.ContainsFunc(n.values, func(v value) bool {
		switch {
		case n.field == AS:
			return v.first <= r.AS && r.AS <= v.last
		case n.op == opContains:
			return strings.Contains(strings.ToLower(is), strings.ToLower(v.text))
		}
		return strings.EqualFold(is, v.text)
	})
	return has != (n.op == opNotEqual || n.op == opNotIn)
}

func TestRandomExpressions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := randomText(r, 4)
		e, err := Parse(text, names)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := Parse(e.String(), names)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, e, err)
		}
		if !reflect.DeepEqual(e, again) {
			t.Fatalf("%q prints as %q, which parses to %q", text, e, again)
		}
		row := randomRow(r)
		want := verdict(naive(&e.node, &row))
		if got := e.Eval(&row); got != want {
			t.Fatalf("%q of %+v: got %d, want %d", e, row, got, want)
		}
		partly(t, r, e, row, want)
	}
}

// partly checks what is said where only some fields are known.
func partly(t *testing.T, r *rand.Rand, e *Expr, row Row, want Verdict) {
	t.Helper()
	some := row
	some.Known = Fields(r.Uint32()) & (1<<NumFields - 1)
	got := e.Eval(&some)
	if got != Maybe && got != want {
		t.Fatalf("%q of the fields %b of %+v: got %d, but with all fields it is %d", e, some.Known, row, got, want)
	}
	if some.Known.Has(e.Fields()) && got == Maybe {
		t.Fatalf("%q of the fields %b of %+v may be, though all its fields are known", e, some.Known, row)
	}
	rest, ok := e.Rest(&some)
	if ok != (got != No) || ok && (rest == nil) != (got == Yes) {
		t.Fatalf("%q is %d of the fields %b, and leaves %q, %v", e, got, some.Known, rest, ok)
	}
	if ok && rest.Eval(&row) != want {
		t.Fatalf("%q leaves %q of the fields %b of %+v, which is not %d", e, rest, some.Known, row, want)
	}
	if again, err := Parse(rest.String(), names); err != nil || !reflect.DeepEqual(rest, again) {
		t.Fatalf("%q leaves %q, which parses to %q, %v", e, rest, again, err)
	}
	all := Yes
	for _, c := range e.Conjuncts() {
		all = min(all, c.Eval(&some))
	}
	if all != got {
		t.Fatalf("%q is %d, its conjuncts %d", e, got, all)
	}
}

func TestNil(t *testing.T) {
	var e *Expr
	if e.Eval(&Row{}) != Yes || e.Fields() != 0 || e.Conjuncts() != nil || e.String() != "" {
		t.Error("the nil expression does not let everything through")
	}
}

func TestEvalAllocates(t *testing.T) {
	e, err := Parse("network in (a, b, c, d, e, f, g, h, i, j) or region = us-east or as = 5..9 or network ~ google", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := Row{Known: 1<<NumFields - 1, Network: "netflix", Region: "eu", AS: 2}
	if n := testing.AllocsPerRun(100, func() { e.Eval(&r) }); n != 0 {
		t.Errorf("allocs = %v, want 0", n)
	}
}

func BenchmarkEval(b *testing.B) {
	e, err := Parse("type = neocloud and region in (US-East, EU-Central) and not link.kind = migration", nil)
	if err != nil {
		b.Fatal(err)
	}
	r := Row{Known: 1<<NumFields - 1, Type: flow.Neocloud, Region: "eu-central"}
	for b.Loop() {
		e.Eval(&r)
	}
}
