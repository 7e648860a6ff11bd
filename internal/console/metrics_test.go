package console

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"

	"tributary/internal/flow"
	"tributary/internal/testenv"
)

func gather(t *testing.T, c *Console) map[string]*dto.MetricFamily {
	t.Helper()
	families, err := c.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range families {
		out[f.GetName()] = f
	}
	return out
}

func TestMetricNamesAndHelp(t *testing.T) {
	c, _ := fleet(t)
	get(c.Handler(), "/healthz")
	name := regexp.MustCompile(`^tributary_(collect|journal|decode|place|store|run|console)_[a-z_]+$`)
	own := 0
	for n, f := range gather(t, c) {
		if strings.HasPrefix(n, "go_") || strings.HasPrefix(n, "process_") {
			continue
		}
		own++
		if !name.MatchString(n) || (f.GetType() == dto.MetricType_COUNTER) != strings.HasSuffix(n, "_total") {
			t.Errorf("%s is no name for a %s", n, f.GetType())
		}
		if h := f.GetHelp(); !strings.HasSuffix(h, ".") || strings.ToUpper(h[:1]) != h[:1] {
			t.Errorf("%s: help is no sentence: %q", n, h)
		}
	}
	if own < 18 {
		t.Errorf("%d metrics, want at least 18", own)
	}
}

// TestMetricsAgreeWithStatus: what the page shows and what is scraped come from one account.
func TestMetricsAgreeWithStatus(t *testing.T) {
	c, _ := fleet(t)
	s := c.status()
	families := gather(t, c)
	sum := func(name string, label, value string) (n float64) {
		for _, m := range families[name].GetMetric() {
			for _, l := range m.GetLabel() {
				if label == "" || l.GetName() == label && l.GetValue() == value {
					n += m.GetCounter().GetValue()
					break
				}
			}
		}
		return n
	}
	f := func(got float64, want uint64) {
		t.Helper()
		if got != float64(want) || want == 0 {
			t.Errorf("metric %v, status %d", got, want)
		}
	}
	f(sum("tributary_decode_records_total", "", ""), s.Total.Records)
	f(sum("tributary_place_flows_total", "verdict", "transit"), s.Total.Flows["transit"])
	f(sum("tributary_place_traffic_bytes_total", "verdict", "counted"), s.Total.Octets["counted"])
	f(sum("tributary_decode_refused_total", "reason", "no_template"), s.Total.Refused["no_template"])
	f(sum("tributary_decode_refused_total", "exporter", "198.51.100.7"), s.Total.Refused["no_template"]+s.Total.Refused["empty"])
	f(sum("tributary_decode_lost_datagrams_total", "", ""), s.Total.LostDatagrams)
	f(sum("tributary_decode_lost_records_total", "", ""), s.Total.LostRecords)
	f(sum("tributary_decode_overrun_total", "", ""), s.Total.Overrun)
	f(sum("tributary_decode_limit_reached_total", "limit", "templates"), s.Total.Limits["templates"])
	f(sum("tributary_collect_dropped_datagrams_total", "listen", "0.0.0.0:6343"), s.Complete.KernelDrops.Total)
	f(sum("tributary_run_limit_reached_total", "limit", "addresses"), s.Limits[3].Reached)
	f(families["tributary_journal_dropped_datagrams_total"].GetMetric()[0].GetCounter().GetValue(), s.Journal.Dropped)
	for _, m := range families["tributary_decode_loss_ratio"].GetMetric() {
		i := slices.IndexFunc(s.Exporters, func(e ExporterStatus) bool { return e.Address == m.GetLabel()[0].GetValue() })
		if got := m.GetGauge().GetValue(); got != s.Exporters[i].Loss.Hour.Share {
			t.Errorf("loss of %s is %v by metric, %v by status", s.Exporters[i].Address, got, s.Exporters[i].Loss.Hour.Share)
		}
	}
	f(families["tributary_collect_unknown_datagrams_total"].GetMetric()[0].GetCounter().GetValue(), 18_222)
}

func TestExporterLabelIsBounded(t *testing.T) {
	names := &flow.Names{}
	live := NewLive(LiveConfig{Names: names, Started: noon})
	a := netip.MustParseAddr("10.0.0.0")
	for range 1000 {
		a = a.Next()
		live.Add(noon, []flow.Health{row(a.String(), 1, 3)})
	}
	f := func(limit, series int) {
		t.Helper()
		c := New(Config{Live: live, ExporterLabels: limit})
		total := 0.0
		metrics := gather(t, c)["tributary_decode_records_total"].GetMetric()
		for _, m := range metrics {
			total += m.GetCounter().GetValue()
		}
		if len(metrics) != series || total != 3000 {
			t.Errorf("limit %d: %d series with %v records, want %d with 3000", limit, len(metrics), total, series)
		}
	}
	f(0, defaultExporterLabels+1)
	f(5, 6)
	f(-1, 1)
	f(1000, 1000)
	if got := fmt.Sprint(names.Regions.Len()); got != "1" {
		t.Errorf("asking for metrics made regions: %s", got)
	}
}

// TestMetricsAreDocumented: docs/reference/metrics.md lists exactly the metrics that there are.
func TestMetricsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(testenv.Root(t), "docs", "reference", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, name := range regexp.MustCompile(`tributary_[a-z]+_[a-z_]+`).FindAllString(string(doc), -1) {
		documented[name] = true
	}
	c, _ := fleet(t)
	get(c.Handler(), "/healthz")
	for name := range gather(t, c) {
		if strings.HasPrefix(name, "tributary_") && !documented[name] {
			t.Errorf("%s is not in docs/reference/metrics.md", name)
		}
		delete(documented, name)
	}
	for name := range documented {
		t.Errorf("docs/reference/metrics.md has %s, which does not exist", name)
	}
}
