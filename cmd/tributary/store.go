package main

import (
	"context"

	"tributary/internal/config"
	"tributary/internal/store"
)

// openStore opens the configured store.
func openStore(ctx context.Context, cfg *config.Config, readOnly bool) (*store.Store, error) {
	return store.Open(ctx, store.Options{Path: cfg.StorePath(), ReadOnly: readOnly, SlotDays: int(cfg.Retention.Slots)})
}
