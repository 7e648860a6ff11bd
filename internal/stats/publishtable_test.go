package stats

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"

	"tributary/internal/flow"
)

// tableMaker builds whole tables from their innermost cells.
type tableMaker struct {
	total []int // as Table.Total
	cells map[tableKey]*TableCell
}

type tableKey struct {
	period int
	key    Key
}

// add adds octets of one innermost cell, and so to all its totals.
func (m *tableMaker) add(period int, k Key, c TableCell) {
	if m.cells == nil {
		m.cells = map[tableKey]*TableCell{}
	}
	for p := period; p >= 0; p = m.total[p] {
		for _, r := range []string{k.Region, AllRegions} {
			for _, t := range []flow.NetworkType{k.Type, AllTypes} {
				for _, d := range []flow.Direction{k.Direction, flow.Both} {
					for _, v := range []uint8{k.Version, AllVersions} {
						key := Key{r, t, d, v}
						sum := m.cells[tableKey{p, key}]
						if sum == nil {
							sum = &TableCell{Period: p, Key: key, Octets: new(big.Int)}
							m.cells[tableKey{p, key}] = sum
						}
						sum.Octets.Add(sum.Octets, c.Octets)
						sum.Addresses += c.Addresses
						sum.Networks = max(sum.Networks, c.Networks)
						if key == k {
							sum.Dominance = c.Dominance
						} else {
							sum.Dominance = max(0.1, min(sum.Dominance, c.Dominance))
						}
					}
				}
			}
		}
	}
}

func (m *tableMaker) table() *Table {
	t := &Table{Total: m.total}
	for _, c := range m.cells {
		t.Cells = append(t.Cells, *c)
	}
	slices.SortFunc(t.Cells, func(a, b TableCell) int {
		if a.Period != b.Period {
			return a.Period - b.Period
		}
		return a.Key.Compare(b.Key)
	})
	return t
}

// realistic is a table as a network of some regions has it: types of very different sizes, IPv6 a
// few percent of IPv4, directions uneven, some cells empty, thin or dominated.
func realistic(seed uint64, regions int, total []int) *Table {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := &tableMaker{total: total}
	inner := make([]bool, len(total))
	for p := range total {
		inner[p] = !slices.Contains(total, p)
	}
	for r := range regions {
		region := string(rune('A'+r%26)) + string(rune('a'+r/26))
		for typ := range flow.NumNetworkTypes {
			base := math.Exp(rng.NormFloat64()*2+30) * math.Pow(0.6, float64(r))
			networks := math.Exp(rng.Float64() * 6)
			for d := range flow.Both {
				for _, v := range []uint8{4, 6} {
					size := base * math.Exp(rng.NormFloat64()*0.7)
					n := networks
					if v == 6 {
						size *= 0.1 * rng.Float64()
						n *= 0.5
					}
					if n < 1.5 && v == 6 {
						continue // nobody there has IPv6
					}
					for p := range total {
						if !inner[p] {
							continue
						}
						month := size * math.Exp(rng.NormFloat64()*0.1)
						m.add(p, Key{region, typ, d, v}, TableCell{
							Octets:    big.NewInt(int64(month) + 1),
							Addresses: n * (3 + 50*rng.Float64()),
							Networks:  uint64(n) + 1,
							Dominance: 1 / math.Pow(n, 0.3) * math.Sqrt(rng.Float64()),
						})
					}
				}
			}
		}
	}
	return m.table()
}
