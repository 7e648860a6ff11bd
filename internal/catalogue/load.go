package catalogue

import (
	"crypto/sha256"
	_ "embed" // the built-in list
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"
	"unicode"

	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

//go:embed networks.yaml
var builtIn []byte

// maxFile bounds what is read as a catalogue file: over a million entries.
const maxFile = 64 << 20

// maxName is the longest name that tables and figures can show.
const maxName = 80

// document is a catalogue file as it is written.
type document struct {
	Networks []asEntry     `yaml:"networks"`
	Prefixes []prefixEntry `yaml:"prefixes"`
}

type asEntry struct {
	AS   uint32           `yaml:"as"`
	Name string           `yaml:"name"`
	Type flow.NetworkType `yaml:"type"`
	From day              `yaml:"from,omitempty"`
	To   day              `yaml:"to,omitempty"`
}

type prefixEntry struct {
	Prefix netip.Prefix     `yaml:"prefix"`
	Name   string           `yaml:"name"`
	Type   flow.NetworkType `yaml:"type"`
	Metro  string           `yaml:"metro,omitempty"`
	From   day              `yaml:"from,omitempty"`
	To     day              `yaml:"to,omitempty"`
}

// day is a UTC day as it is written: its first slot, plus 1 so that the zero value is "not said".
type day flow.Slot

func (d day) String() string {
	if d == 0 {
		return ""
	}
	return flow.Slot(d - 1).Time().Format(time.DateOnly)
}

// from is the first slot of the day; 0 for none.
func (d day) from() flow.Slot { return flow.Slot(max(d, 1) - 1) }

// to is the slot after the day's last; Always for none.
func (d day) to() flow.Slot {
	if d == 0 {
		return Always
	}
	return flow.Slot(d-1) + flow.SlotsPerDay
}

// dayOf is the day that begins with a slot; none for 0.
func dayOf(from flow.Slot) day {
	if from == 0 {
		return 0
	}
	return day(from) + 1
}

// dayBefore is the day that ends before a slot; none for Always.
func dayBefore(to flow.Slot) day {
	if to == Always {
		return 0
	}
	return day(to-flow.SlotsPerDay) + 1
}

func parseDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 {
		return 0, fmt.Errorf("must be a UTC day, such as 2025-07-01 (got %q)", text)
	}
	return day(flow.SlotAt(t)) + 1, nil
}

// ParsePrefix reads a prefix as a file has it.
func ParsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("must be a prefix, such as 192.0.2.128/25 or \"2001:db8::/32\" (got %q)", text)
	case p.Addr().Is4In6():
		return p, fmt.Errorf("is an IPv4 prefix written as IPv6 (got %q): write it as IPv4", text)
	case p != p.Masked():
		return p, fmt.Errorf("has address bits behind its length (got %q): the network is %s; for the one address write %s",
			text, p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
	}
	return p, nil
}

// parsers read every type of document that is written as one word.
func parsers() yamlfile.Parsers {
	p := yamlfile.Parsers{}
	yamlfile.Parser(p, parseDay)
	yamlfile.Parser(p, ParsePrefix)
	yamlfile.Parser(p, flow.ParseNetworkType)
	return p
}

// Load reads the operator's files, in their order, and the built-in list after them. Its error,
// where something in a file is wrong, holds a *yamlfile.Problem for each mistake of all files.
func Load(files []string) (*Catalogue, error) { return LoadWith(files, "", nil) }

// LoadWith is Load as if the file with this name held text.
func LoadWith(files []string, name string, text []byte) (*Catalogue, error) {
	var all [][]Entry
	var read []File
	var problems yamlfile.Problems
	for _, f := range files {
		data := text
		if f != name {
			var err error
			if data, err = ReadFile(f); err != nil {
				return nil, err
			}
		}
		entries, wrong := parse(f, data)
		all, problems = append(all, entries), append(problems, wrong...)
		read = append(read, fileOf(f, data, entries))
	}
	entries, wrong := parse(BuiltIn, builtIn)
	if len(wrong) > 0 {
		panic("BUG: the built-in catalogue is wrong: " + wrong.Error())
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	all, read = append(all, entries), append(read, fileOf(BuiltIn, builtIn, entries))
	c := build(all)
	c.files = read
	return c, nil
}

func fileOf(name string, data []byte, entries []Entry) File {
	f := File{Name: name, Read: time.Now().UTC(), Revision: RevisionOf(data)}
	for i := range entries {
		if entries[i].AS != 0 {
			f.Networks++
		} else {
			f.Prefixes++
		}
	}
	return f
}

// RevisionOf tells one content of a file from another.
func RevisionOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

// ReadFile is the content of a catalogue file, if it can be one.
func ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("cannot find the catalogue file %s: make it, or remove it from catalogue: in the configuration", name)
	case err != nil:
		return nil, fmt.Errorf("cannot read a catalogue file: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("cannot read the catalogue file %s: it is a folder; name the file in it", name)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("cannot read the catalogue file %s: it has %d bytes, more than the %d that are read; is it another file?", name, info.Size(), maxFile)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read a catalogue file: %w", err)
	}
	return data, nil
}

// parse reads one file into entries, in the order of the file.
func parse(name string, data []byte) ([]Entry, yamlfile.Problems) {
	var doc document
	file, problems := yamlfile.Read(name, data, &doc, parsers())
	if len(problems) > 0 {
		return nil, problems
	}
	r := reader{file: file}
	for i, e := range doc.Networks {
		r.path = fmt.Sprintf("networks[%d]", i)
		if e.AS == 0 {
			r.problem("as", "is missing: give an AS number, from 1 to 4294967295")
		}
		r.add(Entry{AS: e.AS, Name: e.Name, Type: e.Type, Rule: r.rule(e)}, e.From, e.To)
	}
	for i, e := range doc.Prefixes {
		r.path = fmt.Sprintf("prefixes[%d]", i)
		if !e.Prefix.IsValid() {
			r.problem("prefix", "is missing: give a prefix, such as 192.0.2.128/25")
		}
		r.add(Entry{Prefix: e.Prefix, Name: e.Name, Type: e.Type, Metro: e.Metro, Rule: r.rule(e)}, e.From, e.To)
	}
	r.agree()
	return r.entries, r.problems
}

// reader turns what was read into entries, checking each.
type reader struct {
	file     *yamlfile.File
	path     string // of the entry at hand
	entries  []Entry
	problems yamlfile.Problems
}

func (r *reader) problem(key, format string, args ...any) {
	r.problems = append(r.problems, r.file.Problem(r.path+"."+key, format, args...))
}

func (r *reader) rule(entry any) Rule {
	return Rule{File: r.file.Name, Line: r.file.Line(r.path), Text: string(yamlfile.AppendInline(nil, entry))}
}

func (r *reader) add(e Entry, from, to day) {
	e.From, e.To = from.from(), to.to()
	switch {
	case e.Name == "":
		r.problem("name", "is missing: give the network a name")
	case e.Name == Unknown:
		r.problem("name", "must not be %s: that is the network of parties whose AS number is not known", Unknown)
	case e.Name != strings.TrimSpace(e.Name) || strings.ContainsFunc(e.Name, unicode.IsControl):
		r.problem("name", "must not begin or end with a space or hold control characters (got %q)", e.Name)
	case len(e.Name) > maxName:
		r.problem("name", "must have at most %d bytes (got %d: %q)", maxName, len(e.Name), e.Name)
	}
	if !r.file.Has(r.path + ".type") { // its zero value is one of the types
		r.problem("type", "is missing: must be cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration or other")
	}
	if e.From >= e.To {
		r.problem("from", "must not be after to (got from %s and to %s)", from, to)
	}
	r.entries = append(r.entries, e)
}

// agree refuses prefixes of one name and different types at the same time: what is stored of a flow
// is the name, so the name must tell the type.
func (r *reader) agree() {
	byName := map[string][]*Entry{}
	for i := range r.entries {
		e := &r.entries[i]
		if !e.Prefix.IsValid() {
			continue
		}
		for _, o := range byName[e.Name] {
			if o.Type != e.Type && o.From < e.To && e.From < o.To {
				r.problems = append(r.problems, &yamlfile.Problem{File: r.file.Name, Line: e.Rule.Line, Text: fmt.Sprintf(
					"the name %q is of type %s here and of type %s in line %d at the same time: prefixes of one name are one network; give one another name, make the types agree, or date them with from: and to:",
					e.Name, e.Type, o.Type, o.Rule.Line)})
				break
			}
		}
		byName[e.Name] = append(byName[e.Name], e)
	}
}

// Days are the slots of an entry's days as they are written, "" where there is none: from is the first
// slot, to the one after the last.
func Days(first, last string) (from, to flow.Slot, err error) {
	var ends [2]day
	for i, text := range [...]string{first, last} {
		if text == "" {
			continue
		}
		if ends[i], err = parseDay(text); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", [...]string{"from", "to"}[i], err)
		}
	}
	return ends[0].from(), ends[1].to(), nil
}

// DayTexts are an entry's days as they are written.
func DayTexts(e *Entry) (first, last string) {
	return dayOf(e.From).String(), dayBefore(e.To).String()
}
