package config

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"tributary/internal/flow"
	"tributary/internal/secret"
	"tributary/internal/yamlfile"
)

// Source is one address or a prefix of addresses that exporters send from. It prints as it is
// written: an address without a length.
type Source struct{ netip.Prefix }

// String is the address, or the prefix where it holds more than one.
func (s Source) String() string {
	if s.IsSingleIP() {
		return s.Addr().String()
	}
	return s.Prefix.String()
}

// Age is a number of days, or Forever.
type Age int32

// Forever is the age that nothing reaches.
const Forever Age = math.MaxInt32

// maxAge is a hundred years: more is a slip of the pen, and Forever is a word.
const maxAge = 36525

// String is "800d" or "forever".
func (a Age) String() string {
	if a == Forever {
		return "forever"
	}
	return strconv.Itoa(int(a)) + "d"
}

// Slots is the age in slots; false for Forever.
func (a Age) Slots() (flow.Slot, bool) {
	if a == Forever {
		return 0, false
	}
	return flow.Slot(a) * flow.SlotsPerDay, true
}

func parseAge(text string) (Age, error) {
	if text == "forever" {
		return Forever, nil
	}
	number, ok := strings.CutSuffix(text, "d")
	days, err := strconv.Atoi(number)
	if !ok || err != nil || days < 1 || days > maxAge {
		return 0, fmt.Errorf("must be a number of days from 1d to %dd, such as 800d, or forever (got %q)", maxAge, text)
	}
	return Age(days), nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			return p, fmt.Errorf("must be a prefix with its length (got %q): write %s for this one address alone, or the network it lies in", text, netip.PrefixFrom(a, a.BitLen()))
		}
		return p, fmt.Errorf("must be a prefix, such as 203.0.113.0/24 or \"2001:db8::/32\" (got %q)", text)
	}
	return checkPrefix(p, text)
}

// checkPrefix refuses a prefix whose address has bits behind its length: one of the two is wrong.
func checkPrefix(p netip.Prefix, text string) (netip.Prefix, error) {
	if p.Addr().Is4In6() {
		return p, fmt.Errorf("is an IPv4 prefix written as IPv6 (got %q): write it as IPv4", text)
	}
	if p != p.Masked() {
		return p, fmt.Errorf("has address bits behind its length (got %q): the network is %s; for the one address write %s",
			text, p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen()))
	}
	return p, nil
}

func parseAddr(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return a, fmt.Errorf("must be an IP address, such as 192.0.2.1 or \"2001:db8::1\" (got %q)", text)
	}
	return a.Unmap(), nil
}

func parseSource(text string) (Source, error) {
	if !strings.Contains(text, "/") {
		a, err := parseAddr(text)
		if err != nil {
			return Source{}, fmt.Errorf("must be an address or a prefix, such as 192.0.2.1 or 192.0.2.16/28 (got %q)", text)
		}
		return Source{netip.PrefixFrom(a, a.BitLen())}, nil
	}
	p, err := parsePrefix(text)
	return Source{p}, err
}

// oneOf makes the parser of a type that is a choice of words.
func oneOf[T ~string](words ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		names := make([]string, len(words))
		for i, w := range words {
			if string(w) == text {
				return w, nil
			}
			names[i] = string(w)
		}
		last := len(names) - 1
		return "", fmt.Errorf("must be %s or %s (got %q)", strings.Join(names[:last], ", "), names[last], text)
	}
}

// parsers read every type of Config that is written as one word.
func parsers() yamlfile.Parsers {
	p := yamlfile.Parsers{}
	yamlfile.Parser(p, parsePrefix)
	yamlfile.Parser(p, parseAddr)
	yamlfile.Parser(p, parseSource)
	yamlfile.Parser(p, parseAge)
	yamlfile.Parser(p, parseSize)
	yamlfile.Parser(p, parseSpan)
	yamlfile.Parser(p, flow.ParseLinkKind)
	yamlfile.Parser(p, flow.ParseNetworkType)
	yamlfile.Parser(p, oneOf(CountUnlisted, IgnoreUnlisted))
	yamlfile.Parser(p, oneOf(MeterIngress, MeterEgress, MeterBoth, MeterAny))
	yamlfile.Parser(p, oneOf(ASFromFlow, ASFromDatabase))
	yamlfile.Parser(p, oneOf(ViewerRole, EditorRole))
	yamlfile.Parser(p, secret.ParseHash)
	yamlfile.Parser(p, secret.ParseSum)
	return p
}
