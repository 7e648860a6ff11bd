package figure

import "tributary/internal/flow"

// Flow is the traffic of a period by direction, region and network type: from networks of a type
// into a region, and from a region out to networks of a type.
type Flow struct {
	Regions []string
	Ingress [flow.NumNetworkTypes][]Value // bits, by type and region
	Egress  [flow.NumNetworkTypes][]Value
	// Totals by region. What is hidden in Ingress and Egress stands in them, and is drawn as one
	// band without a type.
	IngressTotal, EgressTotal []Value
	Unit                      Unit // Bits, or Index in a normalised sheet
}

// Chart draws a Sankey diagram: types, regions, types.
func (f *Flow) Chart(width int, t *Theme) Chart {
	size := fontSize(width)
	c := Chart{Width: width, Height: 560, Option: base(width, t)}
	if narrow(width) {
		c.Height = 520
	}
	c.Height = max(c.Height, int(float64(len(f.Regions))*2.6*size))
	links, nodes := f.links(t), arr{}
	seen := map[string]bool{}
	for _, l := range links {
		seen[l.from], seen[l.to] = true, true
	}
	add := func(id, name, color, position string, depth int) {
		if seen[id] {
			nodes = append(nodes, obj{
				"name": id, "depth": depth, "itemStyle": obj{"color": color, "borderWidth": 0},
				"label": obj{"position": position, "formatter": name},
			})
		}
	}
	for i := len(StackOrder) - 1; i >= 0; i-- {
		ty := StackOrder[i]
		add("in "+ty.String(), TypeName(ty), t.Types[ty], "right", 0)
		add("out "+ty.String(), TypeName(ty), t.Types[ty], "left", 2)
	}
	add("in hidden", "Hidden", t.Hidden, "right", 0)
	add("out hidden", "Hidden", t.Hidden, "left", 2)
	for i, name := range regionLabels(f.Regions, width) {
		add("at "+f.Regions[i], name, t.Strong, "right", 1)
	}
	c.Bands = f.bandWords(links)
	data := make(arr, len(links))
	for i, l := range links {
		data[i] = obj{"source": l.from, "target": l.to, "value": l.bits, "lineStyle": obj{"color": l.color, "opacity": bandOpacity}}
	}
	head := 2.2 * size
	gap := size * 1.25
	if n := float64(max(len(StackOrder)+1, len(f.Regions))); gap*n > float64(c.Height)/2 {
		gap = float64(c.Height) / 2 / n
	}
	text := textStyle(size, t.Ink)
	text["textBorderColor"], text["textBorderWidth"] = t.Paper, 3
	c.Option["series"] = arr{obj{
		"type": "sankey", "nodes": nodes, "links": data, "layoutIterations": 0, "nodeGap": gap, "nodeWidth": 12,
		"left": 2, "top": head, "width": float64(width) - 4, "height": float64(c.Height) - head - 4,
		"label": text, "emphasis": obj{"disabled": true}, "draggable": false, "silent": true,
	}}
	mid := float64(width) / 2
	elements := arr{
		boldLabel("Ingress from", 2, size*0.8, size, t.Ink, "left"),
		boldLabel("Region", mid, size*0.8, size, t.Ink, "center"),
		boldLabel("Egress to", float64(width)-2, size*0.8, size, t.Ink, "right"),
	}
	if len(links) == 0 {
		delete(c.Option, "series")
		elements = append(elements, label(emptyText(f.IngressTotal, f.EgressTotal), mid, float64(c.Height)/2, size, t.Muted, "center"))
	}
	c.Option["tooltip"] = obj{"trigger": "item", "valueFormatter": string(f.Unit)}
	c.Option["graphic"] = obj{"elements": elements}
	return c
}

// link is a band of the diagram.
type link struct {
	from, to, color string
	bits            float64
}

func (f *Flow) links(t *Theme) []link {
	var out []link
	for r, region := range f.Regions {
		at := "at " + region
		for i := len(StackOrder) - 1; i >= 0; i-- {
			ty := StackOrder[i]
			if v := f.Ingress[ty][r]; v.X > 0 {
				out = append(out, link{"in " + ty.String(), at, t.Types[ty], v.X})
			}
			if v := f.Egress[ty][r]; v.X > 0 {
				out = append(out, link{at, "out " + ty.String(), t.Types[ty], v.X})
			}
		}
		if x := remainder(f.Ingress[:], f.IngressTotal, r); x > 0 {
			out = append(out, link{"in hidden", at, t.Hidden, x})
		}
		if x := remainder(f.Egress[:], f.EgressTotal, r); x > 0 {
			out = append(out, link{at, "out hidden", t.Hidden, x})
		}
	}
	return out
}

// remainder is what a published total holds beyond its published parts, where any is hidden.
func remainder(parts [][]Value, total []Value, at int) float64 {
	known, hidden := 0.0, false
	for _, p := range parts {
		known += p[at].X
		hidden = hidden || p[at].State == Hidden
	}
	if !hidden || !total[at].OK() {
		return 0
	}
	return max(0, total[at].X-known)
}
