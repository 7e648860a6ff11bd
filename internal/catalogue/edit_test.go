package catalogue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

func asChange(as uint32, name string, t flow.NetworkType) Change {
	return Change{Entry: Entry{AS: as, Name: name, Type: t, To: Always}}
}

func prefixChange(prefix, name string, t flow.NetworkType) Change {
	return Change{Entry: Entry{Prefix: netip.MustParsePrefix(prefix), Name: name, Type: t, To: Always}}
}

func dated(c Change, from, to string) Change {
	if d, err := parseDay(from); err == nil {
		c.From = d.from()
	}
	if d, err := parseDay(to); err == nil {
		c.To = d.to()
	}
	return c
}

func removed(c Change) Change {
	c.Remove = true
	return c
}

// TestEdit: what the text is afterwards, byte for byte.
func TestEdit(t *testing.T) {
	f := func(text, want string, changes ...Change) {
		t.Helper()
		got, err := Edit("networks.yaml", []byte(text), changes)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if string(got) != want {
			t.Errorf("of\n%s\ngot\n%s\nwant\n%s", text, got, want)
		}
	}
	cdn := asChange(64500, "Example", flow.CDN)
	// Files that are empty in one way or another.
	f("", "networks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("# ours\n", "# ours\nnetworks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("networks:\n", "networks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("networks: [] # none yet", "networks: # none yet\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("prefixes:\n- {prefix: 192.0.2.0/24, name: P, type: cdn}\n\n", "prefixes:\n- {prefix: 192.0.2.0/24, name: P, type: cdn}\nnetworks:\n  - {as: 64500, name: Example, type: cdn}\n\n", cdn)
	// At the end of its list, before what comes after, with comments where they are.
	f("networks:\n  # first\n  - {as: 1, name: A, type: cdn} # sure\n  # later: {as: 2}\n\n# places\nprefixes:\n  - {prefix: 192.0.2.0/24, name: P, type: cdn}\n",
		"networks:\n  # first\n  - {as: 1, name: A, type: cdn} # sure\n  - {as: 64500, name: Example, type: cdn}\n  # later: {as: 2}\n\n# places\nprefixes:\n  - {prefix: 192.0.2.0/24, name: P, type: cdn}\n", cdn)
	f("networks:\r\n- {as: 1, name: A, type: cdn}", "networks:\r\n- {as: 1, name: A, type: cdn}\r\n- {as: 64500, name: Example, type: cdn}\r\n", cdn)
	f("networks:\n  -\n    as: 1\n    name: A\n    type: cdn # block\n", "networks:\n  -\n    as: 1\n    name: A\n    type: cdn # block\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("networks:\n  - {as: 1, name: A, type: cdn}\n...\n", "networks:\n  - {as: 1, name: A, type: cdn}\n  - {as: 64500, name: Example, type: cdn}\n...\n", cdn)
	// In place of an undated entry about the same; a dated one stays.
	f("networks:\n  - {as: 64500, name: Old, type: hosting}   # since 2020\n  - {as: 1, name: A, type: cdn}\n", "networks:\n  - {as: 64500, name: Example, type: cdn}   # since 2020\n  - {as: 1, name: A, type: cdn}\n", cdn)
	f("networks:\n  - as: 64500 # ours\n    # a note\n    name: 'it''s # old'  # name\n    type: hosting\n", "networks:\n  - as: 64500 # ours\n    # a note\n    name: Example  # name\n    type: cdn\n", cdn)
	f("networks:\n  - {as: 64500, name: Old, type: hosting, to: 2025-06-30}\n", "networks:\n  - {as: 64500, name: Old, type: hosting, to: 2025-06-30}\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("networks:\n  - {as: 1, name: A, type: cdn}\n  # all the time\n  - {as: 64500, name: Old, type: hosting}\n", "networks:\n  - {as: 1, name: A, type: cdn}\n  # all the time\n  - {as: 64500, name: Example, type: cdn, from: 2025-07-01}\n  - {as: 64500, name: Old, type: hosting}\n", dated(cdn, "2025-07-01", ""))
	// Prefixes keep their metro.
	f("prefixes:\n  - {prefix: 192.0.2.0/24, name: \"P, {x}\", type: cdn, metro: Ashburn}\n", "prefixes:\n  - {prefix: 192.0.2.0/24, name: P, type: neocloud, metro: Ashburn}\n", prefixChange("192.0.2.0/24", "P", flow.Neocloud))
	f("", "prefixes:\n  - {prefix: \"2001:db8::/32\", name: \"a: b #c\", type: neocloud}\n", prefixChange("2001:db8::/32", "a: b #c", flow.Neocloud))
	// Out.
	f("networks:\n  # why\n  - {as: 64500, name: Example, type: cdn} # gone\n  # end\n", "networks:\n  # why\n  # end\n", removed(cdn))
	f("networks:\n  - as: 64500\n    name: Example\n    type: cdn\n  # next\n  - as: 1\n    name: A\n    type: cdn\n", "networks:\n  # next\n  - as: 1\n    name: A\n    type: cdn\n", removed(cdn))
	// Several at once.
	f("", "networks:\n  - {as: 1, name: A, type: cdn}\n  - {as: 64500, name: Example, type: cdn}\n", asChange(1, "A", flow.CDN), cdn)
}

// TestEditRefuses: with a sentence, and the lines to write by hand.
func TestEditRefuses(t *testing.T) {
	f := func(text, want, add string, c Change) {
		t.Helper()
		_, err := Edit("networks.yaml", []byte(text), []Change{c})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
			return
		}
		if by, ok := errors.AsType[*EditError](err); ok != (add != "" || strings.Contains(want, "remove")) || ok && by.Add != add {
			t.Errorf("%q: to write by hand: %+v, want %q", text, by, add)
		}
	}
	cdn := asChange(64500, "Example", flow.CDN)
	f("networks: [{as: 1, name: A, type: cdn}]\n", "by hand", "networks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("{networks: [{as: 1, name: A, type: cdn}]}\n", "by hand", "networks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("{prefixes: []}\n", "by hand", "networks:\n  - {as: 64500, name: Example, type: cdn}\n", cdn)
	f("networks: [{as: 64500, name: Example, type: cdn}]\n", "remove it by hand", "", removed(cdn))
	f("networks:\n", "no such entry to remove", "", removed(cdn))
	f("networks:\n  - {as: 1, nam: A}\n", "networks.yaml:2: networks[0].nam: no such key", "", cdn)
	f("prefixes:\n  - {prefix: 192.0.2.0/25, name: P, type: cdn}\n", `the name "P" is of type hosting here and of type cdn in line 2`, "", prefixChange("192.0.2.128/25", "P", flow.Hosting))
	f("", "must not begin or end with a space", "", asChange(64500, " x", flow.CDN))
}

// style is a way to write a file, for random ones.
type style struct {
	*rand.Rand
	text strings.Builder
}

func (s *style) comment(indent string) {
	if s.IntN(4) == 0 {
		fmt.Fprintf(&s.text, "%s# note %d: {as: 7} - type: x\n", indent, s.IntN(1000))
	}
	if s.IntN(8) == 0 {
		s.text.WriteString("\n")
	}
}

var someNames = []string{"Example", "A: b", "it's", `with "quotes"`, "x # y", "{braces}", "größe 網", "- dash", "true", "12", "a, b", "name: z", "o'neil {type: cdn}"}

func (s *style) entry(list string) Change {
	name, types := someNames[s.IntN(len(someNames))], []flow.NetworkType{flow.CDN, flow.Hosting, flow.Neocloud}
	c := asChange(uint32(1+s.IntN(6)), name, types[s.IntN(len(types))])
	if list == "prefixes" {
		c = prefixChange(fmt.Sprintf("192.0.2.%d/30", 4*s.IntN(6)), name, flow.CDN) // of one name, one type
	}
	switch s.IntN(5) {
	case 0:
		c = dated(c, "2025-07-01", "")
	case 1:
		c = dated(c, "", "2025-06-30")
	}
	return c
}

// file is a random file: lists in either order, in braces or with a line a key, at any indent.
func (s *style) file() string {
	s.text.Reset()
	s.comment("")
	lists := []string{"networks", "prefixes"}
	if s.IntN(2) == 0 {
		slices.Reverse(lists)
	}
	for _, list := range lists[:s.IntN(3)] {
		fmt.Fprintf(&s.text, "%s:", list)
		indent := strings.Repeat(" ", s.IntN(4))
		if s.IntN(6) == 0 {
			s.text.WriteString(" # the list")
		}
		s.text.WriteString("\n")
		for range s.IntN(6) {
			s.comment(indent)
			e := s.entry(list)
			if text := e.Text(); s.IntN(3) > 0 {
				fmt.Fprintf(&s.text, "%s- %s", indent, text)
				if s.IntN(3) == 0 {
					s.text.WriteString(" # as of 2025")
				}
				s.text.WriteString("\n")
			} else {
				s.block(indent, text)
			}
		}
		s.comment(indent)
	}
	s.comment("")
	return s.text.String()
}

// block writes an entry with a line for each of its keys.
func (s *style) block(indent, text string) {
	var doc document
	file := "networks:\n- " + text
	if strings.HasPrefix(text, "{prefix") {
		file = "prefixes:\n- " + text
	}
	yamlfile.Read("", []byte(file), &doc, parsers())
	var lines []string
	for _, e := range doc.Networks {
		lines = append(lines, fmt.Sprintf("as: %d", e.AS), "name: "+word(e.Name), "type: "+e.Type.String())
		if e.From != 0 {
			lines = append(lines, "from: "+e.From.String())
		}
		if e.To != 0 {
			lines = append(lines, "to: "+e.To.String())
		}
	}
	for _, e := range doc.Prefixes {
		lines = append(lines, "prefix: "+e.Prefix.String(), "name: "+word(e.Name), "type: "+e.Type.String())
		if e.From != 0 {
			lines = append(lines, "from: "+e.From.String())
		}
		if e.To != 0 {
			lines = append(lines, "to: "+e.To.String())
		}
	}
	s.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	dash := indent + "- "
	for _, line := range lines {
		if s.IntN(5) == 0 {
			line += "  # why"
		}
		s.text.WriteString(dash + line + "\n")
		dash = indent + "  "
	}
}

// TestEditIsExact: over random files in random styles, what loads afterwards is what was there with
// the change, no more and no less, and every other line is still there, in order.
func TestEditIsExact(t *testing.T) {
	s := &style{Rand: rand.New(rand.NewPCG(5, 5))}
	done := [3]int{}
	for n := range 2500 {
		text := s.file()
		old, problems := parse("f", []byte(text))
		if len(problems) > 0 {
			t.Fatalf("file %d is wrong: %v\n%s", n, problems, text)
		}
		c := s.entry([]string{"networks", "prefixes"}[s.IntN(2)])
		c.Remove = s.IntN(2) == 0
		got, err := Edit("f", []byte(text), []Change{c})
		want, kind := model(old, c)
		if kind < 0 {
			if err == nil {
				t.Fatalf("file %d: removed what is not there: %s\n%s", n, c.Text(), text)
			}
			continue
		}
		if err != nil {
			t.Fatalf("file %d, %+v: %v\n%s", n, c, err, text)
		}
		done[kind]++
		now, problems := parse("f", got)
		if len(problems) > 0 || !slices.EqualFunc(now, want, func(a, b Entry) bool { return a.same(&b) }) {
			t.Fatalf("file %d, %s\n%s\nbecame\n%s%v", n, c.Text(), text, got, problems)
		}
		if lost := lostLines(text, string(got), kind); lost != "" {
			t.Fatalf("file %d, %s: lost %q\n%s\nbecame\n%s", n, c.Text(), lost, text, got)
		}
	}
	for kind, n := range done {
		if n < 100 {
			t.Errorf("kind %d of change was made %d times: the test tests little", kind, n)
		}
	}
}

// model is the change made to the entries alone: kind 0 is a new one, 1 in place of an old one, 2 out;
// -1 is impossible.
func model(old []Entry, c Change) (want []Entry, kind int) {
	want = slices.Clone(old)
	for i := range want {
		e := &want[i]
		if e.AS == c.AS && e.Prefix == c.Prefix && e.From == c.From && e.To == c.To {
			if c.Remove {
				return slices.Delete(want, i, i+1), 2
			}
			e.Name, e.Type = c.Name, c.Type
			return want, 1
		}
	}
	if c.Remove {
		return nil, -1
	}
	at := len(want)
	if c.AS != 0 {
		at = 0
		for at < len(want) && want[at].AS != 0 {
			at++
		}
	}
	if c.From != 0 || c.To != Always {
		for i, e := range want {
			if e.AS == c.AS && e.Prefix == c.Prefix && e.From == 0 && e.To == Always {
				at = i
				break
			}
		}
	}
	return slices.Insert(want, at, c.Entry), 0
}

// lostLines is the first comment or line of the old text that is not in the new one where only one
// entry changed.
func lostLines(old, now string, kind int) string {
	rest := now
	for line := range strings.Lines(old) {
		line = strings.TrimRight(line, "\r\n")
		keep := line
		if kind > 0 { // the entry itself may go, and when it is removed what stands behind it
			if keep = ""; strings.HasPrefix(strings.TrimSpace(line), "#") {
				keep = line
			}
		}
		if keep == "" {
			continue
		}
		_, after, ok := strings.Cut(rest, keep)
		if !ok {
			return keep
		}
		rest = after
	}
	return ""
}

// FuzzEdit: whatever loads, is either refused or comes out as it was with the change; comments stay.
func FuzzEdit(f *testing.F) {
	s := &style{Rand: rand.New(rand.NewPCG(1, 2))}
	for range 40 {
		f.Add(s.file(), uint32(3), "Example")
	}
	f.Add("networks: [{as: 3, name: A, type: cdn}]", uint32(3), "a: b")
	f.Add("---\nnetworks:\n- as: 3\n  name: |\n    x\n  type: cdn\n", uint32(3), "B")
	f.Add("networks:\n- {as: 3,\n   name: A,\n   type: cdn}\n...\n", uint32(4), "B")
	f.Fuzz(func(t *testing.T, text string, as uint32, name string) {
		old, problems := parse("f", []byte(text))
		if len(problems) > 0 || as == 0 {
			return
		}
		c := asChange(as, name, flow.ISPTier1)
		got, err := Edit("f", []byte(text), []Change{c})
		if err != nil {
			return
		}
		want, kind := model(old, c)
		now, problems := parse("f", got)
		if len(problems) > 0 || !slices.EqualFunc(now, want, func(a, b Entry) bool { return a.same(&b) }) {
			t.Fatalf("%q became %q: %v", text, got, problems)
		}
		for line := range strings.Lines(text) {
			if l := strings.TrimSpace(line); strings.HasPrefix(l, "#") && !strings.Contains(string(got), l) {
				t.Fatalf("%q became %q (%d): lost %q", text, got, kind, l)
			}
		}
	})
}
