package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/store/duckdb"
)

// Group is what answers are grouped by. Questions that sum per slot first also give totals.
type Group struct {
	Region    uint16           // in flow.Names.Regions, or AllRegions
	Type      flow.NetworkType // or AllTypes
	Direction flow.Direction   // or flow.Both
	Version   uint8            // 4, 6, or AllVersions
}

// Totals of the dimensions of a Group.
const (
	AllRegions  uint16           = 0xffff
	AllTypes    flow.NetworkType = flow.NumNetworkTypes
	AllVersions uint8            = 0
)

// Step is how time is cut in an answer.
type Step uint8

// The steps. Series has all of them; others say which.
const (
	StepSlot Step = iota
	StepTenMinutes
	StepHour
	StepDay
	StepMonth
	StepWhole // the period is one step
)

// start is the SQL for the first slot of the step that a column's slot lies in. StepMonth and
// StepWhole need none: they are asked one at a time.
func (s Step) start(column string) string {
	slots := map[Step]int{StepSlot: 1, StepTenMinutes: 2, StepHour: flow.SlotsPerHour, StepDay: flow.SlotsPerDay}[s]
	switch slots {
	case 0:
		return "0::UINTEGER"
	case 1:
		return column
	}
	return fmt.Sprintf("(%s - %s %% %d)", column, column, slots)
}

// parts cuts p into what one statement can answer: months for StepMonth, else p itself.
func (s Step) parts(p flow.Period) []flow.Period {
	if s != StepMonth {
		return []flow.Period{p}
	}
	var out []flow.Period
	for from := p.From; from < p.To; from = from.NextMonth() {
		out = append(out, flow.Period{From: from, To: min(p.To, from.NextMonth())})
	}
	return out
}

// View is one state of the store, whatever is committed meanwhile, seen with one set of labels. It
// belongs to one goroutine, and must be closed. A view holds back the reuse of deleted space, so keep
// it no longer than a question takes.
type View struct {
	gate    *gate
	conn    *duckdb.Conn
	ended   atomic.Bool // the database is about to be opened again
	health  []string    // the columns of health, as expressions
	changes []flow.Slot // where labels change, ascending, distinct
	folded  flow.Slot   // months before this have rows of months
	dropped flow.Slot   // slots and days before this are no longer kept
	summed  summed      // days and months before this have rows of their own

	revisions *revisions // nil if they are not known

	commits uint64      // the number of the last commit that the view has
	newest  flow.Slot   // of the store, as of the view; only after Extent
	dated   []flow.Slot // where buckets of Sort begin and end, ascending; none if all hold at any time
}

// View opens a view. Labels of one combination must not overlap; combinations and times without a
// label are type other, network 0.
func (s *Store) View(ctx context.Context, labels []Label) (*View, error) {
	return s.view(ctx, func(v *View) error { return v.open(ctx, labels) })
}

// Snapshot opens a view without labels: for the questions of Sort, and those that need none.
func (s *Store) Snapshot(ctx context.Context) (*View, error) {
	return s.view(ctx, func(v *View) error { return v.begin(ctx) })
}

func (s *Store) view(ctx context.Context, open func(*View) error) (*View, error) {
	v := &View{}
	if err := s.gate.enter(ctx, v); err != nil {
		return nil, fmt.Errorf("cannot read the store %s: %w", s.path, err)
	}
	s.mu.Lock()
	v.health = healthOf(s.version)
	s.mu.Unlock()
	if s.single.CompareAndSwap(true, false) {
		_ = v.conn.Exec(ctx, fmt.Sprintf("SET threads = %d", s.options.Threads)) // else it just takes longer
	}
	if err := open(v); err != nil {
		v.gate.leave(v)
		if v.ended.Load() {
			err = errReopened
		}
		return nil, fmt.Errorf("cannot read the store %s: %w", s.path, err)
	}
	return v, nil
}

// KeptFrom is where the slots and days that are still kept begin; 0 if none were dropped. Of months
// before it there are volumes and distinct addresses, but no rates, no series below the hour and
// nothing by day; Frozen has what their groups' were.
func (v *View) KeptFrom() flow.Slot { return v.dropped }

// Close ends the view.
func (v *View) Close() {
	v.gate.leave(v) // which rolls back
}

// begin begins the view, and reads what it is of.
func (v *View) begin(ctx context.Context) (err error) {
	if err := v.conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	return v.readState(ctx)
}

// readState reads the marks, and the revisions as of the view.
func (v *View) readState(ctx context.Context) error {
	states := map[string][]byte{}
	marks := v.summed.of(map[string]*flow.Slot{foldedState: &v.folded, droppedState: &v.dropped})
	names := append(slices.Collect(maps.Keys(marks)), commitsState, revisionsState)
	err := v.query(ctx, func(c *duckdb.Chunk) error {
		name, value := duckdb.TextColumn(c, 0), duckdb.TextColumn(c, 1)
		for i := range c.Len() {
			states[string(name.Bytes(i))] = slices.Clone(value.Bytes(i))
		}
		return nil
	}, "SELECT name, value FROM state WHERE name IN ('"+strings.Join(names, "', '")+"')")
	if err != nil {
		return err
	}
	for name, mark := range marks {
		if text, ok := states[name]; ok {
			if *mark, err = parseMark(name, text); err != nil {
				return err
			}
		}
	}
	if commits, wrong := strconv.ParseUint(string(states[commitsState]), 10, 64); wrong == nil {
		v.commits, v.revisions = commits, parseRevisions(states[revisionsState], commits)
	}
	return nil
}

// Combinations returns every combination of the view, sorted.
func (v *View) Combinations(ctx context.Context) (all []Combination, err error) {
	err = v.query(ctx, func(c *duckdb.Chunk) error {
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		for i := range c.Len() {
			all = append(all, Combination{as[i], prefix[i], link[i]})
		}
		return nil
	}, "SELECT DISTINCT asn, prefix, link FROM combinations ORDER BY ALL")
	return all, err
}

// Commits is the number of the last commit that the view has.
func (v *View) Commits() uint64 { return v.commits }

// Extent is the oldest and the newest slot of the view: of the oldest hour with traffic, and of any
// traffic or health row. False if it has none.
func (v *View) Extent(ctx context.Context) (oldest, newest flow.Slot, ok bool, err error) {
	from, to, err := extent(ctx, v.conn)
	if err != nil || to < 0 {
		return 0, 0, false, err
	}
	v.newest = flow.Slot(to)
	return flow.Slot(max(0, from)), v.newest, true, nil
}

func (v *View) open(ctx context.Context, labels []Label) error {
	if err := v.begin(ctx); err != nil {
		return err
	}
	err := v.conn.Exec(ctx, `CREATE TEMP TABLE labels(asn UINTEGER, prefix UINTEGER, link USMALLINT,
		from_slot UINTEGER, to_slot UINTEGER, type UTINYINT, network UINTEGER)`)
	if err != nil {
		return err
	}
	all, err := v.Combinations(ctx)
	if err != nil {
		return err
	}
	labels, v.changes = complete(all, labels)
	w := &writer{conn: v.conn, catalog: "temp"}
	w.rows("labels", len(labels), func(a *duckdb.Appender, from, count int) {
		c := &a.Chunk
		as, prefix, link := duckdb.Column[uint32](c, 0), duckdb.Column[uint32](c, 1), duckdb.Column[uint16](c, 2)
		since, until := duckdb.Column[uint32](c, 3), duckdb.Column[uint32](c, 4)
		types, network := duckdb.Column[uint8](c, 5), duckdb.Column[uint32](c, 6)
		for i := range count {
			l := &labels[from+i]
			as[i], prefix[i], link[i] = l.AS, l.Prefix, l.Link
			since[i], until[i] = uint32(l.From), uint32(l.To)
			types[i], network[i] = uint8(l.Type), l.Network
		}
	})
	return w.err
}

func (v *View) query(ctx context.Context, each func(*duckdb.Chunk) error, statement string) error {
	err := errReopened
	if !v.ended.Load() {
		err = query(ctx, v.conn, each, statement)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if v.ended.Load() {
			err = errReopened // and not that it was interrupted
		}
		return fmt.Errorf("cannot answer from the store: %w", err)
	}
	return nil
}

// labelled is the SQL for a table's rows t of a stretch of time, each with its label l. Rows of
// hours and days take the label of their first slot, which is that of all: labels change at UTC days.
// For rows of months see monthly.
func (v *View) labelled(table string, p flow.Period) string {
	join := fmt.Sprintf(`%s t JOIN labels l ON t.asn = l.asn AND t.prefix = l.prefix AND t.link = l.link`, table)
	if len(v.changes) > 0 {
		join += ` AND t.slot >= l.from_slot AND t.slot < l.to_slot`
	}
	return fmt.Sprintf(`%s WHERE t.slot >= %d AND t.slot < %d`, join, p.From, p.To)
}

// groupColumns are the columns of a Group in a labelled statement.
const groupColumns = "t.region, l.type, t.direction, t.version"

// groupReader reads groups from columns that begin at column first.
type groupReader struct {
	region                    []uint16
	types, direction, version []uint8
}

func newGroupReader(c *duckdb.Chunk, first int) groupReader {
	return groupReader{
		duckdb.Column[uint16](c, first), duckdb.Column[uint8](c, first+1),
		duckdb.Column[uint8](c, first+2), duckdb.Column[uint8](c, first+3),
	}
}

func (r *groupReader) at(i int) Group {
	return Group{r.region[i], flow.NetworkType(r.types[i]), flow.Direction(r.direction[i]), r.version[i]}
}

// uint128 reads a sum.
func uint128(h duckdb.Huge) rollup.Uint128 { return rollup.Uint128{Hi: h.Hi, Lo: h.Lo} }

// uint64Of reads a sum that fits 64 bits unless an exporter sent nonsense; then it is 2^64 − 1.
func uint64Of(h duckdb.Huge) uint64 {
	if h.Hi != 0 {
		return ^uint64(0)
	}
	return h.Lo
}
