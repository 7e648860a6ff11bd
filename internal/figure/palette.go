package figure

import (
	"fmt"
	"strings"

	"tributary/internal/flow"
)

// rampSteps is the number of colours of a heatmap: as many as can be told apart side by side.
const rampSteps = 9

// darkFrom is the step from which numbers on the ramp are written in the second ink.
const darkFrom = 5

// Theme is a set of colours, "#rrggbb" in lower case, all different: an SVG in a page has them
// replaced by CSS variables, by their value.
type Theme struct {
	Name    string
	Paper   string // the background that figures are drawn for; they draw none themselves
	Ink     string // text
	Muted   string // secondary text
	Rule    string // axes and grid lines
	Strong  string // marks that are no network type: regions, groups
	Hidden  string // suppressed cells; hatched in an SVG
	Nothing string // cells without data
	Link    string // bands of a Sankey that belong to no type
	Types   [flow.NumNetworkTypes]string
	Ramp    [rampSteps]string // of heatmaps, from least to most
	RampInk [2]string         // numbers on the steps before darkFrom, and from it on
}

// StackOrder is the order of types in figures, from the bottom of a stack: groups stay together,
// and colours that touch are those that differ most.
var StackOrder = [flow.NumNetworkTypes]flow.NetworkType{
	flow.ISPRegional, flow.ISPTier1, flow.CDN, flow.Hosting, flow.Hyperscaler, flow.Neocloud, flow.Migration, flow.Other,
}

// The colours of types descend from Okabe and Ito's set, with lightness spread further so that they
// differ for every kind of colour vision; palette_test.go measures that.
var (
	Light = Theme{
		Name: "light", Paper: "#ffffff", Ink: "#1a1c20", Muted: "#5c626b", Rule: "#d9dce1", Strong: "#3a3f47",
		Hidden: "#e6e7ea", Nothing: "#f4f5f6", Link: "#c9cdd3",
		Types: [...]string{
			flow.CDN: "#5bb8f0", flow.Hosting: "#1a8a5a", flow.Hyperscaler: "#00437f", flow.ISPRegional: "#f0a111",
			flow.ISPTier1: "#583a16", flow.Migration: "#b070b0", flow.Neocloud: "#d24505", flow.Other: "#a8adb3",
		},
		Ramp:    [...]string{"#f1f6fb", "#dbe8f4", "#bfd7eb", "#9dc2e0", "#76a9d2", "#3576b0", "#2a69a3", "#17528a", "#083b6e"},
		RampInk: [...]string{"#1b1d21", "#fefefe"},
	}
	Dark = Theme{
		Name: "dark", Paper: "#14161a", Ink: "#eceef1", Muted: "#a2a8b1", Rule: "#343941", Strong: "#c8cdd4",
		Hidden: "#2b2f36", Nothing: "#1c1f24", Link: "#454b54",
		Types: [...]string{
			flow.CDN: "#b4dcfa", flow.Hosting: "#3fae78", flow.Hyperscaler: "#5573cf", flow.ISPRegional: "#fad04f",
			flow.ISPTier1: "#94683a", flow.Migration: "#e996c8", flow.Neocloud: "#f56a12", flow.Other: "#747880",
		},
		Ramp:    [...]string{"#1b2430", "#1c3045", "#1d3d5c", "#1f4c75", "#225c90", "#5a9bd4", "#84b8e3", "#b0d2ef", "#dcecf9"},
		RampInk: [...]string{"#eceef2", "#101216"},
	}
)

// onRamp is the colour of a number on a step of the ramp.
func (t *Theme) onRamp(step int) string {
	if step < darkFrom {
		return t.RampInk[0]
	}
	return t.RampInk[1]
}

type variable struct{ name, value string }

// variables are the colours by the names of their CSS variables.
func (t *Theme) variables() []variable {
	v := []variable{
		{"paper", t.Paper}, {"ink", t.Ink}, {"muted", t.Muted}, {"rule", t.Rule}, {"strong", t.Strong},
		{"hidden", t.Hidden}, {"nothing", t.Nothing}, {"link", t.Link},
		{"ramp-ink-0", t.RampInk[0]}, {"ramp-ink-1", t.RampInk[1]},
	}
	for i, c := range t.Types {
		v = append(v, variable{flow.NetworkType(i).String(), c})
	}
	for i, c := range t.Ramp {
		v = append(v, variable{fmt.Sprintf("ramp-%d", i), c})
	}
	return v
}

// CSS declares the theme's colours as custom properties: "--paper:#ffffff;…".
func (t *Theme) CSS() string {
	var b strings.Builder
	for _, v := range t.variables() {
		fmt.Fprintf(&b, "--%s:%s;", v.name, v.value)
	}
	return b.String()
}

// TypeName is the name of a type as people write it.
func TypeName(t flow.NetworkType) string {
	return [...]string{
		flow.CDN: "CDN", flow.Hosting: "Hosting", flow.Hyperscaler: "Hyperscaler", flow.ISPRegional: "ISP regional",
		flow.ISPTier1: "ISP tier 1", flow.Migration: "Migration", flow.Neocloud: "Neocloud", flow.Other: "Other",
	}[t]
}
