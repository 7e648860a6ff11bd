package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// muchLost is the share of an exporter's records from which a loss is news: a tenth of the error
	// that sampling 1 in 1,000 makes of an ordinary month's cell.
	muchLost = 0.001
	// nearlyFull is the part of the journal's bound from which it is said that it is being reached.
	nearlyFull = 0.9
)

// lossNotes speaks of what never arrived: a note an exporter, the worst first, and one of the kernel.
func lossNotes(s *Status) []Note {
	var losing []*ExporterStatus
	for i := range s.Exporters {
		if s.Exporters[i].Loss.Hour.Share > muchLost {
			losing = append(losing, &s.Exporters[i])
		}
	}
	slices.SortStableFunc(losing, func(a, b *ExporterStatus) int { return cmp.Compare(b.Loss.Hour.Share, a.Loss.Hour.Share) })
	out := dropNotes(s)
	for _, e := range losing {
		l := &e.Loss.Hour
		n := Note{
			Level: "bad", Loses: true, Exporter: e.Address,
			What: fmt.Sprintf("%s: an estimated %.2g %% of its records never arrived in the last hour, about %s; no number is corrected for it.",
				display(e.Name, e.Address), 100*l.Share, count(uint64(l.Lost+0.5), "record")),
			Do:       "They went missing before this machine's socket: on the way (look for drops of the export's queue or class of service, and of fragments), or in the router itself (its counter of export failures; a lower sampling rate or a longer active timeout helps).",
			together: "lost more than 0.1 % of their records in the last hour, before this machine's socket; no number is corrected for it.",
		}
		if missing := l.LostDatagrams + l.LostRecords; l.Overrun*2 >= missing {
			n.Do = "They arrived while our own receive buffer was full: " + bufferAdvice(s)
			n.together = "lost more than 0.1 % of their records in the last hour, while our own receive buffer was full; no number is corrected for it."
		}
		out = append(out, n)
	}
	return out
}

// dropNotes speaks of datagrams that the kernel dropped in the last hour, and of buffers that are
// smaller than was asked for.
func dropNotes(s *Status) []Note {
	d := &s.Complete.KernelDrops
	if d.Hour > 0 {
		return []Note{{
			Level: "bad", Loses: true,
			What: fmt.Sprintf("The kernel has dropped %s in the last hour because a receive buffer was full.", count(d.Hour, "datagram")),
			Do:   capital(bufferAdvice(s)),
		}}
	}
	if asked, given := smallest(s.Listening); given < asked {
		return []Note{{
			Level: "info",
			What:  fmt.Sprintf("The kernel gives sockets %s to receive into, where receive_buffer asks for %s.", size(given), size(asked)),
			Do:    fmt.Sprintf("A burst or a pause may then lose datagrams. Allow more (sysctl -w net.core.rmem_max=%d) and restart.", asked),
		}}
	}
	return nil
}

// bufferAdvice says how to make room for what arrives, beginning in small letters.
func bufferAdvice(s *Status) string {
	asked, given := smallest(s.Listening)
	if given < asked {
		return fmt.Sprintf("the kernel gives the socket %s of the %s that receive_buffer asks for. Allow more (sysctl -w net.core.rmem_max=%d) and restart.",
			size(given), size(asked), asked)
	}
	advice := "raise receive_buffer in the configuration"
	if given > 0 {
		advice += fmt.Sprintf(" (a socket has %s)", size(given))
	}
	return advice + fmt.Sprintf(" and with it net.core.rmem_max (sysctl), then restart. If it goes on, the machine is too slow for what it is sent: raise workers (%d now) where cores are idle.", s.Workers)
}

// smallest is the least that any socket was given, and what was asked for it; 0 and 0 without sockets.
func smallest(sockets []Socket) (asked, given int) {
	for i, l := range sockets {
		if i == 0 || l.Buffer < given {
			asked, given = l.Asked, l.Buffer
		}
	}
	return asked, given
}

// size writes bytes as the configuration does: "32 MiB".
func size[N int | uint64](n N) string {
	value, unit := float64(n), 0
	units := [...]string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for value >= 1024 {
		value /= 1024
		unit++
	}
	if value < 10 && unit > 0 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + units[unit]
	}
	return fmt.Sprintf("%.0f %s", value, units[unit])
}

// journalNotes speaks of what a kill would lose.
func journalNotes(s *Status) (out []Note) {
	j := &s.Journal
	if j.UnjournalledHour > 0 {
		out = append(out, Note{
			Level: "warn",
			What:  fmt.Sprintf("%s of the last hour could not be written to the journal: counted, but lost if the process is killed before the next commit.", count(j.UnjournalledHour, "datagram")),
			Do:    "See whether the disk under " + j.Path + " is full or failing.",
		})
	}
	if j.Unread > 0 {
		out = append(out, Note{
			Level: "info",
			What:  fmt.Sprintf("The journal that the process before left is being read again: %.0f %%. What arrives meanwhile is in the journal and shows when that is done.", 100*(1-j.Unread)),
			Do:    "Nothing: it goes on by itself.",
		})
	}
	switch {
	case j.DroppedHour > 0:
		out = append(out, Note{
			Level: "warn",
			What:  fmt.Sprintf("The journal is at its bound (%s): it has given up %s in the last hour that are not committed, and a kill now would lose them.", size(j.MaxBytes), count(j.DroppedHour, "datagram")),
			Do:    "Raise journal.max_size: it must hold the traffic between two commits, twice. If commits fail, the log says why. What is given up is still in memory, unless it was being read again after a start: then it is lost.",
		})
	case j.MaxBytes > 0 && float64(j.Bytes) > nearlyFull*float64(j.MaxBytes):
		out = append(out, Note{
			Level: "warn",
			What:  fmt.Sprintf("The journal has %s of %s: at the bound it gives up its oldest datagrams, committed or not.", size(j.Bytes), size(j.MaxBytes)),
			Do:    "It is emptied by each commit: the log says whether commits fail. If they do not, raise journal.max_size.",
		})
	}
	if j.Torn > 0 {
		out = append(out, Note{
			Level: "info",
			What:  fmt.Sprintf("At the start the last %s of the journal were incomplete: the machine or the process had crashed while writing them.", size(j.Torn)),
			Do:    fmt.Sprintf("At most the last second before the crash is missing; %s before it were read again.", count(j.Replayed, "datagram")),
		})
	}
	return out
}

// problemHelp is what to do about a problem of the process.
func problemHelp(s *Status, problem string) string {
	if problem == s.Journal.Problem {
		return "See whether the disk under " + s.Journal.Path + " is full or failing; it resumes by itself."
	}
	return "See the log of the process for when it began."
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
