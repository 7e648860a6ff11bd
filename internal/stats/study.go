package stats

import (
	"context"

	"tributary/internal/flow"
)

// StudyOf asks for what a report has beyond sheets: all of it over the same snapshot, labels and masks.
// The periods must be among those of the Question.
type StudyOf struct {
	Now, Before flow.Period   // Before may have no traffic
	Months      []flow.Period // of figures over time
}

// Study is the answer to a StudyOf. A part is nil where the period allows none; what each part hides,
// and why, is said there. Names of networks are in it only with Question.Unsuppressed.
type Study struct {
	Changes   *Changes
	Networks  *Networks
	Rhythm    *Rhythm
	Returning *Returning
	Places    *Places
}

// studied makes a study. The sheets are made, and what is suppressed is marked in them.
func (l *loader) studied(ctx context.Context, q *StudyOf, unsuppressed bool) (*Study, error) {
	out := &Study{}
	for _, part := range [...]func(context.Context, *StudyOf, bool, *Study) error{
		l.studyChanges, l.studyNetworks, l.studyRhythm, l.studyReturning, l.studyPlaces,
	} {
		if err := part(ctx, q, unsuppressed, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}
