package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/secret"
	"tributary/internal/stats"
)

// classifying is a console over a store whose catalogue file it may write.
type classifying struct {
	t       *testing.T
	console *Console
	http.Handler
	file   string
	source atomic.Pointer[stats.Source]
	log    bytes.Buffer
}

func newClassifying(t *testing.T) *classifying {
	t.Helper()
	c, source := explored(t, 2500)
	x := &classifying{t: t, file: source.Catalogue.Files()[0].Name}
	x.source.Store(source)
	config := c.config
	config.Source, config.Catalogue, config.Log = x.source.Load, []string{x.file}, slog.New(slog.NewTextHandler(&x.log, nil))
	config.Reload = func(context.Context) error {
		made, err := catalogue.Load(config.Catalogue)
		if err == nil {
			next := *x.source.Load()
			next.Catalogue = made
			x.source.Store(&next)
		}
		return err
	}
	x.console = New(config)
	x.Handler = x.console.Handler()
	return x
}

// get asks and reads the answer.
func (x *classifying) get(path string, into any) {
	x.t.Helper()
	x.send(http.MethodGet, path, "", http.StatusOK, into)
}

// send asks, wants a status, and reads the answer.
func (x *classifying) send(method, path, body string, status int, into any, header ...string) {
	x.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "http://127.0.0.1:8080/api/v1"+path, strings.NewReader(body))
	if body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	r.RemoteAddr = "127.0.0.1:4000"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	x.ServeHTTP(w, r)
	if w.Code != status {
		x.t.Fatalf("%s %s %s: %d %s, want %d", method, path, body, w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		x.t.Fatalf("%s: %v: %s", path, err, w.Body)
	}
}

// wireValue is a number of an answer.
type wireValue struct{ Value, Low, High, Error *float64 }

type wireNetworks struct {
	Rows []struct {
		Name              string
		Type              struct{ Type string }
		Rule              Rule
		Volume, Addresses wireValue
		Share, Cumulative *float64
		Numbers           []uint32
	}
	Left             int
	Bits, Share, All *float64
}

func is(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil || math.Abs(*got-want) > 1e-12*math.Abs(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// ranked is the ranking that tributary top prints, of a month.
func (x *classifying) ranked(month string) *stats.Top {
	x.t.Helper()
	p, err := flow.ParsePeriod(month)
	if err != nil {
		x.t.Fatal(err)
	}
	top, err := x.source.Load().Top(x.t.Context(), stats.TopQuestion{Period: p, By: stats.TopNetworks, N: 50})
	if err != nil {
		x.t.Fatal(err)
	}
	return top
}

// TestNetworksEqualTop: the list has the numbers of the ranking that is made another way.
func TestNetworksEqualTop(t *testing.T) {
	x := newClassifying(t)
	top := x.ranked("2025-10")
	var got wireNetworks
	x.get("/networks?range=2025-10", &got)
	if len(got.Rows) != len(top.Rows) || got.Left != 0 {
		t.Fatalf("%d networks and %d more, want %d", len(got.Rows), got.Left, len(top.Rows))
	}
	is(t, "all", got.All, top.Total.Bits.Value)
	above := 0.0
	for i, want := range top.Rows {
		r := got.Rows[i]
		if r.Name != want.Name || r.Type.Type != want.Type {
			t.Errorf("network %d is %s of type %s, want %s of %s", i+1, r.Name, r.Type.Type, want.Name, want.Type)
		}
		above += want.Bits.Value
		is(t, r.Name+": bits", r.Volume.Value, want.Bits.Value)
		is(t, r.Name+": share", r.Share, want.Share.Value)
		is(t, r.Name+": cumulative", r.Cumulative, above/top.Total.Bits.Value)
		is(t, r.Name+": addresses", r.Addresses.Value, want.Unique.Value)
		is(t, r.Name+": addresses at most", r.Addresses.High, want.UniqueHigh.Value)
	}
	x.get("/networks?range=2025-10&n=2", &got)
	if len(got.Rows) != 2 || got.Left != len(top.Rows)-2 {
		t.Errorf("of two: %d networks and %d more", len(got.Rows), got.Left)
	}
}

// TestNetworksSearch: by a part of the name, by AS number, by type, and what no rule types.
func TestNetworksSearch(t *testing.T) {
	x := newClassifying(t)
	f := func(query string, want ...string) {
		t.Helper()
		var got wireNetworks
		x.get("/networks?range=2025-10&"+query, &got)
		names := []string{}
		for _, r := range got.Rows {
			names = append(names, r.Name)
		}
		slices.Sort(names)
		if !slices.Equal(names, want) {
			t.Errorf("%s: %v, want %v", query, names, want)
		}
		if n := len(got.Rows); n > 0 {
			is(t, query+": the last one's cumulative share", got.Rows[n-1].Cumulative, 1)
		}
	}
	f("search=goo", "Google")
	f("search=AS64501", "Google")
	f("search=64499", "AS64499")
	f("search=" + url.QueryEscape(`a"b\ and type = cdn`))
	f("type=hyperscaler", "Google")
	f("type=hosting", "Example")
	f("unclassified=true", "AS64499", "AS64504")
	f("unclassified=true&search=504", "AS64504")
}

type wireNetwork struct {
	Types []struct {
		Value string
		Share *float64
	}
	Rule                                       Rule
	Rules                                      []NetworkRule
	Numbers                                    []uint32
	Volume, Uniqueness, Magnitude, Persistence wireValue
	Share                                      *float64
	Rank, Of                                   int
	Average                                    *float64 `json:"bps_avg"`
	P95                                        *float64 `json:"bps_p95"`
	Maximum                                    *float64 `json:"bps_max"`
	Variability                                *struct {
		CV       *float64 `json:"cv"`
		P95Ratio *float64 `json:"p95_ratio"`
		MaxRatio *float64 `json:"max_ratio"`
	}
	Regions, Links, Directions []struct {
		Value  string
		Volume wireValue
	}
	Months []struct {
		Month      string
		Bits       *float64
		Uniqueness wireValue
	}
	First, Last *Seen
}

// TestNetworkEqualsTop: the page of every network has the numbers of the ranking, its parts add up to it,
// and its months are those of the months' rankings.
func TestNetworkEqualsTop(t *testing.T) {
	x := newClassifying(t)
	top, september := x.ranked("2025-10"), x.ranked("2025-09")
	for i, want := range top.Rows {
		var n wireNetwork
		x.get("/network?range=2025-10&name="+url.QueryEscape(want.Name), &n)
		if n.Rank != i+1 || n.Of != len(top.Rows) || n.Types[0].Value != want.Type {
			t.Errorf("%s: rank %d of %d, type %s; want %d of %d, %s", want.Name, n.Rank, n.Of, n.Types[0].Value, i+1, len(top.Rows), want.Type)
		}
		is(t, want.Name+": bits", n.Volume.Value, want.Bits.Value)
		is(t, want.Name+": share", n.Share, want.Share.Value)
		is(t, want.Name+": average", n.Average, want.BpsAvg.Value)
		is(t, want.Name+": p95", n.P95, want.BpsP95.Value)
		is(t, want.Name+": maximum", n.Maximum, want.BpsMax.Value)
		is(t, want.Name+": addresses", n.Uniqueness.Value, want.Unique.Value)
		is(t, want.Name+": magnitude", n.Magnitude.Value, want.Magnitude.Value)
		for what, parts := range map[string][]struct {
			Value  string
			Volume wireValue
		}{"regions": n.Regions, "links": n.Links, "directions": n.Directions} {
			sum := 0.0
			for _, p := range parts {
				sum += *p.Volume.Value
			}
			is(t, want.Name+": sum of "+what, &sum, want.Bits.Value)
		}
		if len(n.Months) != 3 || n.Months[0].Month != "2025-09" || n.Months[2].Month != "2025-11" {
			t.Fatalf("%s: months %+v", want.Name, n.Months)
		}
		is(t, want.Name+": bits of October", n.Months[1].Bits, want.Bits.Value)
		is(t, want.Name+": addresses of October", n.Months[1].Uniqueness.Value, want.Unique.Value)
		before := slices.IndexFunc(september.Rows, func(r stats.TopRow) bool { return r.Name == want.Name })
		is(t, want.Name+": bits of September", n.Months[0].Bits, september.Rows[before].Bits.Value)
		if want.Name == "Google" {
			x.sighted(want.Name, &n)
			x.varied(want.Name, &n)
		}
	}
}

// sighted checks that there is traffic in the first and last slot seen, and none before and after.
func (x *classifying) sighted(name string, n *wireNetwork) {
	x.t.Helper()
	const form = "2006-01-02T15:04"
	if n.First == nil || n.Last == nil || n.First.Precision != "5m" || n.Last.Precision != "5m" {
		x.t.Errorf("%s: seen %+v to %+v", name, n.First, n.Last)
		return
	}
	f := func(from, to time.Time, some bool) {
		x.t.Helper()
		q := url.Values{"where": {`network = "` + name + `"`}, "step": {"whole"}, "range": {from.Format(form) + ".." + to.Format(form)}}
		var got struct{ Total struct{ Whole wireValue } }
		x.get("/explore?"+q.Encode(), &got)
		if has := got.Total.Whole.Value != nil && *got.Total.Whole.Value > 0; has != some {
			x.t.Errorf("%s from %v to %v: traffic %v, want %v", name, from, to, has, some)
		}
	}
	slot := flow.SlotMillis * time.Millisecond
	f(n.First.At, n.First.At.Add(slot), true)
	f(n.Last.At, n.Last.At.Add(slot), true)
	f(time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC), n.First.At, false)
	if end := x.source.Load().Extent().To.Time(); n.Last.At.Add(slot).Before(end) {
		f(n.Last.At.Add(slot), end, false)
	}
}

// varied computes the variability from five-minute bits, another way.
func (x *classifying) varied(name string, n *wireNetwork) {
	x.t.Helper()
	rates := make([]float64, 31*144)
	for day := 1; day <= 31; day += 6 {
		q := url.Values{"where": {`network = "` + name + `"`}, "step": {"5m"}, "range": {fmt.Sprintf("2025-10-%02d..2025-10-%02d", day, min(31, day+5))}}
		var got plain
		x.get("/explore?"+q.Encode(), &got)
		for i, v := range got.Total.Values {
			rates[(day-1)*144+i/2] += *v / 600
		}
	}
	sum, squares := 0.0, 0.0
	for _, r := range rates {
		sum += r
		squares += r * r
	}
	count := float64(len(rates))
	mean := sum / count
	slices.Sort(rates)
	near := func(what string, got *float64, want float64) {
		x.t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-6*want {
			x.t.Errorf("%s: %s is %v, want %v", name, what, got, want)
		}
	}
	if n.Variability == nil {
		x.t.Errorf("%s: no variability", name)
		return
	}
	near("coefficient of variation", n.Variability.CV, math.Sqrt(squares/count-mean*mean)/mean)
	near("p95 ratio", n.Variability.P95Ratio, rates[len(rates)-1-len(rates)/20]/mean)
	near("max ratio", n.Variability.MaxRatio, rates[len(rates)-1]/mean)
}

// TestNetworkRules: which rule says so.
func TestNetworkRules(t *testing.T) {
	x := newClassifying(t)
	var n wireNetwork
	x.get("/network?range=2025-10&name=Example", &n)
	if n.Rule.Source != ruleOperator || n.Rule.File != "networks.yaml" || !slices.Equal(n.Numbers, []uint32{64500}) {
		t.Errorf("Example: rule %+v, AS numbers %v", n.Rule, n.Numbers)
	}
	var said []string
	for _, r := range n.Rules {
		text := r.Type.Type + " " + r.Source
		if r.From != nil {
			text += " from " + *r.From
		}
		if r.To != nil {
			text += " to " + *r.To
		}
		if r.Holds {
			text += " holds"
		}
		said = append(said, text)
	}
	want := []string{"neocloud operator from 2025-10-16 holds", "hosting operator to 2025-10-15", "migration link holds"}
	if !slices.Equal(said, want) {
		t.Errorf("Example: rules %q, want %q", said, want)
	}
	types := map[string]bool{}
	for _, p := range n.Types {
		types[p.Value] = true
	}
	if !types["hosting"] || !types["neocloud"] || !types["migration"] {
		t.Errorf("Example: types %v, want hosting, neocloud and migration", types)
	}
	x.get("/network?range=2025-10&name=AS64499", &n)
	if n.Rule.Source != ruleNone || !slices.Equal(n.Numbers, []uint32{64499}) {
		t.Errorf("AS64499: rule %+v, AS numbers %v", n.Rule, n.Numbers)
	}
	var p problem
	x.send(http.MethodGet, "/network?name=Exampel", "", http.StatusNotFound, &p)
	if len(p.Errors) == 0 || p.Errors[0].Message != "Example" {
		t.Errorf("of a name that is misspelt: %+v", p)
	}
	x.send(http.MethodGet, "/network?name=Example&range=soon", "", http.StatusBadRequest, &p)
	if p.Errors[0].Location != "query.range" {
		t.Errorf("of a wrong range: %+v", p)
	}
}

type wirePreview struct {
	Revision string
	Entries  []string
	Periods  []struct {
		Name  string
		Whole bool
		Types []struct {
			Type                  string
			Before, After, Points *float64
		}
	}
}

// shares are those of a period by the dataset's sheets.
func (x *classifying) shares(period string) map[string]float64 {
	x.t.Helper()
	p, err := flow.ParsePeriod(period)
	if err != nil {
		x.t.Fatal(err)
	}
	a, err := x.source.Load().Ask(x.t.Context(), stats.Question{Periods: []flow.Period{p}, Unsuppressed: true})
	if err != nil {
		x.t.Fatal(err)
	}
	out := map[string]float64{}
	for typ := range flow.NumNetworkTypes {
		key := stats.Total
		key.Type = typ
		if cell, ok := a.Periods[0].At(key); ok {
			out[typ.String()] = cell.Share.Value
		}
	}
	return out
}

// TestClassify: the preview says what the shares are afterwards; the file keeps its text; undoing brings
// everything back; the log notes it.
func TestClassify(t *testing.T) {
	x := newClassifying(t)
	const entries = `{"entries": [{"network": "AS64499", "name": "Fresh", "type": "neocloud"}, {"as": 64501, "name": "Google", "type": "cdn"}]}`
	var preview wirePreview
	x.send(http.MethodPost, "/catalogue/preview", entries, http.StatusOK, &preview)
	if len(preview.Periods) != 2 || preview.Periods[0].Whole || preview.Periods[1].Name != "2025-10" || !preview.Periods[1].Whole {
		t.Fatalf("previewed: %+v", preview.Periods)
	}
	was, err := os.ReadFile(x.file)
	if err != nil || string(was) != exploredYAML {
		t.Fatalf("the preview changed the file: %v\n%s", err, was)
	}
	before := map[string]map[string]float64{}
	for _, p := range preview.Periods {
		before[p.Name] = x.shares(p.Name)
		for _, typ := range p.Types {
			is(t, p.Name+" "+typ.Type+" before", typ.Before, before[p.Name][typ.Type])
		}
	}
	var p problem
	x.send(http.MethodPost, "/catalogue/entries", entries, http.StatusPreconditionFailed, &p, "If-Match", `"another"`)
	var written Written
	x.send(http.MethodPost, "/catalogue/entries", entries, http.StatusOK, &written, "If-Match", `"`+preview.Revision+`"`)
	want := strings.Replace(exploredYAML, "name: Google, type: hyperscaler", "name: Google, type: cdn", 1) + "  - {as: 64499, name: Fresh, type: neocloud}\n"
	if now, err := os.ReadFile(x.file); err != nil || string(now) != want {
		t.Errorf("the file is now, %v\n%s\nwant\n%s", err, now, want)
	}
	for _, p := range preview.Periods {
		after := x.shares(p.Name)
		for _, typ := range p.Types {
			is(t, p.Name+" "+typ.Type+" after", typ.After, after[typ.Type])
			points := 100 * (*typ.After - *typ.Before)
			is(t, p.Name+" "+typ.Type+" points", typ.Points, points)
		}
		if after["neocloud"] <= before[p.Name]["neocloud"] || after["hyperscaler"] != 0 {
			t.Errorf("%s: shares %v after, %v before", p.Name, after, before[p.Name])
		}
	}
	undo, err := json.Marshal(map[string]any{"entries": written.Undo})
	if err != nil || len(written.Undo) != 1 || len(written.Remove) != 1 {
		t.Fatalf("undoing: %+v, %v", written, err)
	}
	x.send(http.MethodPost, "/catalogue/entries", string(undo), http.StatusOK, &Written{})
	x.send(http.MethodDelete, "/catalogue/entries?as=64499", "", http.StatusOK, &Written{})
	if now, err := os.ReadFile(x.file); err != nil || string(now) != exploredYAML {
		t.Errorf("undone, the file is, %v\n%s\nwant\n%s", err, now, exploredYAML)
	}
	if got := strings.Count(x.log.String(), "catalogue entry"); got != 4 {
		t.Errorf("the log notes %d changes, want 4:\n%s", got, &x.log)
	}
}

// TestClassifyRefuses: what cannot be written is a sentence, and nothing from inside is in it.
func TestClassifyRefuses(t *testing.T) {
	x := newClassifying(t)
	f := func(body string, status int, want string) {
		t.Helper()
		var p problem
		x.send(http.MethodPost, "/catalogue/entries", body, status, &p)
		if !strings.Contains(p.Detail, want) || strings.Contains(p.Detail, filepath.Dir(x.file)) {
			t.Errorf("%s: %q, want %q", body, p.Detail, want)
		}
	}
	f(`{"entries": []}`, 400, "1 to 100")
	f(`{"entries": [{"type": "cdn"}]}`, 400, "one of as, prefix and network")
	f(`{"entries": [{"as": 1, "prefix": "192.0.2.0/24", "type": "cdn"}]}`, 400, "one of as, prefix and network")
	f(`{"entries": [{"as": 1, "name": "x", "type": "cloud"}]}`, 400, "entries[0]: type: must be cdn")
	f(`{"entries": [{"as": 1, "name": "x", "type": "cdn", "from": "soon"}]}`, 400, "from: must be a UTC day")
	f(`{"entries": [{"network": "unknown", "type": "cdn"}]}`, 400, "no known network")
	f(`{"entries": [{"network": "Nobody", "type": "cdn"}]}`, 400, `no AS number or prefix of the network "Nobody"`)
	f(`{"entries": [{"as": 1, "type": "cdn"}]}`, 422, "networks.yaml:7: networks[5].name: is missing")
	var p problem
	x.send(http.MethodGet, "/networks?type=cloud", "", http.StatusBadRequest, &p)
	if want := "type: must be one of cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration, other."; p.Detail != want {
		t.Errorf("an unknown type is answered with %q, want %q", p.Detail, want)
	}
	f(`{"entries": [{"prefix": "192.0.2.1/24", "name": "x", "type": "cdn"}]}`, 400, "prefix: has address bits behind its length")
	f(`{"entries": [{"as": 64500, "name": "Example", "type": "cdn", "from": "2025-11-01", "to": "2025-11-30"}]}`, 409, "line 3 of networks.yaml comes before it")
	if err := os.WriteFile(x.file, []byte("networks:\n  - {as: 1, name: A, typ: cdn}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = problem{}
	x.send(http.MethodPost, "/catalogue/reload", "", http.StatusUnprocessableEntity, &p)
	if want := "networks.yaml:2: networks[0].typ: no such key; did you mean type?"; !strings.HasPrefix(p.Detail, want) || strings.Contains(p.Detail, "?.") {
		t.Errorf("a broken file is answered with %q, want it to begin with %q", p.Detail, want)
	}
	if err := os.WriteFile(x.file, []byte("networks: [{as: 1, name: A, type: cdn}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f(`{"entries": [{"as": 2, "name": "x", "type": "cdn"}]}`, 409, "The lines to add:\nnetworks:\n  - {as: 2, name: x, type: cdn}")
	if err := os.WriteFile(x.file, []byte("networks:\n  - {as: 1, name: A, type: what}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = problem{}
	x.send(http.MethodPost, "/catalogue/reload", "", 422, &p)
	if !strings.Contains(p.Detail, "networks.yaml:2: networks[0].type: must be") || strings.Contains(p.Detail, filepath.Dir(x.file)) {
		t.Errorf("reloading a wrong file: %q", p.Detail)
	}
	var files Catalogue
	x.get("/catalogue", &files)
	if len(files.Files) != 2 || !files.Files[0].Changed || !files.Files[0].Writes || files.Files[0].Networks != 5 || !files.Files[1].BuiltIn {
		t.Errorf("files: %+v", files.Files)
	}
	config := x.console.config
	config.Catalogue = nil
	x.Handler = New(config).Handler()
	f(`{"entries": [{"as": 2, "name": "x", "type": "cdn"}]}`, 409, "catalogue: [./networks.yaml]")
}

// TestViewerMayNotClassify: a viewer sees the networks and changes nothing.
func TestViewerMayNotClassify(t *testing.T) {
	x := newClassifying(t)
	token := secret.NewToken()
	config := x.console.config
	config.Access = Access{Users: []User{{"alice", Editor, passwords()[0]}}, Tokens: []Token{{"looker", Viewer, secret.SumOf(token)}}}
	x.Handler = New(config).Handler()
	bearer := []string{"Authorization", "Bearer " + token}
	x.send(http.MethodGet, "/networks", "", http.StatusOK, &wireNetworks{}, bearer...)
	for _, o := range [][3]string{
		{http.MethodPost, "/catalogue/preview", `{"entries": [{"as": 1, "name": "x", "type": "cdn"}]}`},
		{http.MethodPost, "/catalogue/entries", `{"entries": [{"as": 1, "name": "x", "type": "cdn"}]}`},
		{http.MethodDelete, "/catalogue/entries?as=64501", ""},
		{http.MethodPost, "/catalogue/reload", ""},
	} {
		var p problem
		x.send(o[0], o[1], o[2], http.StatusForbidden, &p, bearer...)
		if !strings.Contains(p.Detail, "editor") {
			t.Errorf("%s %s: %q", o[0], o[1], p.Detail)
		}
	}
	if now, err := os.ReadFile(x.file); err != nil || string(now) != exploredYAML {
		t.Errorf("the file is, %v\n%s", err, now)
	}
}
