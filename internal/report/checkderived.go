package report

import (
	"slices"
	"strings"

	"tributary/internal/figure"
)

// checkDerived computes anew, from the tables, what findings derive from two or three of their numbers:
// changes year on year and of regions' shares, shares of cells and of types, and the sum of two types.
// Coefficients of variation, changes of rates and what is of the section on coverage are not.
func (r *Report) checkDerived() []string {
	var out failures
	for i := range r.Findings {
		f := &r.Findings[i]
		for j := range f.Numbers {
			n := &f.Numbers[j]
			if want, ok := r.derive(f, j); n.Derived && ok && !same(want, n.Value) {
				out.add("a finding derives %v as %s, and its figures %v: %s", n.Value.X, n.Name, want.X, f.Text)
			}
		}
	}
	return out
}

// derive is what the j-th number of a finding should be; false where that is not known here.
func (r *Report) derive(f *Finding, j int) (figure.Value, bool) {
	n := &f.Numbers[j]
	period := r.Period.Title()
	if strings.HasSuffix(n.Name, " before") {
		period = r.Before.Title()
	}
	name := strings.TrimSuffix(n.Name, " before")
	switch f.Rule {
	case "year on year": // the change, the later volume, the earlier
		if j == 0 && len(f.Numbers) == 3 {
			return quotient(f.Numbers[1].Value, f.Numbers[2].Value, -1)
		}
	case "region move": // the share before, the share, the change in points
		if j == 2 {
			return figure.Num(100 * (f.Numbers[1].Value.X - f.Numbers[0].Value.X)), true
		}
		if heat := r.figure("heat-volume"); heat != nil {
			return quotient(heat.Table.cell(period, strings.TrimSuffix(name, " share"), "All types"), heat.Table.cell(period, "All regions", "All types"), 0)
		}
	case "region's type":
		region, typeName, ok := strings.Cut(name, " share of ")
		if heat := r.figure("heat-volume"); ok && heat != nil {
			return quotient(heat.Table.cell(period, region, typeName), heat.Table.cell(period, "All regions", typeName), 0)
		}
	case "largest cell": // the volume, and its share
		if k := slices.IndexFunc(r.Key, func(k Number) bool { return k.Name == "Volume" }); j == 1 && k >= 0 {
			return quotient(f.Numbers[0].Value, r.Key[k].Value, 0)
		}
	case "ai clouds":
		if shares := r.figure("shares"); shares != nil {
			a, b := shares.Table.cell(period, "Neocloud"), shares.Table.cell(period, "Hyperscaler")
			return figure.Num(a.X + b.X), a.OK() && b.OK()
		}
	}
	return figure.Value{}, false
}

// quotient is a over b, plus a number; false where it is not known.
func quotient(a, b figure.Value, plus float64) (figure.Value, bool) {
	if !a.OK() || !b.OK() || b.X == 0 {
		return figure.Value{}, false
	}
	return figure.Num(a.X/b.X + plus), true
}
