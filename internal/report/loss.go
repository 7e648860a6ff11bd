package report

import (
	"math"
	"strconv"
	"strings"

	"tributary/internal/figure"
	"tributary/internal/stats"
)

// lossSteps are the steps of a published share of loss, which is rounded up: 0.01 % each. The estimate
// knows no more, and a share with all its digits would tell the counts that it is of, which are hidden
// where a total is.
const lossSteps = 10_000

// lossShare is a loss as it is published.
func lossShare(l *stats.Loss) figure.Value {
	if l.Records == 0 && l.Lost == 0 {
		return figure.Value{}
	}
	share := l.Share()
	if share == 0 {
		return figure.Num(0)
	}
	const slack = 1e-9 // so that 0.1 %, which no float64 is, is not 0.11 %
	return figure.Num(max(1, math.Ceil(share*lossSteps-slack)) / lossSteps)
}

// lossPercent writes a published share of loss with all its digits: "0.34 %".
func lossPercent(v figure.Value) string {
	if !v.OK() {
		return v.Text(figure.Percent)
	}
	return strconv.FormatFloat(math.Round(v.X*lossSteps)/100, 'f', -1, 64) + nbsp + "%"
}

// lose books what never arrived of a region's exporters.
func (r *RegionCoverage) lose(l *stats.Loss) {
	r.Loss = lossShare(l)
	if r.Read != nil {
		r.Read.Lost = uint64(math.Round(l.Lost))
		r.Read.Overrun, r.Read.Late, r.Read.Restarts, r.Read.Bounds = l.Overrun, l.Late, l.Restarts, l.Reached()
	}
}

// worse books one exporter of the region.
func (r *RegionCoverage) worse(l *stats.Loss) {
	if l.Lost > 0 {
		r.Losing++
	}
	if v := lossShare(l); v.OK() && (!r.Worst.OK() || v.X > r.Worst.X) {
		r.Worst = v
	}
}

// lossText says in words how much never arrived, where most of it, and that nothing is corrected.
func lossText(regions []RegionCoverage, all *RegionCoverage) string {
	switch {
	case !all.Loss.OK():
		return "How much of the export never arrived is not known: no record was read in the period."
	case all.Losing == 0:
		return "By the sequence numbers of the export, nothing that the exporters sent is missing."
	}
	var b strings.Builder
	b.WriteString("By the sequence numbers of the export, an estimated " + lossPercent(all.Loss) +
		" of the exported records never arrived")
	if worst := worstRegion(regions); len(regions) > 1 && worst != nil {
		b.WriteString(", the largest share in " + worst.Region + ": " + lossPercent(worst.Loss))
	}
	b.WriteString(". " + losing(all) + " No number is corrected for it: volumes and rates are too low by about as much.")
	return b.String()
}

// losing says how the loss is spread over exporters.
func losing(all *RegionCoverage) string {
	if all.Exporters == 1 {
		return "It is all of one exporter."
	}
	return grouped(uint64(all.Losing)) + " of " + grouped(uint64(all.Exporters)) + " exporters lost something; the worst of them lost " + lossPercent(all.Worst) + "."
}

// worstRegion is the one with the largest share lost; nil where nothing was.
func worstRegion(regions []RegionCoverage) *RegionCoverage {
	var worst *RegionCoverage
	for i := range regions {
		r := &regions[i]
		if r.Loss.OK() && r.Loss.X > 0 && (worst == nil || r.Loss.X > worst.Loss.X) {
			worst = r
		}
	}
	return worst
}
