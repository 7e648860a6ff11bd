package filter

import (
	"fmt"
	"unicode/utf8"
)

// Parse understands a text. A blank one is the nil Expr. Names of regions, links and providers are those
// of the vocabulary, and spelt as it spells them; nil takes any. A mistake is an *Error.
func Parse(text string, v *Vocabulary) (*Expr, error) {
	e, wrong := parse(text, v)
	if wrong != nil {
		return nil, wrong
	}
	return e, nil
}

// wanted is what would have been understood at a place.
type wanted uint8

const (
	wantNothing  wanted = iota // nothing more is understood after a mistake
	wantOperand                // a field, not, or (
	wantOperator               // after a field
	wantIn                     // after a field and not
	wantOpen                   // after in
	wantValue                  // after an operator, or in a list
	wantMore                   // after a value in a list: , or )
	wantAnd                    // after a comparison: and, or
	wantAndClose               // the same within parentheses: and, or, )
)

// parser reads an expression, one token ahead.
type parser struct {
	text  string
	names *Vocabulary
	next  token
	depth int
	after string // the last token taken, for messages
}

func parse(text string, v *Vocabulary) (*Expr, *Error) {
	if len(text) > maxText {
		return nil, &Error{Offset: maxText, Length: len(text) - maxText, Message: fmt.Sprintf("the filter is longer than %d characters: take something out", maxText)}
	}
	p := &parser{text: text, names: v}
	p.take()
	if p.next.kind == end {
		return nil, nil
	}
	n, wrong := p.or()
	if wrong != nil {
		return nil, wrong
	}
	if p.next.kind != end {
		return nil, p.wrong(wantAnd, "expected and, or or the end", "and", "or")
	}
	return &Expr{*n}, nil
}

// take goes on to the next token.
func (p *parser) take() {
	t := p.next
	if t.end > t.offset {
		p.after = p.text[t.offset:t.end]
	}
	p.next = lex(p.text, t.end)
}

// wrong is a mistake at the next token: what was expected there, and which words it may be a
// misspelling of.
func (p *parser) wrong(want wanted, expected string, meant ...string) *Error {
	t := &p.next
	e := &Error{Offset: t.offset, Length: t.end - t.offset, wanted: want}
	switch {
	case t.kind == wrong:
		e.Message = t.message
	case t.kind == end && p.after == "":
		e.Message = expected
	case t.kind == end:
		e.Message = expected + " after " + clip(p.after)
	default:
		e.Message = expected + ", found " + clip(p.text[t.offset:t.end])
		if near, ok := nearest(t.text, meant); ok && t.kind == bare {
			e.Message += ": did you mean " + near + "?"
		}
	}
	return e
}

// clip shortens what a message quotes.
func clip(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	n := most
	for !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}

// or reads alternatives.
func (p *parser) or() (*node, *Error) { return p.chain(opOr) }

// chain reads what and or or joins. Parentheses around the same are left out: (a and b) and c is
// a and b and c.
func (p *parser) chain(op op) (*node, *Error) {
	list := &node{op: op}
	for {
		n, wrong := p.link(op)
		if wrong != nil {
			return nil, wrong
		}
		if n.op == op {
			list.nodes = append(list.nodes, n.nodes...)
		} else {
			list.nodes = append(list.nodes, n)
		}
		if !p.next.is(op.String()) {
			break
		}
		p.take()
	}
	if len(list.nodes) == 1 {
		return list.nodes[0], nil
	}
	return list, nil
}

// link reads one part of a chain.
func (p *parser) link(op op) (*node, *Error) {
	if op == opOr {
		return p.chain(opAnd)
	}
	return p.operand()
}

// operand reads a comparison, one in parentheses, or not and another.
func (p *parser) operand() (*node, *Error) {
	if p.depth == maxDepth {
		return nil, &Error{Offset: p.next.offset, Length: p.next.end - p.next.offset, Message: "there are too many parentheses or nots within each other"}
	}
	p.depth++
	defer func() { p.depth-- }()
	switch {
	case p.next.is("not"):
		p.take()
		n, wrong := p.operand()
		if wrong != nil {
			return nil, wrong
		}
		return &node{op: opNot, nodes: []*node{n}}, nil
	case p.next.kind == sign && p.next.text == "(":
		p.take()
		n, wrong := p.or()
		if wrong != nil {
			return nil, wrong
		}
		if p.next.kind != sign || p.next.text != ")" {
			return nil, p.wrong(wantAndClose, "expected and, or or )", "and", "or")
		}
		p.take()
		return n, nil
	}
	return p.comparison()
}

// comparison reads a field, an operator and what follows.
func (p *parser) comparison() (*node, *Error) {
	if p.next.kind != bare || p.next.keyword() {
		return nil, p.wrong(wantOperand, "expected a field such as type or region")
	}
	f, ok := fieldOf(p.next.text)
	if !ok {
		e := p.wrong(wantOperand, "")
		var names []string
		for f := range NumFields {
			names = append(names, f.String())
		}
		e.Message = fmt.Sprintf("there is no field %s: %s", clip(p.next.text), orOneOf(p.next.text, names))
		return nil, e
	}
	p.take()
	n := &node{field: f}
	wrong := p.operator(n)
	if wrong == nil && (n.op == opIn || n.op == opNotIn) {
		wrong = p.list(n)
	} else if wrong == nil {
		wrong = p.value(n)
	}
	if wrong != nil {
		wrong.field = f
		return nil, wrong
	}
	n.compile()
	return n, nil
}

// operator reads an operator of a comparison's field.
func (p *parser) operator(n *node) *Error {
	switch {
	case p.next.kind == sign && p.next.text == "=":
		n.op = opEqual
	case p.next.kind == sign && p.next.text == "!=":
		n.op = opNotEqual
	case p.next.kind == sign && p.next.text == "~":
		if !n.field.text() {
			e := p.wrong(wantOperator, "")
			e.Message = fmt.Sprintf("~ looks into text, and %s is none: use = or in (…)", n.field)
			return e
		}
		n.op = opContains
	case p.next.is("in"):
		n.op = opIn
	case p.next.is("not"):
		p.take()
		if !p.next.is("in") {
			return p.wrong(wantIn, "expected in", "in")
		}
		n.op = opNotIn
	default:
		expected := "expected =, !=, in or not in"
		if n.field.text() {
			expected = "expected =, !=, in, not in or ~"
		}
		e := p.wrong(wantOperator, expected, "in", "not")
		if p.next.is("is") || p.next.is("eq") || p.next.is("equals") {
			e.Message = "there is no operator " + p.next.text + ": did you mean =?"
		}
		return e
	}
	p.take()
	return nil
}

// value reads one value of a comparison.
func (p *parser) value(n *node) *Error {
	t := p.next
	switch {
	case t.kind == bare && t.keyword():
		return p.wrong(wantValue, "expected a value (a keyword as a value is written in quotes)")
	case t.kind != bare && t.kind != literal:
		return p.wrong(wantValue, "expected a value")
	}
	val, message := n.field.read(t.text, n.op == opContains, p.names)
	if message != "" {
		e := p.wrong(wantValue, "")
		e.Message = message
		return e
	}
	n.values = append(n.values, val)
	p.take()
	return nil
}

// list reads values in parentheses.
func (p *parser) list(n *node) *Error {
	if p.next.kind != sign || p.next.text != "(" {
		return p.wrong(wantOpen, "expected ( and values with commas between them")
	}
	p.take()
	for {
		if wrong := p.value(n); wrong != nil {
			return wrong
		}
		switch {
		case p.next.kind == sign && p.next.text == ",":
			p.take()
		case p.next.kind == sign && p.next.text == ")":
			p.take()
			return nil
		default:
			return p.wrong(wantMore, "expected , or )")
		}
	}
}
