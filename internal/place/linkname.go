package place

import "tributary/internal/flow"

// LinkNames returns the function from an interface of an exporter to the name of its link; "" is the
// unlisted one. It is made once for many interfaces.
func (t *Tables) LinkNames(exporter flow.Addr) func(ifIndex uint32) string {
	links := compileLinks(t.config.Links, exporter.Netip())
	return func(ifIndex uint32) string {
		if i := links.find(ifIndex); i > 0 {
			return t.config.Links[i-1].Name
		}
		return ""
	}
}
