package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// AuditEntry is one line of the audit log: who has done what.
type AuditEntry struct {
	Time    time.Time         `json:"time"`
	Name    string            `json:"name" doc:"Who; empty: nobody who had logged in."`
	Role    string            `json:"role"`
	Login   string            `json:"login" doc:"How they are known: none, password, proxy, token; empty: not."`
	Address string            `json:"address" doc:"Where they asked from."`
	Action  string            `json:"action" doc:"log in, log out, refused, and what changes something."`
	About   map[string]string `json:"about,omitempty" doc:"What about it."`
}

// AuditLog is the newest part of the audit log.
type AuditLog struct {
	Entries []AuditEntry `json:"entries" doc:"The newest first."`
}

// The audit log's bounds: a line is a few hundred octets, so five files hold some 300,000 entries.
const (
	auditName   = "audit.log"
	auditOctets = 16 << 20 // of a file; then another is begun
	auditFiles  = 5        // audit.log, audit.log.1, ... the oldest is deleted
	auditTail   = 1 << 20  // of a file, read back for the newest entries
	maxAbout    = 500      // octets of one value
)

// Refusals that are written down: a hundred at once and then one in ten seconds, or strangers could
// push what matters out of the log. How many were left out is said in the next.
const (
	refusalBurst = 100
	refusalEvery = 10 * time.Second
)

// auditFile is the audit log on disk: JSON, a line an entry, for the operator's eyes only.
type auditFile struct {
	path string // "" = none is kept

	mu   sync.Mutex // guards the fields below
	file *os.File
	size int64
}

// add appends an entry. When it returns nil, the entry is on the disk.
func (a *auditFile) add(e *AuditEntry) error {
	line, err := json.Marshal(e)
	if err != nil {
		panic("BUG: audit entry is not JSON: " + err.Error())
	}
	line = append(line, '\n')
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.path == "" {
		return nil
	}
	if a.file != nil && a.size+int64(len(line)) > auditOctets {
		if err := a.turnLocked(); err != nil {
			return err
		}
	}
	if a.file == nil {
		if err := a.openLocked(); err != nil {
			return err
		}
	}
	n, err := a.file.Write(line)
	a.size += int64(n)
	if err == nil {
		err = a.file.Sync()
	}
	if err != nil {
		a.closeLocked() // what is there of the line is ended when it is opened again
	}
	return err
}

// openLocked opens the file, and ends a line that was cut off when the machine went down.
func (a *auditFile) openLocked() error {
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	a.file, a.size = f, info.Size()
	last := []byte{'\n'}
	if a.size > 0 {
		_, err = f.ReadAt(last, a.size-1)
	}
	if err == nil && last[0] != '\n' {
		if _, err = f.WriteString("\n"); err == nil {
			a.size++
		}
	}
	if err != nil {
		a.closeLocked()
	}
	return err
}

func (a *auditFile) closeLocked() {
	_ = a.file.Close() // every line was synced
	a.file = nil
}

// turnLocked begins another file.
func (a *auditFile) turnLocked() error {
	a.closeLocked()
	for i := auditFiles - 1; i > 0; i-- {
		from := a.path
		if i > 1 {
			from += "." + strconv.Itoa(i-1)
		}
		if err := os.Rename(from, a.path+"."+strconv.Itoa(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (a *auditFile) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file != nil {
		a.closeLocked()
	}
}

// newest reads back the newest n entries, the newest first. Of each of the two newest files it looks at
// the end only. Lines that are no entries are passed over.
func (a *auditFile) newest(n int) ([]AuditEntry, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []AuditEntry{}
	if a.path == "" {
		return out, nil
	}
	for _, name := range []string{a.path, a.path + ".1"} {
		tail, err := tailOf(name, auditTail)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		lines := bytes.Split(tail, []byte{'\n'})
		for i := len(lines) - 1; i >= 0 && len(out) < n; i-- {
			var e AuditEntry
			if json.Unmarshal(lines[i], &e) == nil && e.Action != "" {
				out = append(out, e)
			}
		}
	}
	return out, nil
}

// tailOf reads the last octets of a file.
func tailOf(name string, octets int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	start := max(0, info.Size()-octets)
	return io.ReadAll(io.NewSectionReader(f, start, info.Size()-start))
}

// audit notes a change, or a log-in: who, what, and what about it, as pairs of a key and a value. What
// cannot be written is said in the process's log and by /healthz; the change stands.
func (c *Console) audit(ctx context.Context, action string, about ...any) {
	who := identityOf(ctx)
	c.log.Info("audit", append([]any{"by", who.Name, "role", who.Role.String(), "address", who.Address, "action", action}, about...)...)
	e := &AuditEntry{
		Time: c.now().UTC(), Name: who.Name, Role: who.Role.String(), Login: string(who.Login), Address: who.Address, Action: action,
	}
	for i := 0; i+1 < len(about); i += 2 {
		if e.About == nil {
			e.About = map[string]string{}
		}
		e.About[fmt.Sprint(about[i])] = clip(fmt.Sprint(about[i+1]))
	}
	if err := c.audits.add(e); err != nil {
		c.log.Error("cannot write the audit log", "err", err)
		c.config.Live.SetProblem("audit", "The audit log cannot be written: what people change is noted in the process's log only. Make room in the data folder, or give it back to the process.")
		return
	}
	c.config.Live.SetProblem("audit", "")
}

// auditRefusal notes that somebody was turned away, unless too many were lately.
func (c *Console) auditRefusal(ctx context.Context, what, why string) {
	if c.refusals.take("", c.now()) > 0 {
		c.unnoted.Add(1)
		return
	}
	about := []any{"what", what, "why", why}
	if n := c.unnoted.Swap(0); n > 0 {
		about = append(about, "refusals left out before", n)
	}
	c.audit(ctx, "refused", about...)
}

// clip shortens what somebody has sent, so that it cannot fill the log.
func clip(text string) string {
	if len(text) > maxAbout {
		text = text[:maxAbout] + "…"
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "�")
	}
	return text
}

type auditQuestion struct {
	N int `query:"n" default:"100" minimum:"1" maximum:"1000" doc:"How many entries, at most."`
}

func (c *Console) registerAudit(api huma.API) {
	on(c, api, operation{
		id: "get-audit", method: http.MethodGet, path: "/audit", tag: "Access", role: Editor,
		summary: "Who has done what", about: "The newest entries of the audit log: log-ins and log-outs, who was refused, and every change with who made it.",
	}, func(_ context.Context, in *auditQuestion) (*AuditLog, error) {
		entries, err := c.audits.newest(in.N)
		return &AuditLog{entries}, err
	})
}

// auditPath is where the audit log lies in a data folder.
func auditPath(data string) string {
	if data == "" {
		return ""
	}
	return filepath.Join(data, auditName)
}
