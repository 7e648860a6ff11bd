package filter

import (
	"strings"

	"tributary/internal/flow"
)

// Fields is a set of fields: bit f is field f.
type Fields uint16

// Of is the set of some fields.
func Of(list ...Field) Fields {
	var s Fields
	for _, f := range list {
		s |= 1 << f
	}
	return s
}

// Has reports that all of o are in s.
func (s Fields) Has(o Fields) bool { return s&o == o }

// Row is what is known of some traffic. Texts are as their tables have them; empty ones are what has
// none: see Unknown, Unlisted and None.
type Row struct {
	Known Fields // which of the fields are known; Group is where Type is

	Type      flow.NetworkType
	Direction flow.Direction // not flow.Both
	Version   uint8          // 4 or 6
	LinkKind  flow.LinkKind
	AS        uint32

	Region, Link, Provider, Network, Prefix string
	Country, Subdivision, City              string // Subdivision is ISO 3166-2 with the country: US-CA
}

// Verdict is whether an expression lets a row through.
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota
	Maybe         // it depends on fields that are not known
	Yes
)

func verdict(yes bool) Verdict {
	if yes {
		return Yes
	}
	return No
}

// Eval is whether the expression lets the row through, as far as its known fields say: Kleene's logic of
// three values. It allocates nothing where texts are ASCII without capitals.
func (e *Expr) Eval(r *Row) Verdict {
	if e == nil {
		return Yes
	}
	return e.eval(r)
}

func (n *node) eval(r *Row) Verdict {
	switch n.op {
	case opAnd:
		least := Yes
		for _, c := range n.nodes {
			if least = min(least, c.eval(r)); least == No {
				break
			}
		}
		return least
	case opOr:
		most := No
		for _, c := range n.nodes {
			if most = max(most, c.eval(r)); most == Yes {
				break
			}
		}
		return most
	case opNot:
		return Yes - n.nodes[0].eval(r)
	}
	known := n.field
	if known == Group {
		known = Type
	}
	if !r.Known.Has(Of(known)) {
		return Maybe
	}
	return verdict(n.holds(r) != (n.op == opNotEqual || n.op == opNotIn))
}

// holds reports that the row has one of the comparison's values.
func (n *node) holds(r *Row) bool {
	switch n.field {
	case Type, Group:
		return n.bits>>r.Type&1 != 0
	case Direction:
		return n.bits>>r.Direction&1 != 0
	case Version:
		return n.bits>>r.Version&1 != 0
	case LinkKind:
		return n.bits>>r.LinkKind&1 != 0
	case AS:
		for i := range n.values {
			if n.values[i].first <= r.AS && r.AS <= n.values[i].last {
				return true
			}
		}
		return false
	}
	text := r.text(n.field)
	if text == "" {
		text = n.field.absent()
	}
	text = fold(text)
	if n.op == opContains {
		return strings.Contains(text, n.values[0].folded)
	}
	if n.set != nil {
		_, ok := n.set[text]
		return ok
	}
	for i := range n.values {
		if n.values[i].folded == text {
			return true
		}
	}
	return false
}

// text is the value of a field of text.
func (r *Row) text(f Field) string {
	switch f {
	case Region:
		return r.Region
	case Link:
		return r.Link
	case Provider:
		return r.Provider
	case Network:
		return r.Network
	case Prefix:
		return r.Prefix
	case Country:
		return r.Country
	case Subdivision:
		return r.Subdivision
	}
	return r.City
}

// Fields are those that the expression looks at. Group is not among them: Type is.
func (e *Expr) Fields() Fields {
	if e == nil {
		return 0
	}
	return e.fields()
}

func (n *node) fields() Fields {
	if n.op.joins() {
		var s Fields
		for _, c := range n.nodes {
			s |= c.fields()
		}
		return s
	}
	if n.field == Group {
		return Of(Type)
	}
	return Of(n.field)
}

// Conjuncts are expressions that all must let a row through for e to do so: the parts between its
// outermost ands. None for nil.
func (e *Expr) Conjuncts() []*Expr {
	if e == nil {
		return nil
	}
	if e.op != opAnd {
		return []*Expr{e}
	}
	var out []*Expr
	for _, c := range e.nodes {
		out = append(out, &Expr{*c})
	}
	return out
}

// Rest is what remains to be asked of a row whose known fields are r's, now and whatever else it has: an
// expression over the other fields alone. Where it lets everything through, which is so iff Eval says Yes,
// it is nil; where it lets nothing through, iff Eval says No, ok is false.
func (e *Expr) Rest(r *Row) (rest *Expr, ok bool) {
	switch e.Eval(r) {
	case Yes:
		return nil, true
	case No:
		return nil, false
	}
	return &Expr{*e.rest(r)}, true
}

// rest is that of a node that may be.
func (n *node) rest(r *Row) *node {
	if !n.op.joins() {
		return n
	}
	out := &node{op: n.op}
	for _, c := range n.nodes {
		if c.eval(r) == Maybe {
			out.nodes = append(out.nodes, c.rest(r))
		}
	}
	if n.op != opNot && len(out.nodes) == 1 {
		return out.nodes[0]
	}
	return out.flat()
}
