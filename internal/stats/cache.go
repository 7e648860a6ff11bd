package stats

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cache keeps on disk what finished months yielded, so that a question asked again reads only what
// has changed. It is a folder of files, each with the answer to one question to the store and the
// fingerprint of everything that this answer depends on; a file with another fingerprint, a wrong
// checksum or another format is as good as none, and is written anew. What cannot be read or written
// makes no error: then there is no cache.
//
// Files are written aside and renamed, so that processes may share the folder. It is safe for
// concurrent use; nil keeps nothing.
type Cache struct {
	dir  string
	most int64 // bytes of all files

	mu      sync.Mutex // guards the field below
	written bool       // since the last prune
}

// cacheBytes bounds the folder. A month of a store of 100 million rows in fourteen months has about
// 15 MB.
const cacheBytes = 1 << 30

// NewCache is a cache in a folder, which is made when something is kept.
func NewCache(dir string) *Cache { return &Cache{dir: dir, most: cacheBytes} }

// cacheFormat is the first line of a file. Its number is that of the answers' types: it rises when
// one of them changes, or what it means.
const cacheFormat = "tributary answer 1\n"

// fingerprint is of everything that an answer depends on.
type fingerprint [sha256.Size]byte

// builder tells programs apart: another may compute other answers.
var builder = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprint(info.Size(), info.ModTime().UnixNano())
})

// Drawn returns what draw makes, or what it made when it was asked for under the same name with the
// same text: everything that it depends on. The name begins with a month, as "2025-12.": it is
// deleted when the store no longer has that month.
func (c *Cache) Drawn(name string, text []byte, draw func() ([]string, error)) ([]string, error) {
	if c == nil {
		return draw()
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s%s\ndrawn %s\n", cacheFormat, builder(), name)
	h.Write(text)
	var of fingerprint
	h.Sum(of[:0])
	var found []string
	if c.load(name, of, &found) {
		return found, nil
	}
	found, err := draw()
	if err == nil {
		c.save(name, of, &found)
	}
	return found, err
}

// Drew says that something was drawn under a name that begins so, of whatever text.
func (c *Cache) Drew(beginning string) bool {
	if c == nil {
		return false
	}
	entries, err := os.ReadDir(c.dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), beginning) })
}

// load reads the answer of a name into to, a pointer; false if there is none of this fingerprint.
func (c *Cache) load(name string, of fingerprint, to any) bool {
	if c == nil {
		return false
	}
	text, err := os.ReadFile(c.path(name))
	if err != nil {
		return false
	}
	rest, ok := bytes.CutPrefix(text, []byte(cacheFormat))
	if !ok || len(rest) < 2*sha256.Size || !bytes.Equal(rest[:sha256.Size], of[:]) {
		return false
	}
	sum, payload := rest[sha256.Size:2*sha256.Size], rest[2*sha256.Size:]
	if !bytes.Equal(sum, checksum(of, payload)) {
		return false
	}
	return gob.NewDecoder(bytes.NewReader(payload)).Decode(to) == nil
}

// checksum is of a fingerprint and what was found.
func checksum(of fingerprint, payload []byte) []byte {
	h := sha256.New()
	h.Write(of[:])
	h.Write(payload)
	return h.Sum(nil)
}

// save keeps an answer, a pointer, under a name, in place of the one that is there.
func (c *Cache) save(name string, of fingerprint, answer any) {
	if c == nil {
		return
	}
	var payload bytes.Buffer
	if err := gob.NewEncoder(&payload).Encode(answer); err != nil {
		panic("BUG: an answer that cannot be kept: " + err.Error())
	}
	if os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(c.dir, "new-*") // mode 0600
	if err != nil {
		return
	}
	for _, part := range [][]byte{[]byte(cacheFormat), of[:], checksum(of, payload.Bytes()), payload.Bytes()} {
		_, wrong := f.Write(part)
		err = errors.Join(err, wrong)
	}
	// Not synced: after a crash a torn file fails its checksum.
	if errors.Join(err, f.Close()) != nil || os.Rename(f.Name(), c.path(name)) != nil {
		_ = os.Remove(f.Name())
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written = true
}

func (c *Cache) path(name string) string { return filepath.Join(c.dir, name) }

// prune deletes, if something was kept since it last did, the files of months before the first that
// the store has (their names begin with the month), those that a crash left half written, and the
// ones that were not renewed for longest while all together are too large.
func (c *Cache) prune(first string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.written {
		return
	}
	c.written = false
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	var all []fs.FileInfo
	var sum int64
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		halfWritten := strings.HasPrefix(e.Name(), "new-") && time.Since(info.ModTime()) > time.Hour
		if month, _, ok := strings.Cut(e.Name(), "."); halfWritten || ok && month < first {
			_ = os.Remove(c.path(e.Name()))
			continue
		}
		all = append(all, info)
		sum += info.Size()
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for i := 0; i < len(all) && sum > c.most; i++ {
		_ = os.Remove(c.path(all[i].Name()))
		sum -= all[i].Size()
	}
}
