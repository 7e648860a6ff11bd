package explore

import (
	"time"

	"tributary/internal/stats"
)

// Answer is what a question gives: rows, largest first, each with a value a step.
type Answer struct {
	Question Question `json:"question"` // as understood: with what was left out filled in
	Unit     string   `json:"unit"`     // "bits", "bits/s", "addresses", "bits/address", "networks" or "ratio"
	Additive bool     `json:"additive"` // values of rows may be stacked: they add up to the total
	Span
	Rows     []Row  `json:"rows"`   // the Top largest over the whole range
	Others   *Row   `json:"others"` // the sum of the other rows; null if there are none or they cannot be added
	Left     int    `json:"left"`   // how many rows are not listed one by one
	Total    Row    `json:"total"`  // of everything that the filter lets through
	Previous *Span  `json:"previous"`
	Notes    []Note `json:"notes"` // what makes the numbers say less than they could
}

// Span is a stretch of time and its steps.
type Span struct {
	Name  string      `json:"name"` // "2026-05", or "2026-05-01 to 2026-05-07"
	From  time.Time   `json:"from"`
	To    time.Time   `json:"to"`    // exclusive
	Step  string      `json:"step"`  // as in Question, never "auto"
	Times []time.Time `json:"times"` // where each step begins
	// Open is where the slots begin that are not committed yet: their numbers still grow. Null if there
	// are none in the span.
	Open *time.Time `json:"open"`
	// OpenTo is up to when what arrived is in the numbers of the open slots. Null if Open is.
	OpenTo *time.Time `json:"open_to"`
}

// Row is one combination of the dimensions' values.
type Row struct {
	Keys   []Key       `json:"keys"`   // one a dimension; none for the total; of others, none
	Values []stats.Num `json:"values"` // one a step; null: not known
	Low    []stats.Num `json:"low"`    // bounds of two standard deviations, of measures that count addresses; else null
	High   []stats.Num `json:"high"`
	Whole  Value       `json:"whole"` // over the whole span: not the sum of Values where they cannot be added

	Before      []stats.Num `json:"before"` // Values of the period before; null if it was not asked for
	WholeBefore *Value      `json:"whole_before"`
}

// Value is a number with its bounds or its sampling error.
type Value struct {
	Value stats.Num `json:"value"`
	Low   stats.Num `json:"low"` // bounds of two standard deviations
	High  stats.Num `json:"high"`
	Error stats.Num `json:"error"` // sampling error, relative, 95 %; of volumes and rates
}

// Key is one value of a dimension.
type Key struct {
	Value string `json:"value"` // as a filter writes it
	Name  string `json:"name"`  // as a reader reads it
	Light string `json:"light"` // colour in figures, of types and groups, and of networks that of their type; else empty
	Dark  string `json:"dark"`
	Type  string `json:"type"` // of a network or AS number: the type that has most of its bits; else empty
}

// Note says what makes numbers say less than they could, and what to do.
type Note struct {
	What string `json:"what"`
	Do   string `json:"do"`
}
