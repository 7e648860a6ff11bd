package main

import (
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/place"
)

// loadConfig reads the configuration that the command line names. Every error of it is a usage
// error: exit status 2.
func (m *Main) loadConfig() (*config.Config, error) {
	c, err := config.Load(m.Config)
	if err != nil {
		return nil, usagef("%w", err)
	}
	return c, nil
}

// newExporters makes the table of the exporters that the configuration admits.
func newExporters(c *config.Config, names *flow.Names) (*place.Exporters, error) {
	meters := map[config.Metering]place.Meter{
		config.LearnMetering: place.MeterLearnt, config.MeterIngress: place.MeterIngress,
		config.MeterEgress: place.MeterEgress, config.MeterBoth: place.MeterBoth, config.MeterAny: place.MeterAny,
	}
	exporters := place.ExportersConfig{SamplingDefault: c.SamplingDefault, Names: names, Limit: c.Limits.Exporters}
	for _, r := range c.Regions {
		region := place.Region{Name: r.Name}
		for _, s := range r.Exporters {
			region.Sources = append(region.Sources, s.Prefix)
		}
		exporters.Regions = append(exporters.Regions, region)
	}
	for _, e := range c.Exporters {
		exporters.Overrides = append(exporters.Overrides, place.Override{
			Address: e.Address, Name: e.Name, Sampling: e.Sampling, Meter: meters[e.Metering],
		})
	}
	return place.NewExporters(exporters)
}
