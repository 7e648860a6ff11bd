package figure

import (
	"math"
	"slices"

	"tributary/internal/flow"
)

// CloudTypes are the types of the group cloud, in the order of a stack.
var CloudTypes = [...]flow.NetworkType{flow.Hosting, flow.Hyperscaler, flow.Neocloud}

// Clouds is the traffic with clouds over time: volume, share and number of networks by type, and volume
// by region.
type Clouds struct {
	Months   []string
	Volume   [len(CloudTypes)][]Value // bits, by type and month
	Total    []Value                  // bits of all cloud types, by month
	Share    [len(CloudTypes)][]Value // of all bits
	All      []Value                  // share of all cloud types
	Networks [len(CloudTypes)][]Value
	Regions  []string
	Region   [][]Value // bits of all cloud types, by region and month
	Unit     Unit      // of bits
}

// Chart draws four panels: two by two, or one above the other on a phone.
func (f *Clouds) Chart(width int, t *Theme) Chart {
	c := Chart{Width: width, Option: base(width, t)}
	w, h := float64(width), 290.0
	areas := [4]plot{{0, 0, w, h}, {0, h + 16, w, h}, {0, 2*h + 32, w, h}, {0, 3*h + 48, w, h}}
	if !narrow(width) {
		half := w/2 - 12
		h = 320
		areas = [4]plot{{0, 0, half, h}, {half + 24, 0, half, h}, {0, h + 20, half, h}, {half + 24, h + 20, half, h}}
	}
	c.Height = int(areas[3].bottom())
	f.volume(&c, areas[0], t)
	shares := append(f.types(f.Share[:], t), f.all(t)...)
	_, high := span(shares)
	panel := linePanel{months: f.Months, curves: shares, scale: linearScale(min(1, high), 5, Percent), width: width, theme: t, empty: emptyText(append(f.Share[:], f.All)...)}
	panel.draw(&c, areas[1], "Share of all bits")
	networks := f.types(f.Networks[:], t)
	_, high = span(networks)
	panel = linePanel{months: f.Months, curves: networks, scale: linearScale(high, 5, Count), width: width, theme: t, empty: emptyText(f.Networks[:]...)}
	panel.draw(&c, areas[2], "Number of networks")
	regions := f.regions(width, t)
	_, high = span(regions)
	panel = linePanel{months: f.Months, curves: regions, scale: linearScale(high, 5, f.Unit), width: width, theme: t, empty: emptyText(f.Region...)}
	panel.draw(&c, areas[3], "Volume of all cloud by region")
	c.Option["tooltip"] = obj{"trigger": "axis"}
	return c
}

func (f *Clouds) types(values [][]Value, t *Theme) []curve {
	var out []curve
	for i, ty := range CloudTypes {
		if anyKnown(values[i]) {
			out = append(out, curve{TypeName(ty), values[i], t.Types[ty], symbols[ty], "solid"})
		}
	}
	return out
}

func (f *Clouds) all(t *Theme) []curve {
	if !anyKnown(f.All) {
		return nil
	}
	return []curve{{"All cloud", f.All, t.Strong, "circle", "dashed"}}
}

// regions are lines of the regions with the first names, told apart as those of IPVersions.
func (f *Clouds) regions(width int, t *Theme) []curve {
	v := IPVersions{Regions: f.Regions, Region: f.Region}
	return regionCurves(&v, width, t)
}

// volume draws bars stacked by type: a month in which a type is hidden has the others' alone, and says so
// above.
func (f *Clouds) volume(c *Chart, area plot, t *Theme) {
	size := fontSize(c.Width)
	high := 0.0
	for m := range f.Months {
		high = max(high, f.stack(m, len(CloudTypes)))
	}
	s := linearScale(high, 5, f.Unit)
	var names []string
	for _, ty := range CloudTypes {
		names = append(names, TypeName(ty))
	}
	p := plot{left: area.left + s.width(size) + 12, top: area.top + 2.8*size}
	p.width = area.left + area.width - p.left - tagColumn(names, size)
	p.height = area.top + area.height - p.top - 2.5*size - 12
	x, y := monthAxis(f.Months, p, c.Width, t, true), s.axis(c.Width, t)
	index := c.panel(p, x, y)
	for i, ty := range CloudTypes {
		data := make(arr, len(f.Months))
		for m, v := range f.Volume[i] {
			data[m] = v.datum()
		}
		push(c.Option, "series", obj{
			"type": "bar", "stack": "clouds", "name": TypeName(ty), "data": data, "xAxisIndex": index, "yAxisIndex": index, "barMaxWidth": 60,
			"itemStyle": obj{"color": t.Types[ty], "borderColor": t.Paper, "borderWidth": 1}, "emphasis": obj{"disabled": true},
		})
	}
	elements := append(arr{boldLabel("Volume", area.left, area.top+size*0.8, size, t.Ink, "left")}, tags(f.tags(s, p, t), p, size, t)...)
	for m, v := range f.Total {
		if v.OK() {
			continue
		}
		l := label(v.Text(f.Unit), monthAt(m, len(f.Months), p, true), 0, size*0.92, t.Muted, "left")
		l["rotation"] = math.Pi / 2
		l["y"] = min(s.at(f.stack(m, len(CloudTypes)), p)-4, p.bottom()-4)
		elements = append(elements, l)
	}
	addGraphic(c, elements)
	c.Tips = append(c.Tips, monthTips(f.Months, p, true, func(m int) []string {
		var lines []string
		for i, ty := range slices.Backward(CloudTypes[:]) {
			lines = append(lines, tipLine(TypeName(ty), f.Volume[i][m], f.Unit))
		}
		return append(lines, tipLine("All cloud", f.Total[m], f.Unit))
	})...)
}

// stack is the height of the first n types' bars in a month.
func (f *Clouds) stack(month, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += f.Volume[i][month].X
	}
	return sum
}

// tags name the bars at the last month that has any.
func (f *Clouds) tags(s scale, p plot, t *Theme) []tag {
	last := len(f.Months) - 1
	for last > 0 && f.stack(last, len(CloudTypes)) == 0 {
		last--
	}
	var out []tag
	for i, ty := range CloudTypes {
		if last >= 0 && sum(f.Volume[i]) > 0 {
			out = append(out, tag{s.at(f.stack(last, i)+f.Volume[i][last].X/2, p), TypeName(ty), t.Types[ty], "rect"})
		}
	}
	return out
}
