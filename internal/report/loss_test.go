package report

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

// TestCoverageShowsLoss works the sample world by hand: of CA-East nothing is missing; one exporter of
// EU-Central lost 50,505 datagrams of 25 records beside 125 million records (1 %), so its region 0.3356 %;
// one of US-West lost 7 records. The Read of all is what the regions' are together.
func TestCoverageShowsLoss(t *testing.T) {
	w := defaultWorld()
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	const lost = 50_505 * 25
	up := func(x float64) float64 { return math.Ceil(x*1e4) / 1e4 }
	type want struct {
		share, worst float64
		losing       int
		records      uint64
	}
	wants := map[string]want{
		"CA-East":     {0, 0, 0, 0},
		"EU-Central":  {up(lost / (lost + 375e6)), up(lost / (lost + 125e6)), 1, lost},
		"US-East":     {0, 0, 0, 0},
		"US-West":     {0.0001, 0.0001, 1, 7},
		"All regions": {up((lost + 7) / (lost + 7 + 1500e6)), up(lost / (lost + 125e6)), 2, lost + 7},
	}
	if len(r.Coverage.Regions) != 4 {
		t.Fatalf("%d regions, want 4", len(r.Coverage.Regions))
	}
	for _, c := range append(r.Coverage.Regions, r.Coverage.All) {
		got := want{c.Loss.X, c.Worst.X, c.Losing, c.Read.Lost}
		if got != wants[c.Region] || !c.Loss.OK() || !c.Worst.OK() {
			t.Errorf("%s: %+v, want %+v", c.Region, got, wants[c.Region])
		}
	}
	if eu, west := r.Coverage.Regions[1].Read, r.Coverage.Regions[3].Read; eu.Overrun != 505 || eu.Late != 12 || west.Restarts != 1 || west.Bounds != 3 {
		t.Errorf("beside the loss: %+v and %+v", eu, west)
	}
	text := "By the sequence numbers of the export, an estimated 0.09 % of the exported records never arrived, the largest share in EU-Central: 0.34 %. " +
		"2 of 12 exporters lost something; the worst of them lost 1 %. No number is corrected for it: volumes and rates are too low by about as much."
	if got := strings.ReplaceAll(r.Coverage.Loss, "\u00a0", " "); got != text {
		t.Errorf("in words: %s\nwant: %s", got, text)
	}
	if !strings.Contains(bareIndex(t, r), r.Coverage.Loss) {
		t.Error("the page does not say it in words")
	}
	var got struct {
		Coverage struct {
			Loss string
			All  struct {
				Loss  float64
				Worst float64 `json:"loss_worst"`
				Lost  uint64  `json:"records_lost"`
			}
		}
	}
	file, err := r.JSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &got); err != nil {
		t.Fatal(err)
	}
	all := &r.Coverage.All
	if c := &got.Coverage; c.Loss != r.Coverage.Loss || c.All.Loss != all.Loss.X || c.All.Worst != all.Worst.X || c.All.Lost != lost+7 {
		t.Errorf("report.json has %+v, want what the page has", c)
	}
}

// TestLossHidesCounts: where a total is hidden, shares of loss stay and the counts behind them go.
func TestLossHidesCounts(t *testing.T) {
	w := defaultWorld()
	w.hide = func(_ string, k stats.Key) bool { return k.Region == "EU-Central" }
	r, err := New(w.input(t, "2025Q4"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := r.JSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(file), "records_lost") || r.Coverage.Regions[1].Read != nil {
		t.Error("counts of lost records are shown beside a hidden total")
	}
	if got := r.Coverage.Regions[1].Loss; got != figure.Num(0.0034) {
		t.Errorf("the loss of EU-Central is %v, want 0.34 %%: a share says nothing of the volume", got)
	}
}

func TestLossInWords(t *testing.T) {
	f := func(want string, rows ...flow.Health) {
		t.Helper()
		w := defaultWorld()
		in := w.input(t, "2025Q4")
		in.Health = rows
		r, err := New(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(r.Coverage.Loss, "\u00a0", " "); got != want {
			t.Errorf("in words: %s\nwant: %s", got, want)
		}
	}
	h := flow.Health{Exporter: flow.Addr{Lo: 1}, Datagrams: 99, Records: 990}
	f("By the sequence numbers of the export, nothing that the exporters sent is missing.", h)
	h.LostDatagrams = 1
	f("By the sequence numbers of the export, an estimated 1 % of the exported records never arrived, the largest share in CA-East: 1 %. "+
		"It is all of one exporter. No number is corrected for it: volumes and rates are too low by about as much.", h)
	f("How much of the export never arrived is not known: no record was read in the period.")
}
