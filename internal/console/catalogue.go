package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"tributary/internal/catalogue"
	"tributary/internal/flow"
	"tributary/internal/yamlfile"
)

// CatalogueFile is a file of the catalogue.
type CatalogueFile struct {
	Name     string    `json:"name"` // without its folder
	BuiltIn  bool      `json:"built_in"`
	Networks int       `json:"networks"` // entries about AS numbers
	Prefixes int       `json:"prefixes"` // entries about prefixes
	Read     time.Time `json:"read"`
	Revision string    `json:"revision"` // of the file as it is now; for If-Match
	Changed  bool      `json:"changed"`  // since it was read
	Writes   bool      `json:"writes"`   // the console writes to this one
}

// Catalogue is the catalogue's files in the order in which they are asked.
type Catalogue struct {
	Files []CatalogueFile `json:"files"`
	Why   string          `json:"why"`  // why the console can write none; else empty
	YAML  string          `json:"yaml"` // the lines that let it, if a configuration line is missing
	Types []TypeName      `json:"types"`
}

// writing is held while a catalogue file is written, so that a revision holds until the file is there.
var writing sync.Mutex

func (c *Console) catalogueFiles(context.Context, *struct{}) (*Catalogue, error) {
	if c.config.Source == nil {
		return nil, errNoExplorer
	}
	out := &Catalogue{Files: []CatalogueFile{}}
	target := catalogue.Writable(c.config.Catalogue)
	for _, f := range c.config.Source().Catalogue.Files() {
		row := CatalogueFile{Name: filepath.Base(f.Name), Networks: f.Networks, Prefixes: f.Prefixes, Read: f.Read, Revision: f.Revision, Writes: f.Name == target}
		if f.Name == catalogue.BuiltIn {
			row.Name, row.BuiltIn = "built-in list", true
		} else if data, err := catalogue.ReadFile(f.Name); err != nil {
			row.Changed, row.Revision = true, ""
		} else {
			row.Revision = catalogue.RevisionOf(data)
			row.Changed = row.Revision != f.Revision
		}
		out.Files = append(out.Files, row)
	}
	if err := c.cannotWrite(target); err != nil {
		out.Why, out.YAML = err.detail, c.missingYAML()
	}
	for t := range flow.NumNetworkTypes {
		if t != flow.Migration { // links make it
			out.Types = append(out.Types, typeNameOf(t))
		}
	}
	return out, nil
}

// missingYAML are the lines that give the console a file to write to.
func (c *Console) missingYAML() string {
	if len(c.config.Catalogue) > 0 {
		return ""
	}
	return "catalogue: [./networks.yaml]\n"
}

// cannotWrite says why entries cannot be written; nil where they can.
func (c *Console) cannotWrite(target string) *userError {
	switch {
	case len(c.config.Catalogue) == 0:
		return &userError{status: http.StatusConflict, detail: "No catalogue file is configured to write to: make an empty file networks.yaml beside tributary.yaml, add the line  catalogue: [./networks.yaml]  to tributary.yaml, and restart."}
	case target == "" || c.config.Reload == nil:
		return &userError{status: http.StatusConflict, detail: "None of the configured catalogue files may be written by this process: give its user the right to write one, and its folder."}
	}
	return nil
}

// NewEntry is an entry as it is asked for: about an AS number, a prefix, or all AS numbers and prefixes
// of a network.
type NewEntry struct {
	AS      uint32 `json:"as,omitempty" required:"false" doc:"An AS number."`
	Prefix  string `json:"prefix,omitempty" required:"false" doc:"Or a prefix."`
	Network string `json:"network,omitempty" required:"false" doc:"Or a network by its name, as lists give it."`
	Name    string `json:"name,omitempty" required:"false" doc:"What it is to be called; of a network, the name that it has by default."`
	Type    string `json:"type" doc:"cdn, hosting, hyperscaler, isp-regional, isp-tier1, neocloud, migration or other."`
	Metro   string `json:"metro,omitempty" required:"false" doc:"Metropolitan area, of prefixes."`
	From    string `json:"from,omitempty" required:"false" doc:"The first UTC day on which it holds, 2025-07-01; since ever by default."`
	To      string `json:"to,omitempty" required:"false" doc:"The last one; for ever by default."`
}

// changes are the changes of the catalogue that an entry asks for.
func (c *Console) changes(entries []NewEntry) ([]catalogue.Change, error) {
	if len(entries) == 0 || len(entries) > maxEntries {
		return nil, &userError{status: http.StatusBadRequest, detail: fmt.Sprintf("entries: must be 1 to %d entries (got %d).", maxEntries, len(entries))}
	}
	var out []catalogue.Change
	for i := range entries {
		found, err := c.changesOf(&entries[i])
		if err != nil {
			where := fmt.Sprintf("body.entries[%d]", i)
			return nil, &userError{http.StatusBadRequest, fmt.Sprintf("entries[%d]: %s", i, sentence(err.Error())), []place{{Location: where, Message: err.Error()}}}
		}
		out = append(out, found...)
	}
	return out, nil
}

const maxEntries = 100

func (c *Console) changesOf(e *NewEntry) ([]catalogue.Change, error) {
	t, err := flow.ParseNetworkType(e.Type)
	if err != nil {
		return nil, fmt.Errorf("type: %w", err)
	}
	base := catalogue.Entry{Name: e.Name, Type: t, Metro: e.Metro, To: catalogue.Always}
	if base.From, base.To, err = catalogue.Days(e.From, e.To); err != nil {
		return nil, err
	}
	given := 0
	for _, has := range []bool{e.AS != 0, e.Prefix != "", e.Network != ""} {
		if has {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("give one of as, prefix and network")
	case e.AS != 0:
		base.AS = e.AS
		return []catalogue.Change{{Entry: base}}, nil
	case e.Prefix != "":
		if base.Prefix, err = catalogue.ParsePrefix(e.Prefix); err != nil {
			return nil, fmt.Errorf("prefix: %w", err)
		}
		return []catalogue.Change{{Entry: base}}, nil
	}
	base.Name = cmp.Or(e.Name, e.Network)
	return c.changesOfNetwork(e.Network, &base)
}

// changesOfNetwork are a change for each AS number and prefix that a network consists of now.
func (c *Console) changesOfNetwork(name string, base *catalogue.Entry) ([]catalogue.Change, error) {
	source := c.config.Source()
	index := indexOf(source, max(source.Extent().To, 1)-1)
	var out []catalogue.Change
	for _, as := range index.numbers(name) {
		e := *base
		e.AS = as
		out = append(out, catalogue.Change{Entry: e})
	}
	for _, p := range index.prefixes(name) {
		e := *base
		e.Prefix = netip.MustParsePrefix(p)
		out = append(out, catalogue.Change{Entry: e})
	}
	switch {
	case name == catalogue.Unknown:
		return nil, errors.New("parties whose AS number is not known are of no known network: configure an AS database (as_database), or name their prefixes")
	case len(out) == 0:
		return nil, fmt.Errorf("the catalogue knows no AS number or prefix of the network %q: give them", name)
	}
	return out, nil
}

// edited is the operator's file with changes made, and the catalogue as it would be.
type edited struct {
	file      string // its path
	was       []byte
	text      []byte
	catalogue *catalogue.Catalogue
}

// edit makes changes in the text of the file that the console writes to. A revision other than the file's
// refuses them; "" is any.
func (c *Console) edit(ifMatch string, changes []catalogue.Change) (*edited, error) {
	if c.config.Source == nil {
		return nil, errNoExplorer
	}
	e := &edited{file: catalogue.Writable(c.config.Catalogue)}
	if err := c.cannotWrite(e.file); err != nil {
		return nil, err
	}
	var err error
	if e.was, err = catalogue.ReadFile(e.file); err != nil {
		return nil, err
	}
	if want := strings.Trim(ifMatch, `"`); want != "" && want != catalogue.RevisionOf(e.was) {
		return nil, &userError{status: http.StatusPreconditionFailed, detail: "The catalogue file was changed meanwhile: look at it again, then repeat this."}
	}
	if e.text, err = catalogue.Edit(e.file, e.was, changes); err != nil {
		return nil, catalogueError(err)
	}
	if e.catalogue, err = catalogue.LoadWith(c.config.Catalogue, e.file, e.text); err != nil {
		return nil, catalogueError(err)
	}
	return e, e.effective(changes)
}

// effective refuses an entry that another one comes before at all times.
func (e *edited) effective(changes []catalogue.Change) error {
	for i := range changes {
		want := &changes[i].Entry
		if changes[i].Remove || e.holds(want) {
			continue
		}
		rule := e.before(want)
		return &userError{status: http.StatusConflict, detail: fmt.Sprintf(
			"The entry %s would change nothing: line %d of %s comes before it. Change that line by hand.", want.Text(), rule.Line, filepath.Base(rule.File))}
	}
	return nil
}

// holds reports that an entry is the one that counts at some time.
func (e *edited) holds(want *catalogue.Entry) bool {
	times := append([]flow.Slot{want.From, want.To - 1}, e.catalogue.Changes()...)
	for _, at := range times {
		if !want.ValidAt(at) {
			continue
		}
		if want.AS != 0 {
			if name, t, _, ok := e.catalogue.AS(want.AS, at); ok && name == want.Name && t == want.Type {
				return true
			}
		} else if t, _, ok := e.catalogue.Prefix(want.Name, at); ok && t == want.Type {
			return true
		}
	}
	return false
}

// before is the rule that comes before an entry.
func (e *edited) before(want *catalogue.Entry) catalogue.Rule {
	if want.AS != 0 {
		_, _, rule, _ := e.catalogue.AS(want.AS, want.From)
		return rule
	}
	_, rule, _ := e.catalogue.Prefix(want.Name, want.From)
	return rule
}

// catalogueError makes a mistake in a catalogue file a sentence with file and line, and without the
// file's folder.
func catalogueError(err error) error {
	if hand, ok := errors.AsType[*catalogue.EditError](err); ok {
		detail := hand.Why
		if hand.Add != "" {
			detail += " The lines to add:\n" + hand.Add
		}
		return &userError{status: http.StatusConflict, detail: detail}
	}
	var problems yamlfile.Problems
	if !errors.As(err, &problems) || len(problems) == 0 {
		return err
	}
	e := &userError{status: http.StatusUnprocessableEntity}
	for _, p := range problems[:min(len(problems), 20)] {
		shown := *p
		shown.File = filepath.Base(p.File)
		e.places = append(e.places, place{Location: shown.File + ":" + strconv.Itoa(p.Line), Message: shown.Error()})
	}
	e.detail = sentence(e.places[0].Message)
	if more := len(problems) - 1; more > 0 {
		e.detail += fmt.Sprintf(" And %d more.", more)
	}
	return e
}

// entriesOptions are entries to be written.
type entriesOptions struct {
	IfMatch string `header:"If-Match" doc:"The file's revision, as /catalogue gives it; empty writes whatever the file holds."`
	Body    struct {
		Entries []NewEntry `json:"entries"`
	}
}

// Written is what was written.
type Written struct {
	File     string     `json:"file"`
	Revision string     `json:"revision"` // after it
	Entries  []string   `json:"entries"`  // in the file's words; empty where one was removed
	Undo     []NewEntry `json:"undo"`     // entries that would bring back those that were replaced
	Remove   []OldEntry `json:"remove"`   // entries that are new, whose removal undoes it
}

// OldEntry tells an entry from others.
type OldEntry struct {
	AS     uint32 `json:"as,omitempty"`
	Prefix string `json:"prefix,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

func (c *Console) addToCatalogue(ctx context.Context, in *entriesOptions) (*Written, error) {
	if c.config.Source == nil {
		return nil, errNoExplorer
	}
	changes, err := c.changes(in.Body.Entries)
	if err != nil {
		return nil, err
	}
	return c.write(ctx, in.IfMatch, changes)
}

// removeOptions tell which entry is to be removed.
type removeOptions struct {
	IfMatch string `header:"If-Match" doc:"The etag of the file as it was seen."`
	AS      uint32 `query:"as" doc:"The AS number of the entry that is to go; or prefix."`
	Prefix  string `query:"prefix" doc:"The prefix of the entry that is to go; or as."`
	From    string `query:"from" doc:"Its first day, as the file has it."`
	To      string `query:"to" doc:"Its last day, as the file has it."`
}

func (c *Console) removeFromCatalogue(ctx context.Context, in *removeOptions) (*Written, error) {
	e := catalogue.Entry{AS: in.AS}
	var err error
	if in.Prefix != "" {
		if e.Prefix, err = netip.ParsePrefix(in.Prefix); err != nil {
			return nil, &userError{status: http.StatusBadRequest, detail: fmt.Sprintf("prefix: must be a prefix (got %.60q).", in.Prefix)}
		}
	}
	if (in.AS != 0) == (in.Prefix != "") {
		return nil, &userError{status: http.StatusBadRequest, detail: "Give either as or prefix."}
	}
	if e.From, e.To, err = catalogue.Days(in.From, in.To); err != nil {
		return nil, &userError{status: http.StatusBadRequest, detail: sentence(err.Error())}
	}
	return c.write(ctx, in.IfMatch, []catalogue.Change{{Entry: e, Remove: true}})
}

// write makes changes in the operator's file and has it read anew.
func (c *Console) write(ctx context.Context, ifMatch string, changes []catalogue.Change) (*Written, error) {
	writing.Lock()
	defer writing.Unlock()
	e, err := c.edit(ifMatch, changes)
	if err != nil {
		return nil, err
	}
	out := &Written{File: filepath.Base(e.file), Revision: catalogue.RevisionOf(e.text), Entries: []string{}, Undo: []NewEntry{}, Remove: []OldEntry{}}
	old, err := catalogue.LoadWith([]string{e.file}, e.file, e.was)
	if err != nil {
		return nil, catalogueError(err)
	}
	for i := range changes {
		out.note(&changes[i], old)
	}
	if err := catalogue.Write(e.file, e.text); err != nil {
		return nil, err
	}
	for i := range changes {
		action := "catalogue entry written"
		if changes[i].Remove {
			action = "catalogue entry removed"
			changes[i].Entry = old.Same(&changes[i].Entry)
		}
		c.audit(ctx, action, "file", e.file, "entry", changes[i].Text(), "revision", out.Revision)
	}
	if err := c.config.Reload(ctx); err != nil {
		return nil, catalogueError(err)
	}
	return out, nil
}

// note adds a change, with what undoes it. old is the file as it was.
func (w *Written) note(c *catalogue.Change, old *catalogue.Catalogue) {
	from, to := catalogue.DayTexts(&c.Entry)
	if e := old.Same(&c.Entry); e.Name != "" && e.Rule.File != catalogue.BuiltIn {
		undo := NewEntry{AS: e.AS, Name: e.Name, Type: e.Type.String(), Metro: e.Metro, From: from, To: to}
		if e.AS == 0 {
			undo.Prefix = e.Prefix.String()
		}
		w.Undo = append(w.Undo, undo)
		if !c.Remove {
			w.Entries = append(w.Entries, c.Text())
		}
		return
	}
	w.Entries = append(w.Entries, c.Text())
	r := OldEntry{AS: c.AS, From: from, To: to}
	if c.AS == 0 {
		r.Prefix = c.Prefix.String()
	}
	w.Remove = append(w.Remove, r)
}

func (c *Console) reloadCatalogue(ctx context.Context, _ *struct{}) (*Catalogue, error) {
	if c.config.Reload == nil {
		return nil, errNoExplorer
	}
	if err := c.config.Reload(ctx); err != nil {
		return nil, catalogueError(err)
	}
	c.audit(ctx, "catalogue read anew")
	return c.catalogueFiles(ctx, nil)
}
