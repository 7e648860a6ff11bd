package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/explore"
	"tributary/internal/flow"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

const exploredYAML = `networks:
  - {as: 64500, name: Example, type: hosting, to: 2025-10-15}
  - {as: 64500, name: Example, type: neocloud, from: 2025-10-16}
  - {as: 64501, name: Google, type: hyperscaler}
  - {as: 64502, name: Bits, type: cdn}
  - {as: 64503, name: Regional, type: isp-regional}
`

// explored is a console over a store with n flows of September 28th to November 20th, 2025.
func explored(t testing.TB, n int) (*Console, *stats.Source) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(file, []byte(exploredYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err := catalogue.Load([]string{file})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Path: filepath.Join(t.TempDir(), "tributary.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	source := &stats.Source{Store: s, Catalogue: made, Links: map[string]flow.LinkKind{"flexify": flow.LinkMigration}}
	r, names := rand.New(rand.NewPCG(7, 7)), s.Names()
	from, to := flow.SlotAt(time.Date(2025, 9, 28, 5, 0, 0, 0, time.UTC)), flow.SlotAt(time.Date(2025, 11, 20, 7, 35, 0, 0, time.UTC))
	var flows []flow.Flow
	for range n {
		slot := from + flow.Slot(r.IntN(int(to-from)))
		f := flow.Flow{
			Octets: 1 + r.Uint64N(1<<30), Packets: 1, Start: slot.Start(), End: slot.Start(), Rate: 1 + 99*uint32(r.IntN(2)),
			Region: uint16(names.Regions.ID([]string{"US-West", "EU-Central"}[r.IntN(2)])), Direction: flow.Direction(r.IntN(2)),
			Version: 4, AS: 64499 + uint32(r.IntN(6)), Remote: flow.AddrFrom4([]byte{10, byte(r.IntN(100)), byte(r.IntN(256)), 1}),
		}
		switch r.IntN(12) {
		case 0:
			f.Link = uint16(names.Links.ID("flexify"))
		case 1:
			f.AS = 0
		case 2, 3:
			f.Version, f.Remote = 6, flow.Addr{Hi: 0x2001_0db8 << 32, Lo: r.Uint64N(300)}
		}
		flows = append(flows, f)
	}
	tally := rollup.New(rollup.Config{Key: s.Key(), IPv6Prefix: 128})
	tally.Add(flows)
	if err := s.Commit(context.Background(), tally.Take()); err != nil {
		t.Fatal(err)
	}
	if err := s.Maintain(context.Background()); err != nil {
		t.Fatal(err)
	}
	return New(Config{Version: "1.0.0", Live: NewLive(LiveConfig{Names: names}), Source: func() *stats.Source { return source }}), source
}

// exploreAt asks, and wants a status.
func exploreAt(t testing.TB, h http.Handler, path, query string, status int) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/v1/"+path+"?"+query, nil))
	if w.Code != status {
		t.Fatalf("%s?%s: %d %s", path, query, w.Code, w.Body)
	}
	return w
}

// plain is an answer as it goes over the wire.
type plain struct {
	Times []time.Time `json:"times"`
	Rows  []plainRow  `json:"rows"`
	Total plainRow    `json:"total"`
}

type plainRow struct {
	Keys   []struct{ Value string } `json:"keys"`
	Values []*float64               `json:"values"`
	Low    []*float64               `json:"low"`
	High   []*float64               `json:"high"`
	Whole  struct{ Value, Low, High, Error *float64 }
}

// TestExploreEqualsDataset walks every cell of the dataset and asks for it.
func TestExploreEqualsDataset(t *testing.T) {
	c, source := explored(t, 40_000)
	period, err := flow.ParseMonths("2025-09..2025-11")
	if err != nil {
		t.Fatal(err)
	}
	dataset, err := source.Dataset(context.Background(), period, true)
	if err != nil {
		t.Fatal(err)
	}
	walk := datasetWalk{t: t, h: c.Handler(), answers: map[string]map[string]plainRow{}}
	for i := range dataset.Rows {
		walk.row(&dataset.Rows[i])
	}
	if len(dataset.Rows) < 500 {
		t.Errorf("the dataset has only %d rows", len(dataset.Rows))
	}
}

// datasetWalk asks for cells, each question once.
type datasetWalk struct {
	t       *testing.T
	h       http.Handler
	answers map[string]map[string]plainRow
}

func (w *datasetWalk) row(r *stats.Row) {
	f := func(measure string, got func(plainRow) *float64, want stats.Num) {
		w.t.Helper()
		row := w.find(measure, r)
		if v := got(row); (v != nil) != want.Known || v != nil && *v != want.Value {
			text := "nothing"
			if v != nil {
				text = strconv.FormatFloat(*v, 'g', -1, 64)
			}
			w.t.Errorf("%s %v: %s is %s, the dataset has %s", r.Month, r.Key, measure, text, want.Text())
		}
	}
	whole := func(p plainRow) *float64 { return p.Whole.Value }
	f("volume", whole, r.Bits)
	f("volume", func(p plainRow) *float64 { return p.Values[0] }, r.Bits)
	f("volume", func(p plainRow) *float64 { return p.Whole.Error }, r.BitsError)
	f("rate", whole, r.BpsAvg)
	f("p95", whole, r.BpsP95)
	f("max", whole, r.BpsMax)
	f("uniqueness", whole, r.Unique)
	f("uniqueness", func(p plainRow) *float64 { return p.Whole.Low }, r.UniqueLow)
	f("uniqueness", func(p plainRow) *float64 { return p.Whole.High }, r.UniqueHigh)
	f("magnitude", whole, r.Magnitude)
	if r.Networks.Value > 0 { // of a cell whose networks are all unknown there is no row
		f("networks", whole, r.Networks)
	}
	if r.Region == stats.AllRegions && r.Direction == flow.Both { // of the bits of the same region and direction
		f("share", whole, r.Share)
	}
}

// find is the row of a cell: what is no total is a dimension of the question, or of its filter.
func (w *datasetWalk) find(measure string, r *stats.Row) plainRow {
	w.t.Helper()
	var by, key []string
	add := func(dimension, value string, all bool) {
		if !all {
			by, key = append(by, dimension), append(key, value)
		}
	}
	add("region", r.Region, r.Region == stats.AllRegions)
	add("type", r.TypeName(), r.Type == stats.AllTypes)
	add("direction", r.Direction.String(), r.Direction == flow.Both)
	where := ""
	if r.Version != stats.AllVersions {
		where = "ip.version = " + r.VersionName()
	}
	query := url.Values{"measure": {measure}, "by": {strings.Join(by, ",")}, "where": {where}, "range": {r.Month}, "step": {"whole"}, "top": {"100"}}.Encode()
	rows, ok := w.answers[query]
	if !ok {
		var a plain
		if err := json.Unmarshal(exploreAt(w.t, w.h, "explore", query, 200).Body.Bytes(), &a); err != nil {
			w.t.Fatal(err)
		}
		rows = map[string]plainRow{"": a.Total}
		for _, row := range a.Rows {
			var values []string
			for _, k := range row.Keys {
				values = append(values, k.Value)
			}
			rows[strings.Join(values, "|")] = row
		}
		w.answers[query] = rows
	}
	row, ok := rows[strings.Join(key, "|")]
	if !ok {
		w.t.Fatalf("%s: no row %q", query, key)
	}
	return row
}

func TestExploreCSV(t *testing.T) {
	c, _ := explored(t, 3000)
	h := c.Handler()
	query := "measure=volume&by=type,region&range=2025-11-01..2025-11-03&step=1d&top=3&previous=true"
	w := exploreAt(t, h, "explore", query+"&format=csv", 200)
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="tributary-volume-by-type-region-2025-11-01..2025-11-03.csv"` {
		t.Errorf("the file is %s", got)
	}
	if got := w.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("it is of type %s", got)
	}
	lines, err := csv.NewReader(w.Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(lines[0], ";"); got != "time (UTC);type;region;volume (bits);low (bits);high (bits);previous volume (bits)" {
		t.Errorf("the header is %s", got)
	}
	if len(lines) != 1+(3+2)*3 { // rows, others, total; three days
		t.Fatalf("%d lines", len(lines))
	}
	var a plain
	if err := json.Unmarshal(exploreAt(t, h, "explore", query, 200).Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	for i, r := range a.Rows {
		for s := range a.Times {
			line := lines[1+3*i+s]
			want := []string{a.Times[s].Format(time.RFC3339), r.Keys[0].Value, r.Keys[1].Value, strconv.FormatFloat(*r.Values[s], 'f', -1, 64)}
			if !slices.Equal(line[:4], want) {
				t.Errorf("line %d is %v, want %v", 1+3*i+s, line, want)
			}
		}
	}
	if last := lines[len(lines)-1]; last[1] != "(all)" || last[2] != "(all)" || last[6] == "" {
		t.Errorf("the last line is %v", last)
	}
}

func TestExploreMistakes(t *testing.T) {
	c, _ := explored(t, 500)
	h := c.Handler()
	f := func(query, detail, location string, offset, length int) {
		t.Helper()
		var p problem
		if err := json.Unmarshal(exploreAt(t, h, "explore", query, 400).Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if p.Detail != detail || len(p.Errors) != 1 || p.Errors[0].Location != location {
			t.Fatalf("%s: %+v", query, p)
		}
		at := -1
		if p.Errors[0].Offset != nil {
			at = *p.Errors[0].Offset
		}
		if at != offset || p.Errors[0].Length != length {
			t.Errorf("%s: the mistake is at %d with %d octets, want %d with %d", query, at, p.Errors[0].Length, offset, length)
		}
	}
	f("where=type+%3D+cdn+and+regoin+%3D+x", "where: there is no field regoin: did you mean region? (at character 16).", "query.where", 15, 6)
	f("where=type+%3D", "where: expected a value after = (at character 7).", "query.where", 6, 0)
	f("where=region+%3D+Mars", `where: there is no region "Mars": it may be EU-Central or US-West (at character 10).`, "query.where", 9, 4)
	f("measure=uniqueness&by=city", "by: by place there are volumes, rates and shares alone: ask for one of these, or leave city out.", "query.by", -1, 0)
	f("range=2025-11&measure=uniqueness&step=1h", "step: addresses are kept by hour from 2025-11-18 on, by day from 2025-09-28 on, and of the time before by month: of this range take steps of 1d, 1mo or whole.", "query.step", -1, 0)
	exploreAt(t, h, "explore", "colour=red", 400)
	exploreAt(t, h, "explore", "top=many", 400)
	exploreAt(t, h, "explore", "format=xml", 400)
}

func TestExploreFieldsAndFilter(t *testing.T) {
	c, source := explored(t, 3000)
	h := c.Handler()
	var fields ExploreFields
	if err := json.Unmarshal(exploreAt(t, h, "explore/fields", "", 200).Body.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	if len(fields.Measures) != len(explore.Measures) || len(fields.Dimensions) != len(explore.Dimensions) {
		t.Errorf("%d measures and %d dimensions", len(fields.Measures), len(fields.Dimensions))
	}
	if e := fields.Extent; !slices.Equal(e.Months, []string{"2025-09", "2025-10", "2025-11"}) || !e.To.Equal(source.Extent().To.Time()) || e.OpenTo != nil {
		t.Errorf("the extent is %+v", e)
	}
	f := func(where string, cursor int, want string) {
		t.Helper()
		query := url.Values{"where": {where}}
		if cursor >= 0 {
			query.Set("cursor", strconv.Itoa(cursor))
		}
		var check FilterCheck
		if err := json.Unmarshal(exploreAt(t, h, "filter", query.Encode(), 200).Body.Bytes(), &check); err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, x := range check.Completions {
			texts = append(texts, x.Text+"/"+string(x.Kind))
		}
		got := strconv.FormatBool(check.Valid) + " " + strconv.Itoa(check.Offset) + " " + where[check.From:check.To] + " " + strings.Join(texts, " ")
		if got != want {
			t.Errorf("%q at %d: got %s\nwant %s", where, cursor, got, want)
		}
	}
	f("type = neo", -1, "false 7 neo neocloud/value")
	f("network = goo", -1, "true 0 goo Google/value")
	f("region = us and", 11, "false 9 us US-West/value")
	f("as = 64501 ", -1, "true 0  and/keyword or/keyword")
}

// TestAnswersAreShared: the same question at once is put once, a kept one not at all, and one that nobody
// waits for is cancelled.
func TestAnswersAreShared(t *testing.T) {
	c, _ := explored(t, 10)
	put, finish, cancelled := make(chan explore.Question, 10), make(chan struct{}), make(chan struct{}, 10)
	c.answers.put = func(ctx context.Context, q explore.Question) (*explore.Answer, error) {
		put <- q
		select {
		case <-finish:
			return &explore.Answer{Question: q}, nil
		case <-ctx.Done():
			cancelled <- struct{}{}
			return nil, ctx.Err()
		}
	}
	ask := func(ctx context.Context, where string, done chan error) {
		_, err := c.answers.ask(ctx, c, explore.Question{Range: "2025-10", Where: where})
		done <- err
	}
	done := make(chan error, 10)
	leaving, leave := context.WithCancel(context.Background())
	go ask(leaving, "type=cdn", done)
	<-put
	go ask(context.Background(), " TYPE = (cdn", done) // another, wrong or not
	<-put
	go ask(context.Background(), "type = cdn", done)
	for c.answers.waitingFor() < 3 {
		time.Sleep(time.Millisecond)
	}
	leave()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("who leaves gets %v", err)
	}
	select {
	case <-cancelled:
		t.Error("a question that another waits for was cancelled")
	default:
	}
	close(finish)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	ask(context.Background(), "( Type = CDN )", done)
	if err := <-done; err != nil || len(put) > 0 {
		t.Errorf("a kept answer: %v, %d put", err, len(put))
	}
	finish = make(chan struct{})
	leaving, leave = context.WithCancel(context.Background())
	go ask(leaving, "type = other", done)
	<-put
	leave()
	<-cancelled
	c.end()
	c.answers.stop()
	if _, err := c.answers.ask(context.Background(), c, explore.Question{Range: "2025-09"}); err == nil {
		t.Error("a question is put after the end")
	}
}

// waitingFor is how many wait for answers.
func (a *answers) waitingFor() (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.flying {
		n += f.waiting
	}
	return n
}

// TestAnswersSurvivePanic: a question that panics is an error, and the next one is answered.
func TestAnswersSurvivePanic(t *testing.T) {
	c, _ := explored(t, 10)
	put := c.answers.put
	c.answers.put = func(context.Context, explore.Question) (*explore.Answer, error) { panic("BUG: a test's") }
	if w := exploreAt(t, c.Handler(), "explore", "range=2025-10", 500); strings.Contains(w.Body.String(), "BUG") {
		t.Errorf("who asks is told %s", w.Body)
	}
	c.answers.put = put
	exploreAt(t, c.Handler(), "explore", "range=2025-10", 200)
}

// TestAnswersAreBounded: what is kept weighs no more than it may.
func TestAnswersAreBounded(t *testing.T) {
	a := newAnswers(nil)
	for i := range 100 {
		a.mu.Lock()
		a.keepLocked(&keptAnswer{key: answerKey{question: strconv.Itoa(i)}, text: make([]byte, 1<<20)})
		a.mu.Unlock()
	}
	if a.bytes > answersBytes || len(a.kept) != a.order.Len() || len(a.kept) != answersBytes/(3<<20) {
		t.Errorf("%d answers of %d bytes", len(a.kept), a.bytes)
	}
	if _, ok := a.kept[answerKey{question: "99"}]; !ok {
		t.Error("the newest was let go")
	}
}

// FuzzExplore: whatever is asked, the answer is a good one or a sentence, and nothing from inside.
func FuzzExplore(f *testing.F) {
	for _, s := range []string{
		"measure=volume&by=type&range=2025-10&step=1d", "where=type+%3D+cdn+or+%28as+in+%281..5%29%29&previous=true", "measure=uniqueness&by=network,region&range=7d&step=auto",
		"measure=persistence&range=2025-11-03..2025-11-10&format=csv&top=3", "range=2025-11-19T10:00..2025-11-19T12:30&measure=p95&by=link", "by=country,city&range=2025Q4&where=%22",
		"range=9999&step=5m", "measure=networks&range=60w&step=1mo&top=-1", "cursor=-9&where=%00", "where=%ff", ";",
	} {
		f.Add(s)
	}
	c, _ := explored(f, 300)
	h := c.Handler()
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/api/v1/explore", "/api/v1/filter", "/api/v1/explore/fields"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path, r.URL.RawQuery = path, query
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			switch w.Code {
			case 200:
			case 400:
				var p problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || !strings.HasSuffix(p.Detail, ".") {
					t.Errorf("%s?%s: %d %s, %v", path, query, w.Code, w.Body, err)
				}
			default:
				t.Errorf("%s?%s: %d %s", path, query, w.Code, w.Body)
			}
		}
	})
}
