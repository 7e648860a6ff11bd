package simulate

import (
	"os"
	"path/filepath"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/config"
	"tributary/internal/flow"
)

// TestConfigurationsAreValid has package config read what the fleet and the scenario print.
func TestConfigurationsAreValid(t *testing.T) {
	f := func(text string, regions, exporters, links int) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "tributary.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Regions) != regions || len(c.Exporters) != exporters || len(c.Links) != links {
			t.Errorf("the configuration has %d regions, %d exporters, %d links; want %d, %d, %d",
				len(c.Regions), len(c.Exporters), len(c.Links), regions, exporters, links)
		}
	}
	f(ConfigYAML(false), 4, len(routers), len(links)-1) // one link is not listed
	f(ConfigYAML(true), 4, len(routers), len(links)-1)
	f(ScenarioYAML(), 4, len(ScenarioOverrides()), len(ScenarioLinks()))
}

// TestScenarioCatalogueIsRead has package catalogue read the scenario's.
func TestScenarioCatalogueIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "networks.yaml")
	if err := os.WriteFile(path, []byte(ScenarioCatalogue()), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := catalogue.Load([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range ScenarioNetworks() {
		if name, typ, _, ok := c.AS(n.AS, ScenarioFrom); !ok || name != n.Name || typ != n.Type {
			t.Errorf("AS %d is %q, %v, %v; want %q, %v", n.AS, name, typ, ok, n.Name, n.Type)
		}
	}
	for _, p := range ScenarioPrefixes {
		if typ, _, ok := c.Prefix(p.Name, ScenarioFrom); !ok || typ != p.Type {
			t.Errorf("prefix %s is %v, %v; want %v", p.Name, typ, ok, p.Type)
		}
	}
}

// TestNetworksAreOfTheirType checks that the built-in catalogue types every network of the story as
// the story does: else the demo would not tell it.
func TestNetworksAreOfTheirType(t *testing.T) {
	c, err := catalogue.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	for i := range networks {
		n := &networks[i]
		if seen[n.as] {
			t.Errorf("AS %d is in the story twice", n.as)
		}
		seen[n.as] = true
		_, typ, _, ok := c.AS(n.as, First)
		switch n.typ {
		case flow.Migration, flow.Other:
			if ok {
				t.Errorf("AS %d is %v in the built-in catalogue, want it in nobody's", n.as, typ)
			}
		default:
			if !ok || typ != n.typ {
				t.Errorf("AS %d is %v (%v) in the built-in catalogue, want %v", n.as, typ, ok, n.typ)
			}
		}
	}
	if len(networks) > maxNetworks {
		t.Errorf("the story has %d networks, and the simulated address space room for %d", len(networks), maxNetworks)
	}
}
