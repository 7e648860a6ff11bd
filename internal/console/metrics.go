package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tributary/internal/flow"
)

const (
	defaultExporterLabels = 256
	otherExporters        = "other" // the label of all further ones
)

// Descriptions of what the collector below sends. Help is a sentence.
var (
	byExporter = []string{"exporter", "region"}

	datagramsDesc = prometheus.NewDesc("tributary_collect_datagrams_total",
		"Datagrams received from admitted exporters.", byExporter, nil)
	unknownDesc = prometheus.NewDesc("tributary_collect_unknown_datagrams_total",
		"Datagrams refused because their sender is in no region.", nil, nil)
	recordsDesc = prometheus.NewDesc("tributary_decode_records_total",
		"Data records and flow samples read, the refused ones included.", byExporter, nil)
	heldDesc = prometheus.NewDesc("tributary_decode_held_records_total",
		"Records that were read after waiting for their template or sampler.", byExporter, nil)
	refusedDesc = prometheus.NewDesc("tributary_decode_refused_total",
		"What was refused, by reason; the unit label says what a reason counts.", []string{"exporter", "region", "reason", "unit"}, nil)
	unratedDesc = prometheus.NewDesc("tributary_decode_unrated_flows_total",
		"Flows counted once because no sampling rate is known.", byExporter, nil)
	skewedDesc = prometheus.NewDesc("tributary_decode_skewed_datagrams_total",
		"Datagrams whose export time was more than ten minutes from their arrival.", byExporter, nil)
	untimedDesc = prometheus.NewDesc("tributary_decode_untimed_flows_total",
		"Flows counted at their export time for want of a usable start and end.", byExporter, nil)
	flowsDesc = prometheus.NewDesc("tributary_place_flows_total",
		"Flows by what became of them.", []string{"exporter", "region", "verdict"}, nil)
	bytesDesc = prometheus.NewDesc("tributary_place_traffic_bytes_total",
		"Bytes at the IP layer times the sampling rate, by what became of their flows.", []string{"exporter", "region", "verdict"}, nil)
	seenDesc = prometheus.NewDesc("tributary_collect_last_datagram_timestamp_seconds",
		"When the exporter was last heard.", byExporter, nil)
	commitsDesc = prometheus.NewDesc("tributary_store_commits_total",
		"Batches committed to the store.", nil, nil)
	failedDesc = prometheus.NewDesc("tributary_store_failed_commits_total",
		"Commits to the store that failed.", nil, nil)
	sizeDesc = prometheus.NewDesc("tributary_store_size_bytes",
		"Size of the store on disk.", nil, nil)
	newestDesc = prometheus.NewDesc("tributary_store_newest_slot_timestamp_seconds",
		"Start of the newest slot in the store.", nil, nil)
	readyDesc = prometheus.NewDesc("tributary_run_ready",
		"1 while /healthz says ready, else 0.", nil, nil)
)

var allDescs = []*prometheus.Desc{
	datagramsDesc, unknownDesc, recordsDesc, heldDesc, refusedDesc, unratedDesc, skewedDesc, untimedDesc,
	flowsDesc, bytesDesc, seenDesc, commitsDesc, failedDesc, sizeDesc, newestDesc, readyDesc,
}

// emitter sends metrics.
type emitter struct{ out chan<- prometheus.Metric }

func (m emitter) counter(d *prometheus.Desc, n uint64, labels ...string) {
	m.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
}

func (m emitter) gauge(d *prometheus.Desc, v float64, labels ...string) {
	m.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

// collector turns the live account into metrics when it is asked: nothing is counted twice, and
// nothing on the ingest path knows of Prometheus.
type collector struct{ console *Console }

func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range slices.Concat(allDescs, lossDescs) {
		out <- d
	}
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	s := c.console.config.Live.Status(c.console.now())
	m := emitter{out}
	for _, e := range labelled(s.Exporters, c.console.config.ExporterLabels) {
		exporter, region, t := e.Address, e.Region, &e.Total
		m.counter(datagramsDesc, t.Datagrams, exporter, region)
		m.counter(recordsDesc, t.Records, exporter, region)
		m.counter(heldDesc, t.Held, exporter, region)
		m.counter(unratedDesc, t.RateUnknown, exporter, region)
		m.counter(skewedDesc, t.Skewed, exporter, region)
		m.counter(untimedDesc, t.Untimed, exporter, region)
		for r := range flow.NumRefusals {
			m.counter(refusedDesc, t.Refused[r.String()], exporter, region, r.String(), r.Unit())
		}
		for v := range flow.NumVerdicts {
			m.counter(flowsDesc, t.Flows[v.String()], exporter, region, v.String())
			m.counter(bytesDesc, t.Octets[v.String()], exporter, region, v.String())
		}
		if !e.LastSeen.IsZero() {
			m.gauge(seenDesc, float64(e.LastSeen.Unix()), exporter, region)
		}
		m.exporterLoss(&e)
	}
	m.counter(unknownDesc, s.Strangers.Datagrams)
	m.counter(commitsDesc, s.Store.Commits)
	m.counter(failedDesc, s.Store.Failed)
	m.gauge(sizeDesc, float64(s.Store.Bytes))
	if s.Store.Newest != nil {
		m.gauge(newestDesc, float64(s.Store.Newest.Unix()))
	}
	m.gauge(readyDesc, truth(len(s.Problems) == 0))
	m.sockets(s.Listening)
	m.journal(&s.Journal)
	m.limits(s.Limits)
	m.links(&s, c.console.config.ExporterLabels)
}

// truth is 1 for true.
func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// labelled are the exporters that have metrics of their own, the first heard first, and, summed under
// the label otherExporters, the rest. Which exporters those are does not change while the process lives, so
// counters never go backwards.
func labelled(exporters []ExporterStatus, limit int) []ExporterStatus {
	if limit == 0 {
		limit = defaultExporterLabels
	}
	limit = max(0, limit)
	if len(exporters) <= limit {
		return exporters
	}
	other := ExporterStatus{Address: otherExporters, Total: noCounts()}
	for _, e := range exporters[limit:] {
		other.Total.add(e.Total)
		other.Loss.merge(&e.Loss)
		if e.LastSeen.After(other.LastSeen) {
			other.LastSeen = e.LastSeen
		}
	}
	return append(exporters[:limit:limit], other)
}

// newMetrics makes the registry of a console and the counter of its requests.
func newMetrics(c *Console) (*prometheus.Registry, *prometheus.CounterVec) {
	registry := prometheus.NewRegistry()
	asked := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tributary_console_requests_total",
		Help: "HTTP requests answered, by route and status code.",
	}, []string{"route", "code"})
	registry.MustRegister(collector{c}, asked, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry, asked
}

func (c *Console) serveMetrics(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(c.metrics, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// counted counts the answers by route. Routes are the patterns of Handler: a closed set; what was turned
// away before it reached one has none.
func (c *Console) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		_, route, _ := strings.Cut(r.Pattern, " ") // GET /api/v1/status
		c.asked.WithLabelValues(route, strconv.Itoa(seen.status)).Inc()
	})
}

// statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
