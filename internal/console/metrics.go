package console

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tributary/internal/flow"
)

const defaultExporterLabels = 256

// Descriptions of what the collector below sends. Help is a sentence.
var (
	byExporter = []string{"exporter", "region"}

	datagramsDesc = prometheus.NewDesc("tributary_collect_datagrams_total",
		"Datagrams received from admitted exporters.", byExporter, nil)
	unknownDesc = prometheus.NewDesc("tributary_collect_unknown_datagrams_total",
		"Datagrams refused because their sender is in no region.", nil, nil)
	droppedDesc = prometheus.NewDesc("tributary_collect_dropped_datagrams_total",
		"Datagrams that the kernel dropped because the receive buffer was full.", []string{"listen"}, nil)
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
	datagramsDesc, unknownDesc, droppedDesc, recordsDesc, heldDesc, refusedDesc, unratedDesc, skewedDesc, untimedDesc,
	flowsDesc, bytesDesc, seenDesc, commitsDesc, failedDesc, sizeDesc, newestDesc, readyDesc,
}

// collector turns the live account into metrics when it is asked: nothing is counted twice, and
// nothing on the ingest path knows of Prometheus.
type collector struct{ console *Console }

func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range allDescs {
		out <- d
	}
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	s := c.console.config.Live.Status(c.console.now())
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, e := range labelled(s.Exporters, c.console.config.ExporterLabels) {
		exporter, region, t := e.Address, e.Region, &e.Total
		counter(datagramsDesc, t.Datagrams, exporter, region)
		counter(recordsDesc, t.Records, exporter, region)
		counter(heldDesc, t.Held, exporter, region)
		counter(unratedDesc, t.RateUnknown, exporter, region)
		counter(skewedDesc, t.Skewed, exporter, region)
		counter(untimedDesc, t.Untimed, exporter, region)
		for r := range flow.NumRefusals {
			counter(refusedDesc, t.Refused[r.String()], exporter, region, r.String(), r.Unit())
		}
		for v := range flow.NumVerdicts {
			counter(flowsDesc, t.Flows[v.String()], exporter, region, v.String())
			counter(bytesDesc, t.Octets[v.String()], exporter, region, v.String())
		}
		if !e.LastSeen.IsZero() {
			gauge(seenDesc, float64(e.LastSeen.Unix()), exporter, region)
		}
	}
	var unknown uint64
	for _, u := range s.Unknown {
		unknown += u.Datagrams
	}
	counter(unknownDesc, unknown)
	for _, l := range s.Listening {
		if l.Dropped != nil {
			counter(droppedDesc, *l.Dropped, l.Address)
		}
	}
	counter(commitsDesc, s.Store.Commits)
	counter(failedDesc, s.Store.Failed)
	gauge(sizeDesc, float64(s.Store.Bytes))
	if s.Store.Newest != nil {
		gauge(newestDesc, float64(s.Store.Newest.Unix()))
	}
	ready := 1.0
	if len(s.Problems) > 0 {
		ready = 0
	}
	gauge(readyDesc, ready)
}

// labelled are the exporters that have metrics of their own, the first heard first, and, summed under
// the label "other", the rest. Which exporters those are does not change while the process lives, so
// counters never go backwards.
func labelled(exporters []ExporterStatus, limit int) []ExporterStatus {
	if limit == 0 {
		limit = defaultExporterLabels
	}
	limit = max(0, limit)
	if len(exporters) <= limit {
		return exporters
	}
	other := ExporterStatus{Address: "other", Total: noCounts()}
	for _, e := range exporters[limit:] {
		other.Total.add(e.Total)
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

// counted counts the answers of a route. Routes are the patterns of Handler: a closed set.
func (c *Console) counted(route string, next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next(seen, r)
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
