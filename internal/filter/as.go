package filter

import (
	"fmt"
	"strconv"
	"strings"
)

// readAS understands 15169, AS15169 and 64500..64511.
func readAS(text string) (val value, message string) {
	from, to, ranged := strings.Cut(text, "..")
	first, ok := asNumber(from)
	last := first
	if ranged && ok {
		last, ok = asNumber(to)
	}
	switch {
	case !ok:
		return val, fmt.Sprintf("%s is no AS number: write 15169, AS15169 or a range, 64500..64511; for a network's name, network = …", quoted(text))
	case last < first:
		return val, fmt.Sprintf("the range %s ends before it begins: write %d..%d", text, last, first)
	}
	canonical := strconv.FormatUint(uint64(first), 10)
	if ranged {
		canonical += ".." + strconv.FormatUint(uint64(last), 10)
	}
	return value{text: canonical, first: first, last: last}, ""
}

func asNumber(text string) (uint32, bool) {
	if len(text) > 2 && strings.EqualFold(text[:2], "as") {
		text = text[2:]
	}
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil
}
