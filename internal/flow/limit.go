package flow

// Limit is a bound on what exporters can make a collector remember. The list is closed: the names are
// keys of the configuration's limits, the store's columns and the metrics' labels.
type Limit uint8

// The bounds whose reaching is booked with the exporter that reached it. What happens then is said
// where the configuration documents the key.
const (
	LimitDomains      Limit = iota // a domain was forgotten for a newer one
	LimitTemplates                 // a template was forgotten for a newer one, or not learnt
	LimitFields                    // a template had too many fields; also refused as "template"
	LimitRecordOctets              // a template's records were too long; also refused as "template"
	LimitSamplers                  // a sampler was not learnt
	LimitHeldOctets                // a set was given up, or not held back; also refused
	LimitWaiting                   // flows waiting for their sampler were given up: counted without it
	LimitInterfaces                // an interface's counters were not kept
	LimitAgents                    // an sFlow agent was not remembered
	LimitCells                     // flows counted in their slot under the network unknown: no room for their own cell
	NumLimits
)

var limitNames = [NumLimits]string{
	"domains", "templates", "fields", "record_octets", "samplers", "held_octets", "waiting", "interfaces", "agents", "cells",
}

func (l Limit) String() string { return limitNames[l] }
