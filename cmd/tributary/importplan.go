package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/internal/collect"
	"tributary/internal/store"
)

// What is imported counts once. Each capture is known by its content: once it is read to its end, the
// store has a note of it. While an import is under way, each of its commits carries a mark of how far
// the stream of its datagrams is counted. An import that was killed goes on behind its mark: what
// stands before is read again by the decoder alone, so that it knows the same templates, samplers
// and held back records, and nothing of it is counted again.

// importFile is a capture to import.
type importFile struct {
	Name     string           `json:"name"`     // as it was given
	Identity collect.Identity `json:"identity"` // empty: standard input, of which nothing is known
}

// importRequest is what a command line asks for.
type importRequest struct {
	Files []importFile `json:"files"`
	Again bool         `json:"again"`
}

// importPlan is what is to be done about a request.
type importPlan struct {
	Read []int      `json:"read"` // numbers of the files to read, in the order in which they are one stream
	Mark importMark `json:"mark"` // of this import; with Datagrams it was begun before and is gone on with
	Said []string   `json:"said"` // what the operator should know, in sentences

	others []importMark // of other imports that were begun and not ended
}

// importMark says how far an import got that has not ended.
type importMark struct {
	Files     []importFile `json:"files"`
	Began     int64        `json:"began"`     // Unix milliseconds
	Again     bool         `json:"again"`     // --again
	Datagrams uint64       `json:"datagrams"` // of the stream, that are counted
	Records   uint64       `json:"records"`   // that are counted
	First     int64        `json:"first"`     // arrival of the first datagram, Unix milliseconds
	Last      int64        `json:"last"`      // likewise, of the last one counted
}

// stateImports is the store's key of the marks of imports that have not ended.
const stateImports = "imports"

const minuteFormat = "2006-01-02 15:04 UTC"

// planImport decides what of a request is to be read. The error is a refusal.
func (in *intake) planImport(q importRequest) (*importPlan, error) {
	var marks []importMark
	if blob := in.store.State(stateImports); blob != nil {
		if err := json.Unmarshal(blob, &marks); err != nil {
			return nil, fmt.Errorf("cannot read from the store which imports have not ended: %w", err)
		}
	}
	p := &importPlan{}
	for i := range q.Files {
		p.Read = append(p.Read, i)
	}
	if p.goOn(q, marks) {
		return p, nil
	}
	if !q.Again {
		p.Read = nil
		for i := range q.Files {
			if why := in.importedBefore(q.Files, i); why != "" {
				p.Said = append(p.Said, why)
			} else {
				p.Read = append(p.Read, i)
			}
		}
		if p.goOn(q, marks) {
			return p, nil
		}
	}
	for _, i := range p.Read {
		p.Mark.Files = append(p.Mark.Files, q.Files[i])
	}
	p.Mark.Began, p.Mark.Again = time.Now().UnixMilli(), q.Again
	for _, m := range marks {
		shared := m.shares(p.Mark.Files)
		if shared != "" && !q.Again {
			return nil, m.refusal(shared)
		}
		if shared == "" {
			p.others = append(p.others, m)
		}
	}
	return p, nil
}

// importedBefore is a sentence if the content of a file was imported, or is that of a file named
// before it.
func (in *intake) importedBefore(files []importFile, i int) string {
	f := files[i]
	if f.Identity == "" {
		return ""
	}
	for _, before := range files[:i] {
		if before.Identity == f.Identity {
			return fmt.Sprintf("%s is skipped: it has the content of %s, which is named before it; --again counts it all the same", f.Name, before.Name)
		}
	}
	known, ok := in.store.Imported(string(f.Identity))
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s is skipped: its content was imported on %s as %s; --again counts it all the same", f.Name, known.When.UTC().Format(minuteFormat), known.Name)
}

// goOn makes the plan go on with an import that was interrupted, if one had these very files and began
// them as this does: --again begins anew what was begun without, and goes on with its own.
func (p *importPlan) goOn(q importRequest, marks []importMark) bool {
	for i, m := range marks {
		order, ok := m.order(q.Files, p.Read)
		if !ok || m.Again != q.Again {
			continue
		}
		p.Read, p.Mark, p.others = order, m, slices.Delete(marks, i, i+1)
		p.Said = append(p.Said, fmt.Sprintf("resumed at %s: the import that began on %s was interrupted with %s counted",
			time.UnixMilli(m.Last).UTC().Format("2006-01-02 15:04:05 UTC"), time.UnixMilli(m.Began).UTC().Format(minuteFormat), plural(int(m.Datagrams), "datagram")))
		return true
	}
	return false
}

// order puts the numbers of files into the mark's order; false unless they are its very files.
func (m *importMark) order(files []importFile, numbers []int) ([]int, bool) {
	if len(numbers) != len(m.Files) {
		return nil, false
	}
	left, order := slices.Clone(numbers), []int{}
	for _, f := range m.Files {
		at := slices.IndexFunc(left, func(i int) bool { return f.Identity != "" && files[i].Identity == f.Identity })
		if at < 0 {
			return nil, false
		}
		order, left = append(order, left[at]), slices.Delete(left, at, at+1)
	}
	return order, true
}

// shares is the name of the first file that is also one of the mark's; empty if none is.
func (m *importMark) shares(files []importFile) string {
	for _, f := range files {
		for _, mine := range m.Files {
			if f.Identity != "" && f.Identity == mine.Identity {
				return f.Name
			}
		}
	}
	return ""
}

func (m *importMark) refusal(shared string) error {
	names, whole := []string{}, true
	for _, f := range m.Files {
		names, whole = append(names, f.Name), whole && f.Identity != ""
	}
	again := ""
	if m.Again {
		again = "--again "
	}
	end := fmt.Sprintf("finish it first, with 'tributary import %s%s': nothing is counted twice then; or", again, strings.Join(names, " "))
	if !whole {
		end = "it cannot be finished, because standard input cannot be read again;"
	}
	return fmt.Errorf("an import of %s was interrupted that had begun on %s, and a part of %s is counted: %s --again counts what is named now from its beginning, whatever is counted of it",
		strings.Join(names, ", "), time.UnixMilli(m.Began).UTC().Format(minuteFormat), shared, end)
}

// note adds to a commit how far the import is with it. ended: to its end; then the mark is gone, and the
// captures are noted, unless nothing of them counted: with another configuration they may be imported.
func (p *importPlan) note(c *store.Commit, now importMark, ended, counted bool) {
	marks := slices.Clone(p.others)
	switch {
	case !ended:
		marks = append(marks, now)
	case counted:
		for _, f := range now.Files {
			if f.Identity != "" {
				c.Imports = append(c.Imports, store.Import{
					Identity: string(f.Identity), Name: f.Name, When: time.Now(),
					First: time.UnixMilli(now.First), Last: time.UnixMilli(now.Last), Datagrams: now.Datagrams, Records: now.Records,
				})
			}
		}
	}
	blob, err := json.Marshal(marks)
	if err != nil {
		panic("BUG: marks that cannot be written: " + err.Error())
	}
	c.State[stateImports] = blob
}
