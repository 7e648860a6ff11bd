package main

import (
	"errors"

	"tributary/internal/catalogue"
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/place"
)

// placing is what flows are placed by, made from a configuration. It does not change: where the
// catalogue is read anew, another takes its place.
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

// with is the placing with another catalogue: the exporters, the databases and what is learnt of how
// exporters meter are shared, so only one of the two is to be closed.
func (p *placing) with(c *catalogue.Catalogue) (*placing, error) {
	tables, err := p.tables.With(c)
	if err != nil {
		return nil, err
	}
	return &placing{catalogue: c, exporters: p.exporters, tables: tables}, nil
}

// Close closes the databases. No worker may place flows any more.
func (p *placing) Close() error { return p.tables.Close() }
