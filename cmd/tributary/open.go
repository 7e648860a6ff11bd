package main

import (
	"context"
	"path/filepath"

	"tributary/internal/catalogue"
	"tributary/internal/config"
	"tributary/internal/flow"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// openStore opens the configured store.
func openStore(ctx context.Context, cfg *config.Config, readOnly bool) (*store.Store, error) {
	o := store.Options{Path: cfg.StorePath(), ReadOnly: readOnly, SlotDays: int(cfg.Retention.Slots)}
	if cfg.Retention.Months != config.Forever {
		o.MonthDays = int(cfg.Retention.Months)
	}
	return store.Open(ctx, o)
}

// openSource opens the configured store for questions. The function returned closes it.
func (m *Main) openSource(ctx context.Context) (*stats.Source, func(), error) {
	cfg, err := m.loadConfig()
	if err != nil {
		return nil, nil, err
	}
	c, err := catalogue.Load(cfg.Catalogue)
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	st, err := openStore(ctx, cfg, true)
	if err != nil {
		return nil, nil, err
	}
	return newSource(cfg, st, c), func() {
		_ = st.Close() // nothing was written
	}, nil
}

// newSource is what questions are put to: an open store seen with a configuration. The catalogue
// is the configuration's.
func newSource(cfg *config.Config, st *store.Store, c *catalogue.Catalogue) *stats.Source {
	links, providers := map[string]flow.LinkKind{}, map[string]string{}
	for _, l := range cfg.Links {
		if _, known := links[l.Name]; !known { // the first of a name, as for flows
			links[l.Name] = l.Kind
			if l.Provider != "" {
				providers[l.Name] = l.Provider
			}
		}
	}
	return &stats.Source{
		Store:     st,
		Catalogue: c,
		Links:     links,
		Providers: providers,
		Publish: stats.PublishPolicy{
			MinAddresses: uint64(cfg.Publish.MinAddresses),
			MinNetworks:  uint64(cfg.Publish.MinNetworks),
			MaxDominance: cfg.Publish.MaxDominance,
			Always:       cfg.Publish.Always,
		},
		Normalize: cfg.Publish.Normalize,
		Kept:      stats.NewCache(filepath.Join(filepath.Dir(st.Path()), "answers")),
	}
}
