package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tributary/internal/yamlfile"
)

// Change is an entry to be written into a file, or removed from it. It is told from others by its AS
// number or prefix with its days; of the entry only what a file says counts, not the Rule.
type Change struct {
	Entry
	Remove bool
}

// Text is the entry as a line of a file: "{as: 64500, name: Example, type: hosting}".
func (e *Entry) Text() string {
	if e.AS != 0 {
		return string(yamlfile.AppendInline(nil, asEntry{e.AS, e.Name, e.Type, dayOf(e.From), dayBefore(e.To)}))
	}
	return string(yamlfile.AppendInline(nil, prefixEntry{e.Prefix, e.Name, e.Type, e.Metro, dayOf(e.From), dayBefore(e.To)}))
}

// list is the key of the list that the entry stands in.
func (e *Entry) list() string {
	if e.AS != 0 {
		return "networks"
	}
	return "prefixes"
}

// about reports that two entries are about the same AS number or prefix.
func (e *Entry) about(o *Entry) bool { return e.AS == o.AS && e.Prefix == o.Prefix }

// same reports that two entries say the same.
func (e *Entry) same(o *Entry) bool {
	return e.about(o) && e.Name == o.Name && e.Type == o.Type && e.Metro == o.Metro && e.From == o.From && e.To == o.To
}

// EditError is a change that cannot be made in the text of a file.
type EditError struct {
	Why string // a sentence
	Add string // the lines to write by hand; "" = none
}

func (e *EditError) Error() string { return e.Why }

// Edit returns the text of a file with the changes made. Everything else stays as it is written:
// comments, order, line ends. An entry of the same AS number or prefix and the same days is replaced
// where it stands (a prefix keeps its metro, unless another is given); a new one goes to the end of its
// list, or, if it is dated and an undated one about the same would win over it, before that one.
//
// The error is a yamlfile.Problems where the text does not load or would not, or an *EditError where
// the text is written in a way that this cannot be done in; the file that comes out is always
// exactly the entries that were there, with the changes.
func Edit(name string, text []byte, changes []Change) ([]byte, error) {
	for _, c := range changes {
		var err error
		if text, err = edit(name, text, &c); err != nil {
			return nil, err
		}
	}
	return text, nil
}

func edit(name string, text []byte, c *Change) ([]byte, error) {
	old, problems := parse(name, text)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	want, at, err := changed(old, c)
	if err != nil {
		return nil, err
	}
	e := newEditor(name, text, c)
	switch {
	case c.Remove:
		err = e.remove(at)
	case len(want) == len(old):
		err = e.replace(at)
	default:
		err = e.insert(at)
	}
	if err != nil {
		return nil, err
	}
	next := e.bytes()
	got, problems := parse(name, next)
	if len(problems) > 0 && e.wellFormed(next) { // what the entries say does not agree
		return nil, problems.Err()
	}
	if len(problems) > 0 || !slices.EqualFunc(got, want, func(a, b Entry) bool { return a.same(&b) }) {
		return nil, e.byHand()
	}
	return next, nil
}

// changed are the entries of a file after a change, and which item of the list the change is made at:
// of a new entry, the one that it stands before; the length of the list is its end.
func changed(old []Entry, c *Change) (want []Entry, at int, err error) {
	first, length := 0, 0 // of the list in all entries: networks come first
	for i := range old {
		if old[i].list() == c.list() {
			length++
		} else if c.AS == 0 {
			first++
		}
	}
	list := old[first : first+length]
	same := slices.IndexFunc(list, func(e Entry) bool { return e.about(&c.Entry) && e.From == c.From && e.To == c.To })
	if c.Remove {
		if same < 0 {
			return nil, 0, &EditError{Why: "The file has no such entry to remove."}
		}
		return slices.Delete(slices.Clone(old), first+same, first+same+1), same, nil
	}
	if same >= 0 {
		c.Metro = cmp.Or(c.Metro, list[same].Metro)
		want = slices.Clone(old)
		want[first+same] = c.Entry
		return want, same, nil
	}
	at = length
	if c.From != 0 || c.To != Always {
		if undated := slices.IndexFunc(list, func(e Entry) bool { return e.about(&c.Entry) && e.From == 0 && e.To == Always }); undated >= 0 {
			at = undated
		}
	}
	return slices.Insert(slices.Clone(old), first+at, c.Entry), at, nil
}

// editor changes the lines of a file.
type editor struct {
	name   string
	change *Change
	file   *yamlfile.File
	lines  []string // with their ends
	items  int      // of the list
}

func newEditor(name string, text []byte, c *Change) *editor {
	var doc document
	file, _ := yamlfile.Read(name, text, &doc, parsers())
	e := &editor{name: name, change: c, file: file, lines: strings.SplitAfter(string(text), "\n"), items: len(doc.Networks)}
	if c.AS == 0 {
		e.items = len(doc.Prefixes)
	}
	if last := len(e.lines) - 1; e.lines[last] == "" {
		e.lines = e.lines[:last]
	}
	return e
}

func (e *editor) bytes() []byte { return []byte(strings.Join(e.lines, "")) }

// wellFormed reports that a text can be read, whatever its entries say.
func (e *editor) wellFormed(text []byte) bool {
	var doc document
	_, problems := yamlfile.Read(e.name, text, &doc, parsers())
	return len(problems) == 0
}

func (e *editor) byHand() error {
	if e.change.Remove {
		return &EditError{Why: "The file is written in a way that an entry cannot be taken out of by itself: remove it by hand."}
	}
	return &EditError{
		Why: "The file is written in a way that an entry cannot be added to by itself: write it by hand, or write the lists with an entry a line.",
		Add: e.change.list() + ":\n  - " + e.change.Text() + "\n",
	}
}

// end is that of the file's lines: CR LF where the file has it.
func (e *editor) end() string {
	if len(e.lines) > 0 && strings.HasSuffix(e.lines[0], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

func (e *editor) insertLines(at int, lines ...string) {
	if at == len(e.lines) && at > 0 && !strings.HasSuffix(e.lines[at-1], "\n") {
		e.lines[at-1] += e.end()
	}
	for i := range lines {
		lines[i] += e.end()
	}
	e.lines = slices.Insert(e.lines, at, lines...)
}

// item is the line of an item, from 0, that its dash stands on; -1 where none does.
func (e *editor) item(i int) int {
	line := e.file.Line(fmt.Sprintf("%s[%d]", e.change.list(), i)) - 1
	for own := line; line >= 0 && line < len(e.lines); line-- {
		t := strings.TrimSpace(e.lines[line])
		switch {
		case t == "-", line == own && strings.HasPrefix(t, "- "):
			return line
		case line != own && t != "" && t[0] != '#': // the dash may stand alone before its item
			return -1
		}
	}
	return -1
}

// after is the line after the last one of an item with anything but comments.
func (e *editor) after(i int) int {
	end := len(e.lines)
	if i+1 < e.items {
		end = e.file.Line(fmt.Sprintf("%s[%d]", e.change.list(), i+1)) - 1
		if dash := e.item(i + 1); dash >= 0 {
			end = dash
		}
	} else {
		start := e.file.Line(fmt.Sprintf("%s[%d]", e.change.list(), i))
		for _, key := range []string{"networks", "prefixes"} {
			if line := e.file.Line(key); line > start {
				end = min(end, line-1)
			}
		}
	}
	for ; end > 0; end-- {
		t := strings.TrimSpace(e.lines[end-1])
		if t != "" && t[0] != '#' && t != "---" && t != "..." {
			break
		}
	}
	return end
}

// insert writes the new entry before an item, or at the end of the list.
func (e *editor) insert(at int) error {
	list, text := e.change.list(), e.change.Text()
	if e.items == 0 {
		return e.begin(list, text)
	}
	model := e.item(min(at, e.items-1))
	if model < 0 {
		return e.byHand()
	}
	dash := e.lines[model]
	dash = dash[:len(dash)-len(strings.TrimLeft(dash, " \t"))] + "- "
	if at == e.items {
		e.insertLines(e.after(at-1), dash+text)
	} else {
		e.insertLines(model, dash+text)
	}
	return nil
}

// begin writes the first entry of a list.
func (e *editor) begin(list, text string) error {
	key := e.file.Line(list) - 1
	if key < 0 {
		at := len(e.lines)
		for at > 0 && strings.TrimSpace(e.lines[at-1]) == "" {
			at--
		}
		if at > 0 && strings.TrimSpace(e.lines[at-1]) == "..." {
			at--
		}
		e.insertLines(at, list+":", "  - "+text)
		return nil
	}
	line := strings.TrimRight(e.lines[key], "\r\n")
	head, tail, ok := strings.Cut(line, list+":")
	tail = strings.TrimSpace(tail)
	if rest, empty := strings.CutPrefix(tail, "["); empty { // an empty list
		if rest, empty = strings.CutPrefix(strings.TrimSpace(rest), "]"); !empty {
			return e.byHand()
		}
		tail = strings.TrimSpace(rest)
	}
	if !ok || strings.TrimSpace(head) != "" || tail != "" && tail[0] != '#' {
		return e.byHand()
	}
	if tail != "" {
		tail = " " + tail
	}
	e.lines[key] = head + list + ":" + tail + e.end()
	e.insertLines(key+1, head+"  - "+text)
	return nil
}

// remove takes an item out, with what stands behind it on its line.
func (e *editor) remove(at int) error {
	from := e.item(at)
	if from < 0 {
		return e.byHand()
	}
	e.lines = slices.Delete(e.lines, from, max(from, e.after(at)))
	return nil
}

// replace rewrites an item where it stands: in braces as a whole, else the values of its keys.
func (e *editor) replace(at int) error {
	from := e.item(at)
	if from < 0 {
		return e.byHand()
	}
	line := e.lines[from]
	open := strings.Index(line, "{")
	if open >= 0 && strings.Trim(line[:open], " \t-") == "" {
		length := braces(line[open:])
		if length < 0 {
			return e.byHand()
		}
		e.lines[from] = line[:open] + e.change.Text() + line[open+length:]
		return nil
	}
	return e.rewrite(at)
}

// braces is how long the text in braces is that s begins with; -1 where it does not end in it.
func braces(s string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote == '"' && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case (c == '"' || c == '\'') && strings.ContainsAny(s[max(0, i-1):i], " {,:["):
			quote = c
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// rewrite changes the values of an item that has a line for each of its keys.
func (e *editor) rewrite(at int) error {
	for key, value := range map[string]string{"name": e.change.Name, "type": e.change.Type.String(), "metro": e.change.Metro} {
		if value == "" {
			continue
		}
		value = word(value)
		path := fmt.Sprintf("%s[%d].%s", e.change.list(), at, key)
		if !e.file.Has(path) {
			return e.byHand()
		}
		n := e.file.Line(path) - 1
		head, tail, ok := strings.Cut(e.lines[n], key+":")
		if !ok || strings.Trim(head, " \t-") != "" {
			return e.byHand()
		}
		old := strings.TrimLeft(tail, " \t")
		e.lines[n] = head + key + ":" + tail[:len(tail)-len(old)] + value + old[valueLength(old):]
	}
	return nil
}

// word is a text as a value in YAML.
func word(text string) string {
	one := struct {
		Text string `yaml:"text"`
	}{text}
	return strings.TrimSuffix(strings.TrimPrefix(string(yamlfile.AppendInline(nil, one)), "{text: "), "}")
}

// valueLength is how long the value is that s begins with: in quotes, or up to the end of the line
// or a comment.
func valueLength(s string) int {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		for i := 1; i < len(s); i++ {
			switch {
			case s[0] == '"' && s[i] == '\\':
				i++
			case s[i] == s[0] && s[0] == '\'' && strings.HasPrefix(s[i+1:], "'"):
				i++
			case s[i] == s[0]:
				return i + 1
			}
		}
		return len(s)
	}
	n := len(strings.TrimRight(s, "\r\n"))
	if i := strings.Index(s[:n], " #"); i >= 0 {
		n = i
	}
	return len(strings.TrimRight(s[:n], " \t"))
}
