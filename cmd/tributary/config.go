package main

import (
	"errors"

	"tributary/internal/catalogue"
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

// placing is what flows are placed by, made from a configuration.
type placing struct {
	catalogue *catalogue.Catalogue
	exporters *place.Exporters
	tables    *place.Tables
}

// newPlacing reads the catalogue's files, opens the databases and builds the tables; names are
// numbered in names. Errors are usage errors and name the key. Close closes the databases.
func newPlacing(c *config.Config, names *flow.Names) (*placing, error) {
	p := &placing{}
	var err error
	if p.catalogue, err = catalogue.Load(c.Catalogue); err != nil {
		return nil, usagef("%w", err)
	}
	tables := place.Config{
		Own: c.Own, OwnAS: c.OwnAS,
		IgnoreUnlisted: c.UnlistedLinks == config.IgnoreUnlisted,
		Catalogue:      p.catalogue,
		Names:          names,
	}
	for _, l := range c.Links {
		tables.Links = append(tables.Links, place.Link{Name: l.Name, Kind: l.Kind, Exporter: l.Exporter, Interfaces: l.Interfaces})
	}
	for _, s := range c.ASSource {
		source := place.ASFromFlow
		if s == config.ASFromDatabase {
			source = place.ASFromDatabase
		}
		tables.ASSources = append(tables.ASSources, source)
	}
	if p.exporters, err = newExporters(c, names); err != nil {
		return nil, err
	}
	tables.Exporters = p.exporters
	if c.ASDatabase != "" {
		if tables.AS, err = place.OpenASDatabase(c.ASDatabase); err != nil {
			return nil, usagef("as_database: %w", err)
		}
	}
	if c.GeoDatabase != "" {
		if tables.Geo, err = place.OpenGeoDatabase(c.GeoDatabase); err != nil {
			return nil, errors.Join(usagef("geo_database: %w", err), tables.Close())
		}
	}
	if p.tables, err = place.NewTables(tables); err != nil {
		return nil, errors.Join(err, tables.Close())
	}
	return p, nil
}

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

// Close closes the databases. No worker may place flows any more.
func (p *placing) Close() error { return p.tables.Close() }
