package console

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"tributary/internal/flow"
)

// Descriptions of what says how complete the numbers are.
var (
	lostDatagramsDesc = prometheus.NewDesc("tributary_decode_lost_datagrams_total",
		"Datagrams that never arrived, by the sequence numbers of streams that number datagrams (NetFlow v9, sFlow).", byExporter, nil)
	lostRecordsDesc = prometheus.NewDesc("tributary_decode_lost_records_total",
		"Records that never arrived, by the sequence numbers of streams that number records (NetFlow v5, IPFIX).", byExporter, nil)
	overrunDesc = prometheus.NewDesc("tributary_decode_overrun_total",
		"Of the lost datagrams and lost records together, those that went missing while our own receive buffer overflowed.", byExporter, nil)
	lateDesc = prometheus.NewDesc("tributary_decode_late_datagrams_total",
		"Datagrams that came after a later one of their stream: reordered, not lost.", byExporter, nil)
	restartsDesc = prometheus.NewDesc("tributary_decode_restarts_total",
		"Streams whose sequence numbers began anew.", byExporter, nil)
	exporterLimitDesc = prometheus.NewDesc("tributary_decode_limit_reached_total",
		"How often an exporter reached a bound, by the bound's key under limits in the configuration.", []string{"exporter", "region", "limit"}, nil)
	lossDesc = prometheus.NewDesc("tributary_decode_loss_ratio",
		"Estimated share of the exported records that never arrived, over the last hour.", byExporter, nil)
	interfaceRatioDesc = prometheus.NewDesc("tributary_decode_interface_ratio",
		"Octets by samples over octets by interface counters, all interfaces of an sFlow exporter together.", []string{"exporter", "region", "direction"}, nil)
	interfacesOffDesc = prometheus.NewDesc("tributary_decode_interfaces_off",
		"Interfaces of an sFlow exporter whose samples and counters disagree beyond sampling noise.", byExporter, nil)

	droppedDesc = prometheus.NewDesc("tributary_collect_dropped_datagrams_total",
		"Datagrams that the kernel dropped because the receive buffer was full.", []string{"listen", "worker"}, nil)
	bufferDesc = prometheus.NewDesc("tributary_collect_receive_buffer_bytes",
		"Size of a socket's receive buffer as the kernel gave it.", []string{"listen", "worker"}, nil)
	askedDesc = prometheus.NewDesc("tributary_collect_receive_buffer_asked_bytes",
		"Size of a socket's receive buffer as it was asked for.", []string{"listen", "worker"}, nil)

	journalSizeDesc = prometheus.NewDesc("tributary_journal_size_bytes",
		"Size of the journal on disk.", nil, nil)
	journalMaxDesc = prometheus.NewDesc("tributary_journal_max_bytes",
		"Size at which the journal gives up its oldest segments.", nil, nil)
	journalSegmentsDesc = prometheus.NewDesc("tributary_journal_segments",
		"Files of the journal.", nil, nil)
	journalOldestDesc = prometheus.NewDesc("tributary_journal_oldest_datagram_timestamp_seconds",
		"When the oldest datagram of the journal arrived.", nil, nil)
	journalUnsyncedDesc = prometheus.NewDesc("tributary_journal_unsynced_bytes",
		"Bytes of the journal that a power cut would take.", nil, nil)
	journalDroppedDesc = prometheus.NewDesc("tributary_journal_dropped_datagrams_total",
		"Datagrams that the journal gave up at its bound before they were committed.", nil, nil)
	unjournalledDesc = prometheus.NewDesc("tributary_journal_unjournalled_datagrams_total",
		"Datagrams that were counted but could not be written to the journal.", nil, nil)
	replayedDesc = prometheus.NewDesc("tributary_journal_replayed_datagrams_total",
		"Datagrams read again from the journal at the start.", nil, nil)
	tornDesc = prometheus.NewDesc("tributary_journal_torn_bytes_total",
		"Bytes cut off the journal at the start because a crash left them incomplete.", nil, nil)
	journalWritableDesc = prometheus.NewDesc("tributary_journal_writable",
		"1 while the journal can be written, else 0.", nil, nil)

	limitValueDesc = prometheus.NewDesc("tributary_run_limit_value",
		"How much of a bound of the process is used, by its key under limits in the configuration.", []string{"limit"}, nil)
	limitBoundDesc = prometheus.NewDesc("tributary_run_limit_bound",
		"A bound of the process, by its key under limits in the configuration.", []string{"limit"}, nil)
	limitReachedDesc = prometheus.NewDesc("tributary_run_limit_reached_total",
		"How often a bound of the process was reached.", []string{"limit"}, nil)
)

var lossDescs = []*prometheus.Desc{
	lostDatagramsDesc, lostRecordsDesc, overrunDesc, lateDesc, restartsDesc, exporterLimitDesc, lossDesc,
	interfaceRatioDesc, interfacesOffDesc, droppedDesc, bufferDesc, askedDesc,
	journalSizeDesc, journalMaxDesc, journalSegmentsDesc, journalOldestDesc, journalUnsyncedDesc, journalDroppedDesc,
	unjournalledDesc, replayedDesc, tornDesc, journalWritableDesc,
	limitValueDesc, limitBoundDesc, limitReachedDesc,
}

func (m emitter) exporterLoss(e *ExporterStatus) {
	t := &e.Total
	m.counter(lostDatagramsDesc, t.LostDatagrams, e.Address, e.Region)
	m.counter(lostRecordsDesc, t.LostRecords, e.Address, e.Region)
	m.counter(overrunDesc, t.Overrun, e.Address, e.Region)
	m.counter(lateDesc, t.Late, e.Address, e.Region)
	m.counter(restartsDesc, t.Restarts, e.Address, e.Region)
	for l := range flow.NumLimits {
		m.counter(exporterLimitDesc, t.Limits[l.String()], e.Address, e.Region, l.String())
	}
	m.gauge(lossDesc, e.Loss.Hour.Share, e.Address, e.Region)
}

// sockets sends the metrics of sockets, each once: two sockets of one label would void all metrics.
func (m emitter) sockets(sockets []Socket) {
	type labels struct {
		listen string
		worker int
	}
	sent := map[labels]bool{}
	for _, s := range sockets {
		worker := "all"
		if s.Worker >= 0 {
			worker = strconv.Itoa(s.Worker)
		}
		if sent[labels{s.Address, s.Worker}] {
			continue
		}
		sent[labels{s.Address, s.Worker}] = true
		if s.Dropped != nil {
			m.counter(droppedDesc, *s.Dropped, s.Address, worker)
		}
		m.gauge(bufferDesc, float64(s.Buffer), s.Address, worker)
		if s.Asked > 0 {
			m.gauge(askedDesc, float64(s.Asked), s.Address, worker)
		}
	}
}

func (m emitter) journal(j *JournalStatus) {
	if j.Path == "" {
		return
	}
	m.gauge(journalSizeDesc, float64(j.Bytes))
	m.gauge(journalMaxDesc, float64(j.MaxBytes))
	m.gauge(journalSegmentsDesc, float64(j.Segments))
	if j.Oldest != nil {
		m.gauge(journalOldestDesc, float64(j.Oldest.Unix()))
	}
	m.gauge(journalUnsyncedDesc, float64(j.Unsynced))
	m.counter(journalDroppedDesc, j.Dropped)
	m.counter(unjournalledDesc, j.Unjournalled)
	m.counter(replayedDesc, j.Replayed)
	m.counter(tornDesc, j.Torn)
	m.gauge(journalWritableDesc, truth(j.Problem == ""))
}

func (m emitter) limits(limits []LimitStatus) {
	for _, l := range limits {
		m.gauge(limitValueDesc, float64(l.Value), l.Name)
		m.gauge(limitBoundDesc, float64(l.Bound), l.Name)
		m.counter(limitReachedDesc, l.Reached, l.Name)
	}
}

// links sends an exporter's interfaces together: their indexes are the exporters' to choose, and no
// closed set. Exporters are labelled as everywhere.
func (m emitter) links(s *Status, limit int) {
	var other linkSums
	own := map[string]bool{}
	for _, e := range labelled(s.Exporters, limit) {
		own[e.Address] = true
		if sums := s.Links.byExporter[e.Address]; sums != nil {
			m.link(sums, e.Address, e.Region)
		}
	}
	for address, sums := range s.Links.byExporter {
		if !own[address] {
			other.add(sums)
		}
	}
	if other.countedIn+other.countedOut > 0 {
		m.link(&other, otherExporters, "")
	}
}

func (m emitter) link(l *linkSums, exporter, region string) {
	if l.countedIn > 0 {
		m.gauge(interfaceRatioDesc, float64(l.sampledIn)/float64(l.countedIn), exporter, region, "in")
	}
	if l.countedOut > 0 {
		m.gauge(interfaceRatioDesc, float64(l.sampledOut)/float64(l.countedOut), exporter, region, "out")
	}
	m.gauge(interfacesOffDesc, float64(l.off), exporter, region)
}
