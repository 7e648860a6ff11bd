package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/flow"
	"tributary/internal/report"
	"tributary/internal/stats"
)

// Build is a report that is being built, or waits for its turn.
type Build struct {
	Period  string    `json:"period"`
	By      string    `json:"by"`      // who asked for it
	Asked   time.Time `json:"asked"`   // when
	Waiting bool      `json:"waiting"` // another one is being built
	Step    string    `json:"step"`    // what is being done, in words; empty while it waits
	Done    float64   `json:"done"`    // fraction of the whole that is behind, 0 to 1
}

// Built is how the building of a report ended.
type Built struct {
	Period   string    `json:"period"`
	By       string    `json:"by"`
	Ended    time.Time `json:"ended"`
	Seconds  float64   `json:"seconds"` // that it took, without the time it waited
	State    string    `json:"state"`   // "built", "cancelled" or "failed"
	Problem  string    `json:"problem"` // a sentence where it failed, else empty
	Failures []string  `json:"failures"`
}

// Building is what /api/v1/reports/building answers.
type Building struct {
	Builds []Build `json:"builds"` // the one being built first; at most two
	Ended  []Built `json:"ended"`  // the last ten since the process began, the newest first
}

const (
	// maxBuilds is how many reports are built or wait: a report of a large store takes 1 to 2 GB of
	// memory while it is made, so one is built at a time.
	maxBuilds = 2
	maxEnded  = 10
)

// builder builds reports, one at a time.
type builder struct {
	build func(ctx context.Context, p flow.Period, progress report.Progress) error
	now   func() time.Time
	log   func(period string, err error) // of what whoever asked is not told

	work sync.WaitGroup // the goroutine that builds, where there is one, and whoever has entered

	mu     sync.Mutex // guards the fields below
	builds []*running // the first is being built
	ended  []Built
	closed bool
}

// running is a Build with what ends it.
type running struct {
	Build
	period flow.Period
	ctx    context.Context
	cancel context.CancelFunc
}

// errBuilding says that there is no room for another.
var errBuilding = &userError{status: http.StatusConflict, detail: "A report is being built and another one waits: let one of them end, or cancel it."}

// errEnding is the answer to what comes too late.
var errEnding = &userError{status: http.StatusServiceUnavailable, detail: "The process is ending."}

// add begins a build, or lets it wait. A period that is being built or waits already is not added again.
func (b *builder) add(ctx context.Context, p flow.Period, by string) (Build, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.builds {
		if r.Period == p.Name && r.ctx.Err() == nil {
			return r.Build, nil
		}
	}
	if b.closed {
		return Build{}, errEnding
	}
	if len(b.builds) == maxBuilds {
		return Build{}, errBuilding
	}
	r := &running{Build: Build{Period: p.Name, By: by, Asked: b.now().UTC(), Waiting: len(b.builds) > 0}, period: p}
	r.ctx, r.cancel = context.WithCancel(ctx)
	b.builds = append(b.builds, r)
	if len(b.builds) == 1 {
		b.work.Go(func() { b.run(r) })
	}
	return r.Build, nil
}

// run builds r and whatever waits after it.
func (b *builder) run(r *running) {
	for r != nil {
		began := b.now()
		err := r.ctx.Err()
		if err == nil {
			err = b.build(r.ctx, r.period, func(step string, done float64) { b.progress(r, step, done) })
		}
		r = b.end(r, began, err)
	}
}

func (b *builder) progress(r *running, step string, done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r.Step, r.Done = step, max(r.Done, min(done, 1))
}

// end notes how a build ended, and returns the next one, if any waits.
func (b *builder) end(r *running, began time.Time, err error) (next *running) {
	out := Built{Period: r.Period, By: r.By, State: "built", Failures: []string{}}
	if err != nil {
		out.State, out.Problem, out.Failures = ending(r.ctx, err)
	}
	if out.State == "failed" {
		b.log(r.Period, err)
	}
	r.cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	out.Ended, out.Seconds = now.UTC(), now.Sub(began).Seconds()
	b.ended = slices.Insert(b.ended, 0, out)
	b.ended = b.ended[:min(len(b.ended), maxEnded)]
	b.builds = slices.DeleteFunc(b.builds, func(x *running) bool { return x == r })
	if len(b.builds) == 0 {
		return nil
	}
	b.builds[0].Waiting = false
	return b.builds[0]
}

// ending says in words why a build ended.
func ending(ctx context.Context, err error) (state, problem string, failures []string) {
	var check *report.CheckError
	var empty *stats.EmptyError
	switch {
	case errors.As(err, &check):
		return "failed", "The report contradicts itself and was not written. This is a mistake in Tributary, or the store changed while the report was made: build it again, and if it fails again report it.", check.Failures
	case errors.As(err, &empty):
		return "failed", "There is " + empty.Error() + ".", []string{}
	case ctx.Err() != nil:
		return "cancelled", "", []string{}
	}
	return "failed", "The report could not be built; the log of the process says why. Most often the disk is full, or the folder of reports may not be written.", []string{}
}

// cancel ends a build, or takes it out of those that wait. It reports whether there was one.
func (b *builder) cancel(period string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, r := range b.builds {
		if r.Period != period {
			continue
		}
		r.cancel()
		if i > 0 { // nobody builds it yet
			b.builds = slices.Delete(b.builds, i, i+1)
		} else {
			r.Step = "being cancelled"
		}
		return true
	}
	return false
}

// state is what is being built and what ended.
func (b *builder) state() *Building {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := &Building{Builds: []Build{}, Ended: append([]Built{}, b.ended...)}
	for _, r := range b.builds {
		out.Builds = append(out.Builds, r.Build)
	}
	return out
}

// busy reports whether a report of this name is being built or waits.
func (b *builder) busy(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.builds, func(r *running) bool { return r.Period == name })
}

// enter notes that somebody reads the store or the reports for an answer until done is called; not ok
// when the process is ending.
func (b *builder) enter() (done func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, false
	}
	b.work.Add(1)
	return b.work.Done, true
}

// close cancels every build and waits until nobody asks the store any more. What was entered is
// cancelled by whoever calls it.
func (b *builder) close() {
	b.mu.Lock()
	b.closed = true
	for _, r := range b.builds {
		r.cancel()
	}
	b.mu.Unlock()
	b.work.Wait()
}

// newBuilder builds reports into the console's folder.
func (c *Console) newBuilder() *builder {
	return &builder{
		now: c.now,
		log: func(period string, err error) { c.log.Error("cannot build the report", "period", period, "error", err) },
		build: func(ctx context.Context, p flow.Period, progress report.Progress) error {
			return report.BuildInto(ctx, c.config.Source(), c.reports, report.Build{
				Period: p, Form: report.Form{Version: c.config.Version}, Converter: report.FindConverter(), Progress: progress,
			})
		},
	}
}

// buildInput is what report is to be built.
type buildInput struct {
	Body struct {
		Period string `json:"period" maxLength:"20" doc:"A month (2025-10), quarter (2025Q4), year (2025) or day (2025-10-03)."`
	}
}

// accepted is the answer to what will be done.
type accepted[O any] struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	Body         *O
}

func (c *Console) registerBuilding(api huma.API) {
	o := operation{
		id: "build-report", method: http.MethodPost, path: "/reports", tag: "Reports", role: Editor,
		summary: "Build a report",
		about:   "Builds the report of a period in this process and puts it into the reports folder, in place of an older one, when it is whole. One is built at a time and one more may wait. Over a large store it takes 1 to 2 GB of memory while it is made. How far it is, and how it ended, is under /api/v1/reports/building.",
	}
	described := o.described()
	described.DefaultStatus = http.StatusAccepted
	huma.Register(api, described, func(ctx context.Context, in *buildInput) (*accepted[Build], error) {
		if err := c.forbidden(ctx, o); err != nil {
			return nil, err
		}
		b, err := c.buildReport(ctx, in.Body.Period)
		if err != nil {
			return nil, c.problemOf(ctx, o, err)
		}
		return &accepted[Build]{Status: http.StatusAccepted, CacheControl: "no-store", Body: &b}, nil
	})
	on(c, api, operation{
		id: "get-building", method: http.MethodGet, path: "/reports/building", tag: "Reports", role: Viewer,
		summary: "Reports being built", about: "What is being built and how far it is, and how the last ones ended.",
	}, func(context.Context, *struct{}) (*Building, error) { return c.builder.state(), nil })
	on(c, api, operation{
		id: "cancel-build", method: http.MethodDelete, path: "/reports/building/{period}", tag: "Reports", role: Editor,
		summary: "Cancel a build", about: "Ends the building of a report, or takes it out of the queue. An older report of the period stays.",
	}, func(ctx context.Context, in *struct {
		Period string `path:"period" maxLength:"20" doc:"The period whose report is being built, such as 2025Q4."`
	}) (*Building, error) {
		if !c.builder.cancel(in.Period) {
			return nil, &userError{status: http.StatusNotFound, detail: "No report of this period is being built."}
		}
		c.audit(ctx, "cancel report", "period", in.Period)
		return c.builder.state(), nil
	})
}

func (c *Console) buildReport(ctx context.Context, period string) (Build, error) {
	p, err := flow.ParsePeriod(period)
	if err != nil {
		return Build{}, &userError{http.StatusBadRequest, sentence(err.Error()), []place{{Location: "body.period", Message: err.Error()}}}
	}
	if c.config.Source == nil || c.reports == "" {
		return Build{}, &userError{status: http.StatusServiceUnavailable, detail: "This process has no store to build a report from."}
	}
	if extent := c.config.Source().Extent(); extent.IsEmpty() || p.To <= extent.From || p.From >= extent.To {
		detail := "There is " + (&stats.EmptyError{Period: p.Name, Extent: extent}).Error() + "."
		return Build{}, &userError{http.StatusUnprocessableEntity, detail, []place{{Location: "body.period", Message: "no traffic in it"}}}
	}
	b, err := c.builder.add(c.ending, p, identityOf(ctx).Name)
	if err == nil {
		c.audit(ctx, "build report", "period", p.Name)
	}
	return b, err
}
