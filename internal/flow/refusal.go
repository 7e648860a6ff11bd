package flow

// Refusal is a reason for which something an exporter sent was not used. The list is closed: its
// names are the store's and the metrics' labels. Unit says what a reason counts.
type Refusal uint8

// The reasons, by what they count: datagrams, sets, records.
const (
	// Datagrams refused whole.

	RefusedVersion   Refusal = iota // neither NetFlow v5, v9, IPFIX nor sFlow v5
	RefusedTruncated                // shorter than its own header says, or than a header

	// Sets (v9, IPFIX) and samples (sFlow) refused whole; the records in them cannot be counted.

	RefusedSet        // a set or sample whose length makes no sense
	RefusedTemplate   // a template that cannot be compiled: no fields, too long, bad lengths
	RefusedNoTemplate // a data set whose template never came while it was held back
	RefusedHeldLimit  // a data set that could not be held back: the bound was reached
	RefusedSampleKind // an sFlow sample that is neither a flow nor a counter sample (drop samples)

	// Records refused: read and counted in Health.Records, but not kept.

	RefusedEmpty       // neither octets nor packets: an event, not traffic
	RefusedNoAddress   // no source or destination IP address
	RefusedBadHeader   // a sampled packet header that cannot be read down to IP
	RefusedImplausible // octets × rate, or packets × rate, of 2^56 or more in every flow of the record
	RefusedDiscarded   // an sFlow sample that left through the interface "discarded"
	NumRefusals
)

var refusalNames = [NumRefusals]string{
	"version", "truncated", "set", "template", "no_template", "held_limit", "sample_kind",
	"empty", "no_address", "bad_header", "implausible", "discarded",
}

func (r Refusal) String() string { return refusalNames[r] }

// Unit is what the reason counts: "datagram", "set" or "record".
func (r Refusal) Unit() string {
	switch {
	case r <= RefusedTruncated:
		return "datagram"
	case r <= RefusedSampleKind:
		return "set"
	}
	return "record"
}
