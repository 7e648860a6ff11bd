package console

import "strings"

const (
	// mergeFrom is of how many exporters the same is said once: a screen holds a few notes, and the one
	// that matters must not drown in a hundred that are alike.
	mergeFrom = 4
	// maxEach bounds what a merged note is unfolded to.
	maxEach = 100
)

// noteKind is what notes have in common that are merged.
type noteKind struct{ level, together string }

func (n *Note) kind() noteKind { return noteKind{n.Level, n.together} }

// merged says once what is to be said of many exporters, where the first of their notes stands.
func merged(notes []Note) []Note {
	of := map[noteKind]int{}
	for i := range notes {
		of[notes[i].kind()]++
	}
	out := notes[:0:0]
	at := map[noteKind]int{} // in out
	for i := range notes {
		n := &notes[i]
		kind := n.kind()
		if n.together == "" || of[kind] < mergeFrom {
			out = append(out, *n)
			continue
		}
		j, begun := at[kind]
		if !begun {
			j, at[kind] = len(out), len(out)
			out = append(out, Note{
				Level: n.Level, Loses: n.Loses, Do: n.Do, Count: of[kind],
				What: count(uint64(of[kind]), "exporter") + " " + n.together,
			})
		}
		out[j].append(n)
	}
	if len(out) == 0 {
		return []Note{} // in the answer a list, not null
	}
	return out
}

// append adds what is said of one exporter. What helps each of them is one block of lines.
func (n *Note) append(one *Note) {
	if one.Do != n.Do { // as it names the exporter
		n.Do = "What to do about each stands with it."
	}
	if len(n.Each) == maxEach {
		return
	}
	n.Each = append(n.Each, *one)
	switch lines, same := strings.CutPrefix(one.YAML, exportersLine); {
	case n.YAML == "":
		n.YAML = one.YAML
	case same:
		n.YAML += lines
	}
}

// markExporters gives each exporter the level of the worst note about it; notes are sorted by level.
func markExporters(exporters []ExporterStatus, notes []Note) {
	worst := map[string]string{}
	for i := range notes {
		n := &notes[i]
		if _, known := worst[n.Exporter]; !known && n.Exporter != "" && n.Level != "info" {
			worst[n.Exporter] = n.Level
		}
	}
	for i := range exporters {
		exporters[i].Level = worst[exporters[i].Address]
	}
}
