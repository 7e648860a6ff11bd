// Package journal is the write-ahead journal of datagrams: what a worker has read from its socket is
// appended here before it is decoded, so that a killed process finds it again.
//
// The journal is a folder of segments, each a plain pcap file that Wireshark opens and that
// collect's captures, and so tributary import and inspect, read:
//
//	00000003-000042-01.pcap
//	   │        │    └ worker that wrote it, from 0
//	   │        └ number, from 1 without holes in the order in which the process's workers began segments
//	   └ generation: the process; each that opens the folder gets the next, from 1
//
// Names sort in the order of replay. A segment is pcap's file header (24 octets, little endian,
// microseconds, LINKTYPE_RAW) and a record a datagram:
//
//	octets 0       4       8       12      16
//	       ├───────┼───────┼───────┼───────┤
//	       │seconds│micros │length │length │  arrival in whole milliseconds; length of what follows, twice
//	       └───────┴───────┴───────┴───────┘
//	over IPv4 (RFC 791), for a source that is IPv4 or IPv4-mapped:
//	    16 │45 00│total length│CHECK│40 00│40 11│header checksum│source address│127.0.0.1│
//	    36 │source port│destination port│length│0│
//	    44 │payload
//	over IPv6 (RFC 8200):
//	    16 │60 00│CHECK│payload length│11 40│source address│::1│
//	    56 │source port│destination port│length│checksum│
//	    64 │payload
//
// The destination port is the one at which Wireshark knows the payload's protocol: 6343 for sFlow,
// 4739 for IPFIX, else 2055.
//
// CHECK (IPv4's identification, IPv6's flow label) is the CRC-32C of the record, its two 16-bit
// halves combined by exclusive or; in it, CHECK and IPv4's header checksum count as 0, and it starts
// from the CRC-32C of the segment's name. By the check and the headers, which say everything twice,
// a reader knows where a segment is torn: after a power loss its un-synced end may be missing,
// zeros, or what stood in those blocks before.
//
// A worker's Writer brings each batch to the file with one write(2), which a killed process cannot
// lose; once a second the journal syncs, which bounds what a power loss takes. Beside the segments
// lie the file lock, by which one process has the folder, and the file state, with the folder's
// identity and last generation.
package journal
