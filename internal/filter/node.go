package filter

import "strings"

// op is what a node does.
type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opEqual
	opNotEqual
	opIn
	opNotIn
	opContains
)

func (o op) String() string {
	return [...]string{opAnd: "and", opOr: "or", opNot: "not", opEqual: "=", opNotEqual: "!=", opIn: "in", opNotIn: "not in", opContains: "~"}[o]
}

// joins reports an operator on nodes, and not on values.
func (o op) joins() bool { return o <= opNot }

// node is a part of an expression. It is not changed once it was parsed.
type node struct {
	op    op
	nodes []*node // of and and or: two or more, none of which is of the same; of not: one

	field  Field
	values []value             // one; of in and not in: one or more
	bits   uint32              // of fields that have few values: the values'
	set    map[string]struct{} // of many texts: folded
}

// compile prepares a comparison for many rows.
func (n *node) compile() {
	const many = 8 // from here on a look into a map is faster than so many comparisons
	for i := range n.values {
		n.bits |= n.values[i].bits
	}
	if n.field.text() && n.op != opContains && len(n.values) > many {
		n.set = make(map[string]struct{}, len(n.values))
		for i := range n.values {
			n.set[n.values[i].folded] = struct{}{}
		}
	}
}

// flat is the node with the parts of parts of the same kind in their place.
func (n *node) flat() *node {
	if n.op != opAnd && n.op != opOr {
		return n
	}
	var all []*node
	for _, c := range n.nodes {
		if c.op == n.op {
			all = append(all, c.nodes...)
		} else {
			all = append(all, c)
		}
	}
	return &node{op: n.op, nodes: all}
}

// String is the expression as the language writes it, in one way for all texts that parse to the same;
// empty for nil.
func (e *Expr) String() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	e.print(&b)
	return b.String()
}

func (n *node) print(b *strings.Builder) {
	switch n.op {
	case opAnd, opOr:
		for i, c := range n.nodes {
			if i > 0 {
				b.WriteString(" " + n.op.String() + " ")
			}
			c.within(n.op, b)
		}
	case opNot:
		b.WriteString("not ")
		n.nodes[0].within(opNot, b)
	default:
		b.WriteString(n.field.String() + " " + n.op.String() + " ")
		if n.op != opIn && n.op != opNotIn {
			b.WriteString(written(n.values[0].text))
			return
		}
		for i := range n.values {
			b.WriteString([]string{"(", ", "}[min(i, 1)] + written(n.values[i].text))
		}
		b.WriteString(")")
	}
}

// within prints a part of another node: in parentheses if it binds less.
func (n *node) within(outer op, b *strings.Builder) {
	if n.op == opOr && outer != opOr || n.op == opAnd && outer == opNot {
		b.WriteString("(")
		defer b.WriteString(")")
	}
	n.print(b)
}
