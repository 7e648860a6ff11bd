package filter

import (
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	// | is the cursor, ‹ and › stand around what is replaced.
	f := func(marked, want string) {
		t.Helper()
		text := strings.NewReplacer("|", "", "‹", "", "›", "").Replace(marked)
		at := func(mark string) int {
			before, _, ok := strings.Cut(marked, mark)
			if !ok {
				t.Fatalf("%q has no %s", marked, mark)
			}
			return len(strings.NewReplacer("|", "", "‹", "", "›", "").Replace(before))
		}
		c := Complete(text, at("|"), names)
		if c.From != at("‹") || c.To != at("›") {
			t.Errorf("%s: replaces %d to %d (%q), want %d to %d", marked, c.From, c.To, text[c.From:c.To], at("‹"), at("›"))
		}
		var got []string
		for _, x := range c.Candidates {
			got = append(got, x.Text)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s\nwant %s", marked, s, want)
		}
	}
	f("‹|›", "type group region direction ip.version link link.kind provider network as prefix country subdivision city not (")
	f("‹ty|›", "type city")
	f("‹LI|nk.›", "link link.kind")
	f("‹t|yp› = cdn", "type direction network country city not")
	f("type ‹|›", "= != in not in")
	f("network ‹|›", "= != in not in ~")
	f("type ‹!|›", "!=")
	f("type ‹no|›", "not in")
	f("type not ‹|›", "in")
	f("type in ‹|›", "(")
	f("type = ‹|›", "cdn hosting hyperscaler isp-regional isp-tier1 migration neocloud other")
	f("type =‹h|›", "hosting hyperscaler other")
	f("type in (cdn, ‹isp|›", "isp-regional isp-tier1")
	f("type in (cdn ‹|›", ", )")
	f("type in (cdn, ‹n|eo›) and region = x", "neocloud cdn hosting isp-regional migration")
	f("region = ‹us|›", "US-East US-West")
	f("link = ‹|›", `flexify decix "Transit A" unlisted`)
	f(`link = ‹"tr|›`, `"Transit A"`)
	f(`network = ‹"goo|gle"›`, `Google "Google Cloud"`)
	f("network ~ ‹ama|›", "Amazon")
	f("type = cdn ‹|›", "and or")
	f("type = cdn ‹o|›", "or")
	f("(type = cdn ‹|›", "and or )")
	f("type = cdn and ‹no|›", "not")
	f("typ = ‹|›", "")
	f("type = cdn) ‹|›", "")
	f("as = ‹15|›", "")
}

func TestCompleteCursorOutside(t *testing.T) {
	for _, cursor := range []int{-5, 1 << 30} {
		if c := Complete("type", cursor, nil); c.From < 0 || c.To > 4 {
			t.Errorf("cursor %d: replaces %d to %d", cursor, c.From, c.To)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"type = neocloud and region in (US-East, EU-Central) and not link.kind = migration",
		`network = "a\"b\\c" or network ~ "x`, "as in (64500..64511, AS15169)", "not not (a = b or c)", "type == cdn && x", "city = Zürich", "type = cdn\xff", "((((", "in in in",
	} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		for _, v := range []*Vocabulary{nil, names} {
			e, wrong := parse(text, v)
			if wrong != nil {
				if wrong.Offset < 0 || wrong.Length < 0 || wrong.Offset+wrong.Length > len(text) || wrong.Message == "" {
					t.Fatalf("%q: %+v", text, wrong)
				}
			} else if again, err := Parse(e.String(), v); err != nil || again.String() != e.String() {
				t.Fatalf("%q prints as %q, which parses to %q, %v", text, e, again, err)
			}
			c := Complete(text, cursor, v)
			if c.From < 0 || c.To < c.From || c.To > len(text) || len(c.Candidates) > mostCandidates {
				t.Fatalf("%q at %d: %+v", text, cursor, c)
			}
		}
	})
}
