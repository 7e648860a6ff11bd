package main

import (
	"fmt"

	"tributary/internal/config"
	"tributary/internal/flow"
)

type checkCmd struct {
	Print bool `help:"Print the whole configuration, defaults included, as YAML that reads back to the same; hashes of passwords and tokens are left out."`
}

// Run validates the configuration and every file that it names, and says what they hold in a line.
func (c *checkCmd) Run(m *Main) error {
	cfg, err := m.loadConfig()
	if err != nil {
		return err
	}
	p, err := newPlacing(cfg, &flow.Names{})
	if err != nil {
		return err
	}
	defer p.Close()
	as, geo := p.tables.Databases()
	if as != nil {
		if err := as.Verify(); err != nil {
			return usagef("as_database: %w", err)
		}
	}
	if geo != nil {
		if err := geo.Verify(); err != nil {
			return usagef("geo_database: %w", err)
		}
	}
	certificate, err := consoleCertificate(&cfg.Console)
	if err != nil {
		return err
	}
	if c.Print {
		_, err := m.Stdout.Write(cfg.Redacted().YAML())
		return err
	}
	summary := "no AS database, "
	if as != nil {
		summary = fmt.Sprintf("AS database %v, ", as)
	}
	if geo == nil {
		summary += "no geo database"
	} else {
		summary += fmt.Sprintf("geo database %v", geo)
	}
	_, err = fmt.Fprintf(m.Stdout, "ok: %s: %s, %s, %s\n", m.Config, sizes(cfg, p), summary, accessSummary(&cfg.Console, certificate))
	return err
}

// sizes is how much of what the configuration and the catalogue hold.
func sizes(cfg *config.Config, p *placing) string {
	sources := 0
	for _, r := range cfg.Regions {
		sources += len(r.Exporters)
	}
	networks, prefixes := p.catalogue.Size()
	return fmt.Sprintf("%s own, %s with %s of exporters, %s, catalogue of %s and %s",
		plural(len(cfg.Own), "prefix"), plural(len(cfg.Regions), "region"), plural(sources, "source"), plural(len(cfg.Links), "link"),
		plural(networks, "AS entry"), plural(prefixes, "prefix"))
}

// plural is a number with its noun: "1 prefix", "2 entries".
func plural(n int, noun string) string {
	switch last := noun[len(noun)-1]; {
	case n == 1:
	case last == 'x':
		noun += "es"
	case last == 'y':
		noun = noun[:len(noun)-1] + "ies"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
