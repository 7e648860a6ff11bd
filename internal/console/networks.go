package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tributary/internal/catalogue"
	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/flow"
	"tributary/internal/stats"
)

const (
	// maxNetworks is how many networks a list has at most: names of 80 octets, all in one filter, are less
	// than a filter may have.
	maxNetworks = 100
	// everyNetwork is more than a store has.
	everyNetwork = 1 << 24
)

// networksOptions are the parameters of a list of networks.
type networksOptions struct {
	Search       string `query:"search" doc:"Part of a name, or an AS number (AS15169 or 15169). Empty: all."`
	Type         string `query:"type" enum:"cdn,hosting,hyperscaler,isp-regional,isp-tier1,neocloud,migration,other," doc:"Traffic of this type alone."`
	Unclassified bool   `query:"unclassified" doc:"Traffic that no rule has a type for: of type other, and its known networks."`
	Range        string `query:"range" doc:"As in /explore; the newest month by default."`
	N            int    `query:"n" default:"50" minimum:"1" maximum:"100" doc:"How many are listed, largest first."`
}

// Networks are the networks of a range of time, largest first.
type Networks struct {
	Range TimeRange    `json:"range"`
	Rows  []NetworkRow `json:"rows"`
	Left  int          `json:"left"`  // how many more there are
	Bits  stats.Num    `json:"bits"`  // of all networks that were asked for, also those not listed
	Share stats.Num    `json:"share"` // of these in all bits of the range
	All   stats.Num    `json:"all"`   // bits of everything in the range
}

// TimeRange is a range of time as it was understood.
type TimeRange struct {
	Asked string    `json:"asked"` // as a question writes it
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"` // exclusive
}

// NetworkRow is a network in a list.
type NetworkRow struct {
	Name       string        `json:"name"`
	Type       TypeName      `json:"type"` // that most of its bits have
	Rule       Rule          `json:"rule"` // that says so at the end of the range
	Volume     explore.Value `json:"volume"`
	Share      stats.Num     `json:"share"`      // of all bits of the range
	Cumulative stats.Num     `json:"cumulative"` // of this and those above it in all that were asked for
	Addresses  explore.Value `json:"addresses"`  // distinct remote ones
	Numbers    []uint32      `json:"numbers"`    // AS numbers of this name at the end of the range
}

// TypeName is a network type with its name and colours in figures.
type TypeName struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Light string `json:"light"`
	Dark  string `json:"dark"`
}

func typeNameOf(t flow.NetworkType) TypeName {
	return TypeName{t.String(), figure.TypeName(t), figure.Light.Types[t], figure.Dark.Types[t]}
}

func typeNamed(name string) TypeName {
	t, err := flow.ParseNetworkType(name)
	if err != nil {
		t = flow.Other
	}
	return typeNameOf(t)
}

func (c *Console) registerNetworks(api huma.API) {
	on(c, api, operation{
		id: "list-networks", method: http.MethodGet, path: "/networks", tag: "Networks", role: Viewer,
		summary: "The networks of a range of time",
		about:   "Largest first, with the type that most of their bits have and the rule that says so. Volumes are of both directions, all regions and links, and of the asked type alone where one is asked for; nothing is suppressed.",
	}, c.networks)
	on(c, api, operation{
		id: "get-network", method: http.MethodGet, path: "/network", tag: "Networks", role: Viewer,
		summary: "One network",
		about:   "Its types with the rules that say so, volume by region, link and direction, uniqueness, magnitude, variability and persistence, by month, and when it was first and last seen. A network that is in neither the store nor the catalogue is answered with status 404; errors then lists similar names.",
	}, c.network)
	on(c, api, operation{
		id: "get-catalogue", method: http.MethodGet, path: "/catalogue", tag: "Networks", role: Viewer,
		summary: "The catalogue's files", about: "In the order in which they are asked, with the entries that they have, when they were read and whether they have been changed since. The console writes to the one that is marked.",
	}, c.catalogueFiles)
	on(c, api, operation{
		id: "preview-catalogue", method: http.MethodPost, path: "/catalogue/preview", tag: "Networks", role: Editor,
		summary: "What entries would change", about: "The shares of the last whole quarter and month by type, as they are and as they would be with the entries; nothing is written. A store that has no whole one yet is asked for the running one. Prefixes name what arrives from now on, so new ones change nothing of the past.",
	}, c.previewCatalogue)
	on(c, api, operation{
		id: "add-to-catalogue", method: http.MethodPost, path: "/catalogue/entries", tag: "Networks", role: Editor,
		summary: "Write entries into the operator's catalogue file", about: "An entry of the same AS number or prefix and the same days is replaced, others are added; comments and order stay. The file is validated as a whole before it is replaced, and read anew after. If-Match with the file's revision, as /catalogue gives it, refuses to write over changes made meanwhile.",
	}, c.addToCatalogue)
	on(c, api, operation{
		id: "remove-from-catalogue", method: http.MethodDelete, path: "/catalogue/entries", tag: "Networks", role: Editor,
		summary: "Remove an entry from the operator's catalogue file", about: "The entry of an AS number or prefix with exactly these days. See the writing of entries.",
	}, c.removeFromCatalogue)
	on(c, api, operation{
		id: "reload-catalogue", method: http.MethodPost, path: "/catalogue/reload", tag: "Networks", role: Editor,
		summary: "Read the catalogue's files anew", about: "Validated as a whole first: where something is wrong, everything stays as it was, and the answer says what and where.",
	}, c.reloadCatalogue)
}

// put puts a question to the store, or answers it from what is kept.
func (c *Console) put(ctx context.Context, q explore.Question) (*explore.Answer, error) {
	kept, err := c.answers.ask(ctx, c, q)
	if err != nil {
		return nil, exploreError(err)
	}
	return kept.answer, nil
}

// rangeOr is a range that is asked for, or the newest month.
func (c *Console) rangeOr(asked string) (string, error) {
	if c.config.Source == nil {
		return "", errNoExplorer
	}
	extent := c.config.Source().Extent()
	if extent.IsEmpty() {
		return "", errNoData
	}
	if asked == "" {
		asked = flow.MonthOf(extent.To - 1).Name
	}
	return asked, nil
}

func rangeOf(a *explore.Answer) TimeRange {
	return TimeRange{a.Question.Range, a.Name, a.From, a.To}
}

// last is the last slot of a range.
func (r *TimeRange) last() flow.Slot { return max(flow.SlotAt(r.To), 1) - 1 }

// named quotes a text for a filter.
func named(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// where is the filter of what is asked for.
func (in *networksOptions) where() string {
	var parts []string
	if text := strings.TrimSpace(in.Search); text != "" {
		part := "network ~ " + named(text)
		digits := text
		if len(text) > 2 && strings.EqualFold(text[:2], "AS") {
			digits = text[2:]
		}
		if as, err := strconv.ParseUint(digits, 10, 32); err == nil {
			part = fmt.Sprintf("(%s or as = %d)", part, as)
		}
		parts = append(parts, part)
	}
	if in.Type != "" {
		parts = append(parts, "type = "+in.Type)
	}
	if in.Unclassified {
		parts = append(parts, "type = other and network != "+catalogue.Unknown)
	}
	return strings.Join(parts, " and ")
}

func (c *Console) networks(ctx context.Context, in *networksOptions) (*Networks, error) {
	asked, err := c.rangeOr(in.Range)
	if err != nil {
		return nil, err
	}
	q := explore.Question{Measure: explore.Volume, By: []explore.Dimension{explore.ByNetwork}, Where: in.where(), Range: asked, Step: "whole", Top: in.N}
	found, err := c.put(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Where, q.By, q.Top = "", []explore.Dimension{}, 1
	all, err := c.put(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &Networks{
		Range: rangeOf(found), Rows: []NetworkRow{}, Left: found.Left,
		Bits: found.Total.Whole.Value, All: all.Total.Whole.Value, Share: ratio(found.Total.Whole.Value, all.Total.Whole.Value),
	}
	addresses, err := c.addressesOf(ctx, in.where(), found)
	if err != nil {
		return nil, err
	}
	index := indexOf(c.config.Source(), out.Range.last())
	above := 0.0
	for i := range found.Rows {
		r := &found.Rows[i]
		above += r.Whole.Value.Value
		name := r.Keys[0].Value
		row := NetworkRow{
			Name: name, Type: typeNamed(r.Keys[0].Type), Volume: r.Whole, Share: ratio(r.Whole.Value, all.Total.Whole.Value),
			Cumulative: ratio(stats.Num{Value: above, Known: true}, found.Total.Whole.Value), Addresses: addresses[name],
			Numbers: index.numbers(name),
		}
		row.Rule = index.ruleOf(name, row.Type.Type)
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// addressesOf are the distinct addresses of the networks that an answer lists, within its filter.
func (c *Console) addressesOf(ctx context.Context, where string, found *explore.Answer) (map[string]explore.Value, error) {
	out := map[string]explore.Value{}
	if len(found.Rows) == 0 {
		return out, nil
	}
	names := make([]string, len(found.Rows))
	for i := range found.Rows {
		names[i] = named(found.Rows[i].Keys[0].Value)
	}
	slices.Sort(names) // so that the same networks are the same question
	filter := "network in (" + strings.Join(names, ", ") + ")"
	if where != "" {
		filter = "(" + where + ") and " + filter
	}
	a, err := c.put(ctx, explore.Question{
		Measure: explore.Uniqueness, By: []explore.Dimension{explore.ByNetwork}, Where: filter, Range: found.Question.Range, Step: "whole", Top: maxNetworks,
	})
	if err != nil {
		return nil, err
	}
	for i := range a.Rows {
		out[a.Rows[i].Keys[0].Value] = a.Rows[i].Whole
	}
	return out, nil
}

// ratio is a part of a whole; nothing of nothing.
func ratio(part, whole stats.Num) stats.Num {
	if !part.Known || !whole.Known || whole.Value == 0 {
		return stats.Num{}
	}
	return stats.Num{Value: part.Value / whole.Value, Known: true}
}
