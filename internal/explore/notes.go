package explore

import (
	"fmt"
	"time"
)

// note says what makes the numbers say less than they could.
func (a *asking) note() {
	p := a.span.period
	switch {
	case a.span.steps() == 0:
		a.say("There is no traffic in "+a.span.whole.Name+".", a.has())
		return
	case p.From < a.extent.from:
		a.say(fmt.Sprintf("What is kept begins with %s: nothing is known of the time before, and averages count it as empty.", a.extent.from.Time().Format(minute)),
			"Ask from there on.")
	}
	if a.span.named && a.span.period.To < a.span.whole.To {
		what, do := fmt.Sprintf("%s is not over: it goes up to %s.", a.span.whole.Name, p.To.Time().Format(minute)), ""
		if a.previous != nil {
			what += " The one before it stands beside it whole."
			do = "Compare rates and shares; sums and numbers of parties still grow."
		}
		a.say(what, do)
	}
	if a.span.widened() {
		a.say(fmt.Sprintf("Here there are whole hours alone: the range goes from %s to %s.", p.From.Time().Format(minute), p.To.Time().Format(minute)), "")
	}
	if m := a.question.Measure; (m == P95 || m == Maximum) && max(p.From, a.extent.from) < a.view.KeptFrom() {
		a.say(fmt.Sprintf("Five-minute slots are kept from %s on: steps that begin before have no %s.", a.view.KeptFrom().Time().Format(time.DateOnly), lower(a.info.Title)),
			"Ask for months by type, region, direction and IP version in the dataset, which has what was frozen of them.")
		return
	}
	if a.span.fine() && p.From < a.view.KeptFrom() {
		a.say(fmt.Sprintf("Five-minute slots are kept from %s on: of the time before there is nothing finer than an hour.", a.view.KeptFrom().Time().Format(time.DateOnly)),
			"Take a step of an hour or more.")
	}
}

// minute is how notes write a time.
const minute = "2006-01-02 15:04 UTC"

// has says what there is.
func (a *asking) has() string {
	if a.extent.open == 0 {
		return "The store has nothing at all yet: let exporters send, and wait ten seconds."
	}
	return fmt.Sprintf("The store has %s to %s.", a.extent.from.Time().Format(minute), a.extent.open.Time().Format(minute))
}

func (a *asking) say(what, do string) {
	a.answer.Notes = append(a.answer.Notes, Note{what, do})
}
