package stats

import "tributary/internal/flow"

// Question says which sheets are wanted. All sheets of one question are computed over one snapshot
// of the store with one set of labels, and hidden by one mask, so that nothing can be subtracted
// between them.
type Question struct {
	Months  []flow.Period // a sheet each; months without data give none
	Periods []flow.Period // a sheet each: quarters, years, days, runs of months
	Study   *StudyOf      // nil asks for none
	Rates   []flow.Period // of which of these p95 and max are wanted, which needs every slot of them; nil = of all
	Days    bool          // fill Spread columns (uniqueness and magnitude per day); frozen months have them anyway

	// Unsuppressed keeps the measures of suppressed cells, and the true scale where
	// publish.normalize is set: for the operator's own use.
	Unsuppressed bool
}

// Answer is what a question gives.
type Answer struct {
	Months  []*Sheet // in order of time; only months that have octets
	Periods []*Sheet // one for each asked, in the order asked; Empty if it has no octets
	Study   *Study   // nil if not asked for
	Extent  Extent   // what the store has: a period that ends after Extent.To is not over
}
