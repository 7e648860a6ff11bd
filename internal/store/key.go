package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dchest/siphash"
)

// The key lies beside the store: whoever has both can test addresses against it, whoever has the
// store alone cannot. It is sixteen bytes in hexadecimal in a file of mode 0600.

// keyPath is tributary.key for tributary.duckdb.
func keyPath(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) + ".key" }

// readKey reads the key of a store, or makes one if there is none and create is set.
func readKey(store string, create bool) (key [16]byte, err error) {
	path := keyPath(store)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if !create {
			return key, fmt.Errorf("cannot open the store %s: %w: %s is not there, and without it addresses seen from now on cannot be told from those in the store; put it back", store, ErrKey, path)
		}
		return makeKey(path)
	}
	if err != nil {
		return key, fileError("read the store's key", path, err)
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != len(key) {
		return key, fmt.Errorf("cannot open the store %s: %w: %s is not 32 hexadecimal digits; restore it from a copy", store, ErrKey, path)
	}
	return [16]byte(b), nil
}

// makeKey writes a new key, so that after a crash there is all of it or nothing.
func makeKey(path string) (key [16]byte, err error) {
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return key, fileError("write the store's key", path, err)
	}
	_, err = fmt.Fprintf(f, "%x\n", key)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if folder, openErr := os.Open(filepath.Dir(path)); err == nil && openErr == nil {
		err = errors.Join(folder.Sync(), folder.Close()) // the rename, too, is on disk then
	}
	if err != nil {
		return key, fileError("write the store's key", path, err)
	}
	return key, nil
}

// fingerprint tells two keys apart without telling either.
func fingerprint(key [16]byte) string {
	h := siphash.New(key[:])
	_, _ = h.Write([]byte("tributary store key"))
	return hex.EncodeToString(h.Sum(nil))
}
