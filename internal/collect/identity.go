package collect

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Identity is what captures of the same content have in common, whatever their names, and others
// do not: text without blanks. It is empty for standard input, which cannot be known before it is read.
type Identity string

// identityBlock is how much of a file one checksum covers. It is part of what an Identity is.
const identityBlock = 256 << 10

// Identify reads a file and tells its Identity: its size, and a hash over the checksums of its blocks.
// They are made by AES-GCM under a fixed key, because that takes a third of the time of SHA-256:
// 50 ms for the 190 MB of three million records, of which 25 ms are read(2). So it guards against
// mistakes; who makes two captures of one identity on purpose has only one of them counted.
func Identify(path string) (Identity, error) {
	if path == "-" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot open the capture: %w", err)
	}
	defer f.Close()
	id, err := identify(f)
	if err != nil {
		return "", fmt.Errorf("cannot read %s: %w", path, err)
	}
	return id, nil
}

func identify(r io.Reader) (Identity, error) {
	block, err := aes.NewCipher(make([]byte, 16))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	sum, err := cipher.NewGCM(block)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var (
		buffer = make([]byte, identityBlock)
		nonce  = make([]byte, sum.NonceSize()) // the block's number: blocks that change places change the hash
		tag    []byte
		all    = sha256.New()
		size   int64
	)
	for number := uint64(0); ; number++ {
		n, err := io.ReadFull(r, buffer)
		if n > 0 {
			size += int64(n)
			binary.LittleEndian.PutUint64(nonce, number)
			tag = sum.Seal(tag[:0], nonce, nil, buffer[:n])
			all.Write(tag)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return Identity(fmt.Sprintf("%d-%x", size, all.Sum(nil)[:16])), nil
		}
		if err != nil {
			return "", err
		}
	}
}
