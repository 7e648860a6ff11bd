package config

import "time"

// Limits bound what exporters can make a collector remember. What happens at each bound, and why its
// default is what it is, stands in docs/reference/configuration.md.
type Limits struct {
	Exporters      int  `yaml:"exporters"`       // admitted, all together
	UnknownSenders int  `yaml:"unknown_senders"` // listed by address, of a worker
	Domains        int  `yaml:"domains"`         // of an exporter
	Templates      int  `yaml:"templates"`       // of a domain
	TemplateOctets Size `yaml:"template_octets"` // memory for all templates of a worker
	Fields         int  `yaml:"fields"`          // of a template
	RecordOctets   int  `yaml:"record_octets"`   // of the shortest record that a template describes
	Samplers       int  `yaml:"samplers"`        // of a domain
	HeldOctets     Size `yaml:"held_octets"`     // of an exporter, waiting for templates
	HeldTotal      Size `yaml:"held_total"`      // of a worker, waiting for templates
	Waiting        int  `yaml:"waiting"`         // flows of an exporter that wait for their sampler
	WaitingTotal   int  `yaml:"waiting_total"`   // of a worker
	Interfaces     int  `yaml:"interfaces"`      // of an sFlow exporter, with counters
	Agents         int  `yaml:"agents"`          // of an sFlow source
	Cells          int  `yaml:"cells"`           // of a slot and worker
	Rows           int  `yaml:"rows"`            // in memory, not committed yet
	Addresses      int  `yaml:"addresses"`       // address hashes in memory, not committed yet
	OpenSlots      int  `yaml:"open_slots"`      // slots with rows in memory
	PendingRows    int  `yaml:"pending_rows"`    // rows that wait for a store that fails
}

func defaultLimits() Limits {
	return Limits{
		Exporters:      65536,
		UnknownSenders: 4096,
		Domains:        1024,
		Templates:      1024,
		TemplateOctets: 64 * MiB,
		Fields:         1024,
		RecordOctets:   9216,
		Samplers:       8192,
		HeldOctets:     4 * MiB,
		HeldTotal:      64 * MiB,
		Waiting:        32768,
		WaitingTotal:   262144,
		Interfaces:     8192,
		Agents:         1024,
		Cells:          2_000_000,
		Rows:           2_000_000,
		Addresses:      16_000_000,
		OpenSlots:      512,
		PendingRows:    4_000_000,
	}
}

// maxWorkers is more cores than routers can keep busy; each worker has a socket on every address.
const maxWorkers = 256

// maxCount is the largest bound that is a number: more than a machine has memory for.
const maxCount = 1_000_000_000

// maxDatagram is the longest UDP payload that there can be.
const maxDatagram = 65535

// collecting checks how datagrams are received and kept.
func (v *validator) collecting(c *Config) {
	if c.Workers < 0 || c.Workers > maxWorkers {
		v.add("workers", "must be from 1 to %d, or 0 for one on each core (got %d)", maxWorkers, c.Workers)
	}
	// The kernel books a datagram of the longest kind with more than its 64 KiB, and doubles what is
	// asked for in a 32-bit number.
	if b := c.ReceiveBuffer; b < 256*KiB || b > GiB {
		v.add("receive_buffer", "must be from %s to %s: less holds only a few of the longest datagrams, more the kernel cannot give (got %s)", 256*KiB, GiB, b)
	}
	if m := c.Journal.MaxSize; m != 0 && m < MiB || m < 0 || m > maxSize {
		v.add("journal.max_size", "must be from %s to %s, or 0 for no journal (got %s)", MiB, maxSize, m)
	}
	if a := c.Journal.MaxAge; a < Span(10*time.Minute) || a > maxSpan || a%Span(time.Minute) != 0 {
		v.add("journal.max_age", "must be whole minutes from 10m to %s: a datagram waits up to 5 minutes for the end of its slot, and then for the commit (got %s)", maxSpan, a)
	}
}

// limits checks every bound by itself, then those that make sense only together.
func (v *validator) limits(l Limits) {
	const off = "a bound cannot be off, or one exporter could take all memory"
	for _, b := range []struct {
		key            string
		value          int
		least, largest int
		why            string
	}{
		{"exporters", l.Exporters, 1, maxCount, off},
		{"unknown_senders", l.UnknownSenders, 1, maxCount, off},
		{"domains", l.Domains, 2, maxCount, "an options record may speak of another domain than its own"},
		{"templates", l.Templates, 1, maxCount, off},
		{"fields", l.Fields, 1, maxDatagram / 4, "a field takes 4 octets of a datagram's at most 65535"},
		{"record_octets", l.RecordOctets, 1, maxDatagram, "no datagram holds a longer record"},
		{"samplers", l.Samplers, 1, maxCount, off},
		{"waiting", l.Waiting, 1, maxCount, off},
		{"waiting_total", l.WaitingTotal, 1, maxCount, off},
		{"interfaces", l.Interfaces, 1, maxCount, off},
		{"agents", l.Agents, 1, maxCount, off},
		{"cells", l.Cells, 1, maxCount, off},
		{"rows", l.Rows, 1, maxCount, off},
		{"addresses", l.Addresses, 1, maxCount, off},
		{"open_slots", l.OpenSlots, 2, maxCount, "at the end of a slot flows of two are still coming"},
		{"pending_rows", l.PendingRows, 1, maxCount, off},
	} {
		if b.value < b.least || b.value > b.largest {
			v.add("limits."+b.key, "must be from %d to %d: %s (got %d)", b.least, b.largest, b.why, b.value)
		}
	}
	for _, b := range []struct {
		key   string
		value Size
		least Size
		why   string
	}{
		{"template_octets", l.TemplateOctets, MiB, "less does not hold the templates of a few exporters"},
		{"held_octets", l.HeldOctets, 64 * KiB, "a datagram can have that much to hold"},
		{"held_total", l.HeldTotal, 64 * KiB, "a datagram can have that much to hold"},
	} {
		if b.value < b.least || b.value > TiB {
			v.add("limits."+b.key, "must be from %s to %s: %s (got %s)", b.least, TiB, b.why, b.value)
		}
	}
	if l.HeldTotal < l.HeldOctets {
		v.add("limits.held_total", "must not be less than limits.held_octets (got %s and %s): it bounds all exporters together, that one exporter", l.HeldTotal, l.HeldOctets)
	}
	if l.WaitingTotal < l.Waiting {
		v.add("limits.waiting_total", "must not be less than limits.waiting (got %d and %d): it bounds all exporters together, that one exporter", l.WaitingTotal, l.Waiting)
	}
	if l.PendingRows < l.Rows {
		v.add("limits.pending_rows", "must not be less than limits.rows (got %d and %d): what is committed at once could then not wait for the store", l.PendingRows, l.Rows)
	}
}
