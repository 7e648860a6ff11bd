package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tributary/internal/flow"
	"tributary/internal/rollup"
)

const (
	storeNetworks = 16_000 // in all
	steadyRanks   = 4_000  // networks active every day; the others every other day, so ten thousand in all
	storePlaces   = 240
	samplingRate  = 1000
)

// storeCell is one cell and how it behaves.
type storeCell struct {
	rollup.Cell
	network int
	slots   float64 // expected slots a day with octets
	octets  float64 // mean octets of such a slot
	phase   float64 // of its day's rhythm, in slots
	places  []uint32
	salt    uint64 // chooses who is there on a day

	addresses []uint64 // hashes of all addresses it ever sees, ascending
}

// storeWorld is what does not change from day to day.
type storeWorld struct {
	cells   []storeCell // sorted as rows are
	regions []uint16
}

// newStoreWorld makes a world in which a day has about so many traffic rows.
func newStoreWorld(names *flow.Names, rowsADay float64) *storeWorld {
	w := &storeWorld{}
	random := rand.New(rand.NewPCG(storeSeed, 1))
	var links [][]uint16
	for r, region := range storeRegions {
		w.regions = append(w.regions, uint16(names.Regions.ID(region)))
		var list []uint16
		for l := range storeLinks {
			list = append(list, uint16(names.Links.ID(linkName(r, l))))
		}
		links = append(links, list)
	}
	var places []uint32
	for i := range storePlaces {
		country := []string{"US", "DE", "CA", "NL", "GB", "FR", "JP", "BR", "IN", "SE", "PL", "IT"}[min(i%17, i%12)]
		places = append(places, names.Places.ID(flow.Place{Country: country, Subdivision: fmt.Sprintf("S%d", i%40), City: fmt.Sprintf("City %d", i)}))
	}
	for n := range storeNetworks {
		w.addNetwork(n, random, links, places, names)
	}
	slices.SortFunc(w.cells, func(a, b storeCell) int { return a.Cell.Compare(b.Cell) })
	w.calibrate(rowsADay)
	return w
}

// addNetwork gives a network its cells: the larger, the more regions and links it is met at.
func (w *storeWorld) addNetwork(n int, random *rand.Rand, links [][]uint16, places []uint32, names *flow.Names) {
	size := 1 / float64(n+1)
	wanted := min(48, max(2, int(80*math.Pow(size, 0.45)))) // of the 64 that there are
	pools := map[uint8][]uint64{4: newPool(n, 4), 6: newPool(n, 6)}
	seen := map[rollup.Cell]bool{}
	for len(seen) < wanted {
		region := min(random.IntN(5), 3)
		link := random.IntN(4)
		if link == 3 { // the onboarding link is for a handful of partners
			link = 4
			if n%2000 == 7 {
				link = 3
			}
		}
		c := rollup.Cell{AS: uint32(storeAS + n), Region: w.regions[region], Link: links[region][link], Version: 4}
		if random.IntN(4) == 0 {
			c.Version = 6
		}
		if n%8 == 3 && n < 64 && random.IntN(2) == 0 { // neoclouds with named prefixes
			c.Prefix = names.Prefixes.ID(prefixName(n / 8))
		}
		near := places[random.IntN(len(places)):]
		for _, d := range []flow.Direction{flow.Ingress, flow.Egress} {
			if c.Direction = d; seen[c] {
				continue
			}
			seen[c] = true
			salt := random.Uint64()
			addresses := among(pools[c.Version], salt, cellShare/float64(wanted))
			if len(addresses) == 0 {
				addresses = pools[c.Version][:1]
			}
			w.cells = append(w.cells, storeCell{
				Cell: c, network: n, phase: random.Float64() * flow.SlotsPerDay,
				octets: 4e11 * math.Pow(size, 0.8) / float64(wanted) * math.Exp(random.NormFloat64()),
				places: near[:min(len(near), 1+int(3*math.Pow(size, 0.25)))],
				salt:   salt, addresses: addresses,
			})
		}
	}
}

// calibrate gives the networks' cells their slots a day in Zipf's proportions, so that the sum is
// about rows.
func (w *storeWorld) calibrate(rows float64) {
	cells := make([]float64, storeNetworks)
	for i := range w.cells {
		cells[w.cells[i].network]++
	}
	slots := func(n int, c float64) float64 { return min(flow.SlotsPerDay*0.97, c/float64(n+1)/cells[n]) }
	low, high := 0.0, 1e7
	for range 60 {
		c, sum := (low+high)/2, 0.0
		for i := range w.cells {
			n := w.cells[i].network
			s := max(1, slots(n, c))
			if n >= steadyRanks {
				s /= 2
			}
			sum += s
		}
		if sum < rows {
			low = c
		} else {
			high = c
		}
	}
	for i := range w.cells {
		w.cells[i].slots = max(1, slots(w.cells[i].network, low))
	}
}

// day makes the rows of a day, sorted as a tally's are; byHour gives sketches for each hour instead
// of one for the day.
func (w *storeWorld) day(day flow.Slot, byHour bool) *rollup.Batch {
	random := rand.New(rand.NewPCG(storeSeed, uint64(day)))
	b := &rollup.Batch{}
	slots := make([][]rollup.Traffic, flow.SlotsPerDay)
	places := make([][]rollup.Place, flow.SlotsPerDay/flow.SlotsPerHour)
	season := 1 + 0.3*math.Sin(float64(day)/flow.SlotsPerDay/60)
	active := make([]bool, storeNetworks)
	for n := range active {
		active[n] = n < steadyRanks || random.IntN(2) == 0
	}
	for i := range w.cells {
		c := &w.cells[i]
		if !active[c.network] {
			continue
		}
		if !w.cellDay(c, day, season, random, slots, places) {
			continue
		}
		w.endpoints(b, c, day, byHour)
	}
	for _, s := range slots {
		b.Traffic = append(b.Traffic, s...)
	}
	for _, p := range places {
		b.Places = append(b.Places, p...)
	}
	slices.SortStableFunc(b.Endpoints, func(x, y rollup.Endpoints) int { return int(x.Hour) - int(y.Hour) })
	w.health(b, day)
	return b
}

// cellDay adds the traffic and the places of a cell's day; false if it has none.
func (w *storeWorld) cellDay(c *storeCell, day flow.Slot, season float64, random *rand.Rand, slots [][]rollup.Traffic, places [][]rollup.Place) bool {
	last, any := -1, false
	add := func(s int) {
		rhythm := 1 + 0.6*math.Sin(2*math.Pi*(float64(s)-c.phase)/flow.SlotsPerDay)
		octets := uint64(c.octets * season * rhythm * (0.5 + random.ExpFloat64()))
		packets := octets/900 + 1
		row := rollup.Traffic{Slot: day + flow.Slot(s), Cell: c.Cell, Count: rollup.Count{
			Octets: octets, Packets: packets, Flows: 1 + packets/50/samplingRate, V: rollup.U128(octets).Mul64((samplingRate - 1) * 1200),
		}}
		slots[s] = append(slots[s], row)
		any = true
		hour := s / flow.SlotsPerHour
		if hour != last {
			last = hour
			for _, p := range c.places {
				places[hour] = append(places[hour], rollup.Place{Hour: day + flow.Slot(hour*flow.SlotsPerHour), Cell: c.Cell, Place: p})
			}
		}
		part := octets / uint64(len(c.places))
		for i := range c.places {
			p := &places[hour][len(places[hour])-1-i]
			p.Octets += part
			p.V = p.V.Add(rollup.U128(part).Mul64((samplingRate - 1) * 1200))
		}
	}
	if p := c.slots / flow.SlotsPerDay; p > 0.2 {
		for s := range flow.SlotsPerDay {
			if random.Float64() < p {
				add(s)
			}
		}
		return any
	}
	var chosen [64]int
	n := min(len(chosen), int(c.slots+random.Float64()))
	for i := range n {
		chosen[i] = random.IntN(flow.SlotsPerDay)
	}
	slices.Sort(chosen[:n])
	for i, s := range chosen[:n] {
		if i == 0 || s != chosen[i-1] {
			add(s)
		}
	}
	return any
}

// health adds that all exporters were heard all day.
func (w *storeWorld) health(b *rollup.Batch, day flow.Slot) {
	for s := range flow.Slot(flow.SlotsPerDay) {
		for r := range storeRegions {
			for e := range exporters {
				b.Health = append(b.Health, flow.Health{
					Slot: day + s, Exporter: exporterOf(r, e), Region: w.regions[r], Datagrams: 4000, Records: 100_000, Kept: 100_000, Rates: []uint32{samplingRate},
				})
			}
		}
	}
}
