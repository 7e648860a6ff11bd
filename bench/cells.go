package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// cellsADatagram is how many records of 45 octets go into a datagram of 1,400.
const cellsADatagram = 30

// cellFields are the elements of the records below, with their lengths (RFC 3954 section 8).
var cellFields = [][2]uint16{{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {1, 4}, {2, 4}, {22, 4}, {21, 4}, {10, 4}, {14, 4}, {16, 4}, {17, 4}}

// cellMaker makes NetFlow v9 datagrams in which every record is of a cell of its own: its source AS
// is its number. Remote addresses are random.
type cellMaker struct {
	random   *rand.Rand
	sequence uint32
	buffer   []byte
}

func newCellMaker() *cellMaker { return &cellMaker{random: rand.New(rand.NewPCG(3, 4))} }

// datagram is the one with the cells from the given number on, of n, at a time in Unix ms. Each
// carries the template. It is valid until the next call.
func (g *cellMaker) datagram(at int64, from, n int) []byte {
	const uptime = 86_400_000 // ms
	be := binary.BigEndian
	count := min(cellsADatagram, n-from)
	b := g.buffer[:0]
	b = be.AppendUint16(b, 9)
	b = be.AppendUint16(b, uint16(count+1))
	b = be.AppendUint32(b, uptime)
	b = be.AppendUint32(b, uint32(at/1000))
	b = be.AppendUint32(b, g.sequence)
	b = be.AppendUint32(b, 1)
	g.sequence++
	b = be.AppendUint16(b, 0)
	b = be.AppendUint16(b, uint16(8+4*len(cellFields)))
	b = be.AppendUint16(b, 256)
	b = be.AppendUint16(b, uint16(len(cellFields)))
	for _, f := range cellFields {
		b = be.AppendUint16(be.AppendUint16(b, f[0]), f[1])
	}
	set := len(b)
	b = be.AppendUint32(b, 256<<16)
	for i := range count {
		b = be.AppendUint32(b, 0x2d000000|g.random.Uint32()&0xffffff) // 45.0.0.0/8
		b = be.AppendUint32(b, 198<<24|18<<16|uint32(i))
		b = be.AppendUint32(b, 443<<16|40000)
		b = append(b, 6)
		b = be.AppendUint32(b, 1500)
		b = be.AppendUint32(b, 3)
		b = be.AppendUint32(b, uptime-2000)
		b = be.AppendUint32(b, uptime-1000)
		b = be.AppendUint32(b, 501)
		b = be.AppendUint32(b, 601)
		b = be.AppendUint32(b, uint32(100_000+from+i)) // no number that means something special
		b = be.AppendUint32(b, 64500)
	}
	for (len(b)-set)%4 != 0 {
		b = append(b, 0)
	}
	be.PutUint16(b[set+2:], uint16(len(b)-set))
	g.buffer = b
	return b
}

// sendCells sends n cells to a port of the loopback interface, from eight addresses in turn, slowly
// enough for any collector.
func sendCells(ctx context.Context, port, n int) error {
	const addresses, batch, pause = 8, 20, 2 * time.Millisecond // 10,000 datagrams a second
	var conns []*net.UDPConn
	var makers []*cellMaker
	for i := range addresses {
		c, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, byte(2+i))}, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			return fmt.Errorf("cannot send cells: %w", err)
		}
		defer c.Close()
		conns, makers = append(conns, c), append(makers, newCellMaker())
	}
	for i, from := 0, 0; from < n; i, from = i+1, from+cellsADatagram {
		if _, err := conns[i%addresses].Write(makers[i%addresses].datagram(time.Now().UnixMilli(), from, n)); err != nil {
			return fmt.Errorf("cannot send cells: %w", err)
		}
		if i%batch == batch-1 {
			if err := ctx.Err(); err != nil {
				return err
			}
			time.Sleep(pause)
		}
	}
	return nil
}
