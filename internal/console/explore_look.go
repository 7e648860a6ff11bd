package console

import (
	"tributary/internal/explore"
	"tributary/internal/figure"
	"tributary/internal/flow"
)

// look is what a value is called and drawn in.
type look struct{ name, light, dark string }

// groupLooks are those of groups of network types: the colour is that of one of the group's types.
var groupLooks = func() map[string]look {
	out := map[string]look{}
	for _, t := range []flow.NetworkType{flow.CDN, flow.Migration, flow.Other} { // each a group of its own
		out[t.Group()] = typeLook(t)
	}
	out[flow.Hyperscaler.Group()] = look{"Cloud", figure.Light.Types[flow.Hyperscaler], figure.Dark.Types[flow.Hyperscaler]}
	out[flow.ISPRegional.Group()] = look{"ISP", figure.Light.Types[flow.ISPRegional], figure.Dark.Types[flow.ISPRegional]}
	return out
}()

func typeLook(t flow.NetworkType) look {
	return look{figure.TypeName(t), figure.Light.Types[t], figure.Dark.Types[t]}
}

// dress gives the keys of types and groups the names and colours that figures have, and networks the
// colour of their type.
func dress(a *explore.Answer) {
	for at, d := range a.Question.By {
		for i := range a.Rows {
			k := &a.Rows[i].Keys[at]
			switch d {
			case explore.ByType:
				if t, err := flow.ParseNetworkType(k.Value); err == nil {
					l := typeLook(t)
					k.Name, k.Light, k.Dark = l.name, l.light, l.dark
				}
			case explore.ByGroup:
				if l, ok := groupLooks[k.Value]; ok {
					k.Name, k.Light, k.Dark = l.name, l.light, l.dark
				}
			case explore.ByNetwork, explore.ByAS:
				if t, err := flow.ParseNetworkType(k.Type); err == nil {
					l := typeLook(t)
					k.Light, k.Dark = l.light, l.dark
				}
			}
		}
	}
}
