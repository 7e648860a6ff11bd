package explore

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tributary/internal/flow"
	"tributary/internal/store"
)

// Limits of a question.
const (
	maxSteps   = 2000 // a picture is not wider, and a row of an answer has a number for each
	maxTop     = 100
	maxBy      = 3
	defaultTop = 10
)

// extent is what is known: of the store, and of what no commit has.
type extent struct {
	from, to flow.Slot // of the store; to is exclusive; both 0: it has nothing
	open     flow.Slot // after the newest slot that no commit has, or to

	hours, days flow.Slot // where sketches of hours and of days begin
}

// span is a stretch of time and its steps, as far as anything is known of it.
type span struct {
	period  flow.Period // with Name; clipped
	whole   flow.Period // not clipped
	named   bool        // a period by name, or days: it has what is committed alone
	cut     store.Cut
	step    string
	minutes bool // begins or ends within an hour
}

// stepSlots are the lengths of steps in slots; 0: months, or all as one.
var stepSlots = map[string]flow.Slot{"5m": 1, "10m": 2, "1h": flow.SlotsPerHour, "1d": flow.SlotsPerDay, "1mo": 0, "whole": 0}

// stepNames are the steps, finest first.
var stepNames = []string{"5m", "10m", "1h", "1d", "1mo", "whole"}

// parseRange understands Question.Range. Of a length of time, to is the end.
func parseRange(text string, to flow.Slot) (p flow.Period, named bool, err error) {
	if p, err := flow.ParsePeriod(text); err == nil {
		return p, true, nil
	}
	if first, last, ok := strings.Cut(text, ".."); ok {
		return parseEnds(text, first, last)
	}
	length, ok := parseLength(text)
	if !ok {
		return p, false, wrong("range", "%q is no range of time: write a period (2026-05, 2025Q4, 2025, 2026-05-07), two days (2026-05-01..2026-05-07), two times (2026-05-01T10:00..2026-05-01T12:30, UTC) or a length up to now (1h, 24h, 7d)", text)
	}
	return flow.Period{Name: "last " + text, From: to - min(to, length), To: to}, false, nil
}

// parseLength reads 90m, 24h, 7d and 4w, in whole slots.
func parseLength(text string) (flow.Slot, bool) {
	if len(text) < 2 {
		return 0, false
	}
	minutes := map[byte]uint64{'m': 1, 'h': 60, 'd': 24 * 60, 'w': 7 * 24 * 60}[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
	n *= minutes
	if err != nil || n == 0 || n%5 != 0 || n > 100*366*24*60 {
		return 0, false
	}
	return flow.Slot(n / 5), true
}

// parseEnds reads the two ends of a range.
func parseEnds(text, first, last string) (p flow.Period, named bool, err error) {
	from, fromDay, err := parseEnd(first)
	if err != nil {
		return p, false, err
	}
	to, toDay, err := parseEnd(last)
	if err != nil {
		return p, false, err
	}
	if to.To <= from.From {
		return p, false, wrong("range", "%q ends before it begins", text)
	}
	return flow.Period{Name: first + " to " + last, From: from.From, To: to.To}, fromDay && toDay, nil
}

// parseEnd reads one end: a period, or a time, which is a period without length.
func parseEnd(text string) (p flow.Period, period bool, err error) {
	if p, err := flow.ParsePeriod(text); err == nil {
		return p, true, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.RFC3339} {
		t, err := time.Parse(layout, text)
		if err != nil || t.Unix() < 0 {
			continue
		}
		if t.UnixMilli()%flow.SlotMillis != 0 {
			return p, false, wrong("range", "%s does not lie on five minutes, and nothing finer is kept: write %s", text, flow.SlotAt(t).Time().Format("2006-01-02T15:04"))
		}
		return flow.Period{From: flow.SlotAt(t), To: flow.SlotAt(t)}, false, nil
	}
	return p, false, wrong("range", "%q is neither a day (2026-05-07) or another period nor a time (2026-05-07T10:35, UTC)", text)
}

// newSpan resolves range and step of a question. kept is the first slot that is still kept.
func newSpan(q *Question, e extent, kept flow.Slot) (*span, error) {
	p, named, err := parseRange(q.Range, max(e.to, e.open))
	if err != nil {
		return nil, err
	}
	if _, ok := parseLength(q.Range); ok && infoOf(q.Measure).Bounds {
		p.From = e.onLadder(p.From)
	}
	return spanOf(q, p, named, e, kept)
}

// spanOf is the span of a period. The step is the question's.
func spanOf(q *Question, p flow.Period, named bool, e extent, kept flow.Slot) (*span, error) {
	s := &span{whole: p, period: p, named: named}
	end := max(e.to, e.open)
	if named {
		end = e.to
	}
	s.period.To = max(s.period.From, min(s.period.To, end))
	if q.places() || s.period.From < kept { // there are hours alone
		s.period.From = s.period.From.Hour()
	}
	if to := s.period.To; (q.places() || to < kept) && to < end {
		s.period.To = min(end, (to + flow.SlotsPerHour - 1).Hour())
	}
	step := q.Step
	if step == "auto" {
		step = autoStep(q, s.period, e, kept)
	}
	if n := countSteps(s.period, step); n > maxSteps && !q.Unbounded {
		return nil, wrong("step", "%s has %d steps of %s, and an answer at most %d: take a longer step or a shorter range", p.Name, n, step, maxSteps)
	}
	s.step, s.cut = step, cut(s.period, step)
	s.minutes = s.period.From%flow.SlotsPerHour != 0 || s.period.To%flow.SlotsPerHour != 0 && s.period.To < end
	return s, nil
}

// autoStep is the step that makes some 50 to 300 points, of those that the measure has; the finer one
// of two that do.
func autoStep(q *Question, p flow.Period, e extent, kept flow.Slot) string {
	finest := infoOf(q.Measure).auto
	if p.From < kept || q.places() {
		finest = coarser(finest, "1h")
	}
	if infoOf(q.Measure).Bounds {
		finest = coarser(finest, e.autoLadder(p))
	}
	best, least := "whole", math.Inf(1)
	for _, step := range stepNames[slices.Index(stepNames, finest):] {
		n := float64(countSteps(p, step))
		if away := max(1, n/300, 50/max(1, n)); n <= maxSteps && away < least {
			best, least = step, away
		}
	}
	return best
}

// coarser is the coarser of two steps.
func coarser(a, b string) string {
	return stepNames[max(slices.Index(stepNames, a), slices.Index(stepNames, b))]
}

// countSteps is how many steps a period has.
func countSteps(p flow.Period, step string) int {
	every := stepSlots[step]
	switch {
	case p.To <= p.From:
		return 0
	case step == "whole":
		return 1
	case every == 0:
		from, to := p.From.Time(), (p.To - 1).Time()
		return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month()) + 1
	}
	return int((p.To-1)/every-p.From/every) + 1
}

// cut cuts a period into steps; they begin with UTC hours, days and months, but for the first.
func cut(p flow.Period, step string) store.Cut {
	every := stepSlots[step]
	c := store.Cut{Every: every}
	for at := p.From; at < p.To; {
		c.Starts = append(c.Starts, at)
		switch {
		case step == "whole":
			at = p.To
		case every == 0:
			at = at.NextMonth()
		default:
			at = at - at%every + every
		}
	}
	return c
}

// steps is how many there are.
func (s *span) steps() int { return len(s.cut.Starts) }

// stretch is step i.
func (s *span) stretch(i int) flow.Period {
	to := s.period.To
	if i+1 < len(s.cut.Starts) {
		to = s.cut.Starts[i+1]
	}
	return flow.Period{From: s.cut.Starts[i], To: to}
}

// stepOf is the step that a slot of the span lies in.
func (s *span) stepOf(at flow.Slot) int {
	i, found := slices.BinarySearch(s.cut.Starts, at)
	if !found {
		i--
	}
	return i
}

// answer is the span as an answer shows it.
func (s *span) answer() Span {
	out := Span{Name: s.period.Name, From: s.period.From.Time(), To: s.period.To.Time(), Step: s.step, Times: []time.Time{}}
	for _, start := range s.cut.Starts {
		out.Times = append(out.Times, start.Time())
	}
	return out
}

// before is the span before, of the same step: a month's is the month before, a quarter's the quarter;
// any other's is as long, and ends where it begins.
func (s *span) before(q *Question, e extent, kept flow.Slot) (*span, error) {
	p := s.whole
	_, err := flow.ParsePeriod(p.Name)
	months := p.From == p.From.Month() && p.To == p.To.Month()
	if err == nil || s.named && months {
		p = p.Before()
	} else {
		p = s.period
		n := p.To - p.From
		p = flow.Period{From: p.From - min(p.From, n), To: p.From}
		p.Name = fmt.Sprintf("%s to %s", p.From.Time().Format(timeFormat), p.To.Time().Format(timeFormat))
		if s.named {
			p.Name = fmt.Sprintf("%s to %s", p.From.Time().Format(time.DateOnly), (p.To - 1).Time().Format(time.DateOnly))
		}
	}
	again := *q
	again.Step = s.step
	return spanOf(&again, p, true, extent{from: e.from, to: max(e.to, e.open), open: e.open}, kept)
}

// timeFormat is a time as a range writes it.
const timeFormat = "2006-01-02T15:04"
