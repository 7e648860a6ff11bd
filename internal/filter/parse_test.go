package filter

import (
	"errors"
	"strings"
	"testing"
)

// names are the vocabulary of the tests.
var names = &Vocabulary{
	Regions:   []string{"US-East", "US-West", "EU-Central"},
	Links:     []string{"flexify", "decix", "Transit A"},
	Providers: []string{"Flexify", "ACME \"East\", Inc."},
	Search: func(f Field, text string, most int) []Word {
		var out []Word
		if f == Network {
			for _, n := range []string{"Google", "Google Cloud", "Amazon", "unknown"} {
				if strings.Contains(fold(n), fold(text)) && len(out) < most {
					out = append(out, Word{n, "hyperscaler"})
				}
			}
		}
		return out
	},
}

func TestParse(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		e, err := Parse(text, names)
		if err != nil {
			t.Errorf("Parse(%q): %v", text, err)
			return
		}
		if got := e.String(); got != want {
			t.Errorf("Parse(%q) = %q, want %q", text, got, want)
		}
	}
	f("", "")
	f(" \t\n", "")
	f("type = neocloud and region in (US-East, EU-Central) and not link.kind = migration",
		"type = neocloud and region in (US-East, EU-Central) and not link.kind = migration")
	f("TYPE=NeoCloud AND Region IN(us-east,eu-central)AND NOT Link.Kind=MIGRATION",
		"type = neocloud and region in (US-East, EU-Central) and not link.kind = migration")
	f("(type = cdn)", "type = cdn")
	f("type = cdn and (type = other and ip.version = 4)", "type = cdn and type = other and ip.version = 4")
	f("type = cdn or (type = other and ip.version = 4)", "type = cdn or type = other and ip.version = 4")
	f("(type = cdn or type = other) and ip.version = 4", "(type = cdn or type = other) and ip.version = 4")
	f("not (type = cdn or type = other)", "not (type = cdn or type = other)")
	f("not (type = cdn and type = other)", "not (type = cdn and type = other)")
	f("not type = cdn and type = other", "not type = cdn and type = other")
	f("not not type = cdn", "not not type = cdn")
	f("type not in (cdn)", "type not in (cdn)")
	f("as = AS15169 or as in (64500..64511, as1)", "as = 15169 or as in (64500..64511, 1)")
	f(`network = "Google Cloud"`, `network = "Google Cloud"`)
	f(`network = "Google"`, `network = Google`)
	f(`network ~ "and"`, `network ~ "and"`)
	f(`network = "a\"b\\c"`, `network = "a\"b\\c"`)
	f(`provider = "acme \"EAST\", inc."`, `provider = "ACME \"East\", Inc."`)
	f("link = unlisted or provider = none or link.kind = unknown", "link = unlisted or provider = none or link.kind = unknown")
	f(`subdivision = US-CA and city = "Zürich"`, `subdivision = US-CA and city = "Zürich"`)
}

func TestMistakes(t *testing.T) {
	// ‹ and › stand around the mistake; where nothing stands between them something is missing.
	f := func(marked, want string) {
		t.Helper()
		before, rest, _ := strings.Cut(marked, "‹")
		mistake, after, ok := strings.Cut(rest, "›")
		if !ok {
			t.Fatalf("%q has no marks", marked)
		}
		e, err := Parse(before+mistake+after, names)
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s: parsed to %q", marked, e)
			return
		}
		if wrong.Offset != len(before) || wrong.Length != len(mistake) {
			t.Errorf("%s: the mistake is at %d with %d octets, want %d with %d", marked, wrong.Offset, wrong.Length, len(before), len(mistake))
		}
		if wrong.Message != want {
			t.Errorf("%s: %s\nwant %s", marked, wrong.Message, want)
		}
	}
	f("‹typ› = cdn", "there is no field typ: did you mean type?")
	f("‹link.knd› = ix", "there is no field link.knd: did you mean link.kind?")
	f("‹colour› = red", "there is no field colour: it may be type, group, region, direction, ip.version, link, link.kind, provider and others")
	f("type‹›", "expected =, !=, in or not in after type")
	f("network ‹like› x", "expected =, !=, in, not in or ~, found like")
	f("type ‹is› cdn", "there is no operator is: did you mean =?")
	f("type ‹==› cdn", "there is no operator ==: did you mean =?")
	f("type ‹<>› cdn", "there is no operator <>: did you mean !=?")
	f("type ‹~› cdn", "~ looks into text, and type is none: use = or in (…)")
	f("type not ‹im› (cdn)", "expected in, found im: did you mean in?")
	f("type ‹ont› in (cdn)", "expected =, !=, in or not in, found ont: did you mean not?")
	f("type = ‹›", "expected a value after =")
	f("type = ‹neoclowd›", `type has no value "neoclowd": did you mean neocloud?`)
	f("type = ‹x›", `type has no value "x": it may be cdn, hosting, hyperscaler, isp-regional, isp-tier1, migration, neocloud or other`)
	f("type = ‹and› type", "expected a value (a keyword as a value is written in quotes), found and")
	f("ip.version = ‹5›", `ip.version has no value "5": it may be 4 or 6`)
	f("direction = ‹inn›", `direction has no value "inn": it may be ingress or egress`)
	f("region = ‹US-Eats›", `there is no region "US-Eats": did you mean US-East?`)
	f("region = ‹Mars›", `there is no region "Mars": it may be US-East, US-West or EU-Central`)
	f("link = ‹TransitA›", `there is no link "TransitA": did you mean "Transit A"?`)
	f("as = ‹google›", `"google" is no AS number: write 15169, AS15169 or a range, 64500..64511; for a network's name, network = …`)
	f("as = ‹9..3›", "the range 9..3 ends before it begins: write 3..9")
	f("as = ‹4294967296›", `"4294967296" is no AS number: write 15169, AS15169 or a range, 64500..64511; for a network's name, network = …`)
	f(`network = ‹""›`, "network has no empty value; what has none is written unknown")
	f("region in ‹US-East›", "expected ( and values with commas between them, found US-East")
	f("region in (‹)›", "expected a value, found )")
	f("region in (US-East‹›", "expected , or ) after US-East")
	f("region in (US-East, ‹›", "expected a value after ,")
	f("region in (US-East ‹US-West›)", "expected , or ), found US-West")
	f("type = cdn ‹annd› type = other", "expected and, or or the end, found annd: did you mean and?")
	f("type = cdn ‹)›", "expected and, or or the end, found )")
	f("(type = cdn‹›", "expected and, or or ) after cdn")
	f("type = cdn and‹›", "expected a field such as type or region after and")
	f("‹=› cdn", "expected a field such as type or region, found =")
	f("type = cdn ‹&&› type = cdn", "there is no &&: did you mean and?")
	f("‹!›(type = cdn)", "there is no !: did you mean not, or !=?")
	f("as ‹>› 5", "there is no operator >; of AS numbers, a range does: as = 64500..64511")
	f(`network = ‹"Goo›`, `the string in quotes does not end: expected "`)
	f(`network = "a‹\›n"`, `\ stands only before " and \ in a string: write \\ for itself`)
	f("network = ‹'›Google'", `a string is written in double quotes: "…"`)
	f("city = Z‹ü›rich", `ü stands only in a value in quotes: "…"`)
	f("type = cdn‹\x00›", "there is a character that cannot be seen: take it away")
	f("type = cdn ‹\xff›", "the text is not UTF-8")
	f(strings.Repeat("(", maxDepth)+"‹(›type = cdn", "there are too many parentheses or nots within each other")
	f(strings.Repeat(" ", maxText)+"‹x›", "the filter is longer than 8192 characters: take something out")
}

func TestNearest(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got, _ := nearest(text, []string{"type", "group", "region", "link", "link.kind", "ix", "as"}); got != want {
			t.Errorf("nearest(%q) = %q, want %q", text, got, want)
		}
	}
	f("typ", "type")
	f("tpye", "type")
	f("REGOIN", "region")
	f("lin", "link")
	f("link.", "link")
	f("reg", "region") // the only one that begins so
	f("l", "")         // two begin so
	f("sa", "as")
	f("x", "")
	f("", "")
	f("completely", "")
}

func TestFold(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		if got := fold(a) == fold(b); got != want {
			t.Errorf("fold(%q) = %q, fold(%q) = %q", a, fold(a), b, fold(b))
		}
	}
	f("Zürich", "ZÜRICH", true)
	f("K", "\u212a", true) // the sign for kelvin
	f("Σίσυφος", "ΣΊΣΥΦΟΣ", true)
	f("a", "b", false)
	var folded string
	if n := testing.AllocsPerRun(100, func() { folded = fold("us-east") }); n != 0 {
		t.Errorf("folding what is folded allocates %v times: %s", n, folded)
	}
}
