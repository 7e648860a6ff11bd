package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"tributary/internal/collect"
	"tributary/internal/decode"
	"tributary/internal/flow"
)

type inspectCmd struct {
	Files []string `arg:"" name:"FILE" help:"Capture files of export datagrams, pcap or pcapng, each looked at by itself. - is standard input."`
	JSON  bool     `name:"json" help:"Print one JSON object a file and line instead of a table. Octets and packets are as exported, not multiplied by a sampling rate, of refused records too."`
}

// Run says what each capture holds. It needs no configuration, admits every exporter and touches no
// store. Of a file that is cut, what stands before the cut is printed; the cut is then the error.
func (c *inspectCmd) Run(m *Main) error {
	var cuts []error
	for _, path := range c.Files {
		in, err := m.inspect(path)
		if _, cut := errors.AsType[*collect.CutError](err); cut {
			cuts = append(cuts, err)
		} else if err != nil {
			return err
		}
		if c.JSON {
			err = json.NewEncoder(m.Stdout).Encode(in)
		} else {
			err = in.table(m.Stdout)
		}
		if err != nil {
			return fmt.Errorf("cannot print what %s holds: %w", path, err)
		}
	}
	return errors.Join(cuts...)
}

// inspection is what one capture holds.
type inspection struct {
	File string `json:"file"`
	inspectedCounts
	Exporters []inspectedExporter `json:"exporters"`
	Skipped   map[string]int      `json:"skipped"` // packets that are no UDP datagram, by reason
}

// inspectedExporter is the part of one exporter, protocol and domain. An sFlow exporter is its
// agent; its domain is the sub-agent. The domain of NetFlow v5 is the engine.
type inspectedExporter struct {
	Address  string `json:"address"`
	Protocol string `json:"protocol"`
	Domain   uint32 `json:"domain"`
	inspectedCounts
	Templates        []uint16 `json:"templates"`
	OptionsTemplates []uint16 `json:"options_templates"`
}

// inspectedCounts are sums of counters as exported, over all records, refused ones included, but
// for flows and flow_octets: those are what the statistics would count before sampling is applied.
type inspectedCounts struct {
	Datagrams      uint64            `json:"datagrams"`
	Records        uint64            `json:"records"`
	Flows          uint64            `json:"flows"`
	Octets         uint64            `json:"octets"`
	Packets        uint64            `json:"packets"`
	ReverseOctets  uint64            `json:"reverse_octets"`
	ReversePackets uint64            `json:"reverse_packets"`
	IPv6Records    uint64            `json:"ipv6_records"`
	OptionsRecords uint64            `json:"options_records"`
	HeldRecords    uint64            `json:"held_records"` // of records, those read after waiting for their template
	FlowOctets     uint64            `json:"flow_octets"`
	SamplingRates  []uint32          `json:"sampling_rates"`
	Refused        map[string]uint64 `json:"refused"` // datagrams, sets and records, by reason
}

// inspect reads a capture to its end, or to where it is cut.
func (m *Main) inspect(path string) (*inspection, error) {
	capture, err := collect.OpenCapture(path)
	if err != nil {
		return nil, err
	}
	defer capture.Close()
	d := decode.New(decode.Config{Ledger: &flow.Ledger{}, Inspect: true})
	var flows []flow.Flow
	var dg flow.Datagram
	for m.Ctx.Err() == nil {
		if err = capture.Next(&dg); err != nil {
			break
		}
		flows = d.Append(flows[:0], dg)
	}
	d.Flush(flows[:0])
	if m.Ctx.Err() != nil {
		return nil, fmt.Errorf("stopped while reading %s", path)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	in := &inspection{File: path, Exporters: []inspectedExporter{}, Skipped: map[string]int{}}
	in.Refused, in.SamplingRates = map[string]uint64{}, []uint32{}
	for _, s := range d.Sums() {
		in.add(inspectExporter(s))
	}
	for reason, n := range capture.Skipped {
		switch skip := collect.Skip(reason); {
		case n == 0:
		case skip == collect.SkipNotIP || skip == collect.SkipNotUDP: // other traffic in the capture
			in.Skipped[skip.String()] = n
		default: // a datagram that cannot be had whole
			in.Refused[skip.String()] += uint64(n)
		}
	}
	return in, err
}

func inspectExporter(s *decode.Sum) inspectedExporter {
	x := inspectedExporter{
		Address: s.Address.String(), Protocol: s.Protocol.String(), Domain: s.Domain,
		Templates: s.Templates(false), OptionsTemplates: s.Templates(true),
		inspectedCounts: inspectedCounts{
			Datagrams: s.Datagrams, Records: s.Records, Flows: s.Flows, Octets: s.Octets, Packets: s.Packets,
			ReverseOctets: s.ReverseOctets, ReversePackets: s.ReversePackets, IPv6Records: s.IPv6Records,
			OptionsRecords: s.OptionsRecords, HeldRecords: s.HeldRecords, FlowOctets: s.FlowOctets,
			SamplingRates: s.Rates(), Refused: map[string]uint64{},
		},
	}
	for reason, n := range s.Refused {
		if n > 0 {
			x.Refused[flow.Refusal(reason).String()] = n
		}
	}
	return x
}

// add appends an exporter and adds its counts to the file's.
func (in *inspection) add(x inspectedExporter) {
	in.Exporters = append(in.Exporters, x)
	in.Datagrams += x.Datagrams
	in.Records += x.Records
	in.Flows += x.Flows
	in.Octets += x.Octets
	in.Packets += x.Packets
	in.ReverseOctets += x.ReverseOctets
	in.ReversePackets += x.ReversePackets
	in.IPv6Records += x.IPv6Records
	in.OptionsRecords += x.OptionsRecords
	in.HeldRecords += x.HeldRecords
	in.FlowOctets += x.FlowOctets
	for _, r := range x.SamplingRates {
		if i, seen := slices.BinarySearch(in.SamplingRates, r); !seen {
			in.SamplingRates = slices.Insert(in.SamplingRates, i, r)
		}
	}
	for reason, n := range x.Refused {
		in.Refused[reason] += n
	}
}

// table writes the inspection for people: the file, then a line an exporter.
func (in *inspection) table(w io.Writer) error {
	fmt.Fprintf(w, "%s: %d datagrams, %d records (%d of them read after waiting for their template), %d options records, refused: %s\n",
		in.File, in.Datagrams, in.Records, in.HeldRecords, in.OptionsRecords, refusedText(in.Refused))
	if len(in.Exporters) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  EXPORTER\tPROTOCOL\tDOMAIN\tDATAGRAMS\tRECORDS\tOCTETS\tPACKETS\tFLOWS\tFLOW OCTETS\tTEMPLATES\tRATES\tREFUSED")
	for i := range in.Exporters {
		x := &in.Exporters[i]
		fmt.Fprintf(t, "  %s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", x.Address, x.Protocol, x.Domain, x.Datagrams,
			x.Records, x.Octets, x.Packets, x.Flows, x.FlowOctets, numbersText(x.Templates), numbersText(x.SamplingRates), refusedText(x.Refused))
	}
	return t.Flush()
}

// numbersText writes the first few numbers of a list: a table has no room for thirty templates.
func numbersText[N uint16 | uint32](list []N) string {
	const most = 6
	if len(list) == 0 {
		return "-"
	}
	var parts []string
	for _, n := range list[:min(most, len(list))] {
		parts = append(parts, fmt.Sprint(n))
	}
	if len(list) > most {
		parts = append(parts, fmt.Sprintf("… (%d)", len(list)))
	}
	return strings.Join(parts, " ")
}

func refusedText(refused map[string]uint64) string {
	var parts []string
	for reason, n := range refused {
		parts = append(parts, fmt.Sprintf("%s %d", reason, n))
	}
	if len(parts) == 0 {
		return "none"
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
