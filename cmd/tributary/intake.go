package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"tributary/internal/config"
	"tributary/internal/decode"
	"tributary/internal/flow"
	"tributary/internal/place"
	"tributary/internal/rollup"
	"tributary/internal/stats"
	"tributary/internal/store"
)

// intake is a store with all that flows go through before they are in it.
type intake struct {
	config *config.Config
	store  *store.Store

	reloading sync.Mutex // held while the catalogue is read anew
	placed    atomic.Pointer[placing]
	asked     atomic.Pointer[stats.Source]
}

// placing is what flows are placed by now.
func (in *intake) placing() *placing { return in.placed.Load() }

// source is what questions are put to, with the catalogue of now.
func (in *intake) source() *stats.Source { return in.asked.Load() }

// stateMetering is the store's key of the exporters known to send flowDirection = 1.
const stateMetering = "metering"

// openIntake opens the store for writing and builds the way into it. The caller must close it.
func openIntake(ctx context.Context, cfg *config.Config) (*intake, error) {
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return nil, fmt.Errorf("cannot make the data folder (data: in the configuration): %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.StorePath()), 0o750); err != nil {
		return nil, fmt.Errorf("cannot make the store's folder (store.path in the configuration): %w", err)
	}
	s, err := openStore(ctx, cfg, false)
	if err != nil {
		return nil, err
	}
	in := &intake{config: cfg, store: s}
	if err := in.build(); err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return in, nil
}

func (in *intake) build() error {
	p, err := newPlacing(in.config, in.store.Names())
	if err != nil {
		return err
	}
	in.placed.Store(p)
	in.asked.Store(newSource(in.config, in.store, p.catalogue))
	if blob := in.store.State(stateMetering); blob != nil {
		var learnt []netip.Addr
		if err := json.Unmarshal(blob, &learnt); err != nil {
			return fmt.Errorf("cannot read which exporters meter both directions from the store: %w", err)
		}
		p.exporters.Restore(learnt)
	}
	return nil
}

// newWorker makes a worker with nothing in it. Workers share tables, names and the numbers of
// exporters, nothing else.
func (in *intake) newWorker() *worker {
	ledger, placing := &flow.Ledger{}, in.placing()
	return &worker{
		decoder: decode.New(decode.Config{Admit: placing.exporters.Admit, Ledger: ledger, Limits: decodeLimits(&in.config.Limits)}),
		placer:  place.New(placing.tables, ledger),
		tally:   rollup.New(rollup.Config{Key: in.store.Key(), IPv6Prefix: in.config.IPv6Prefix, Cells: in.config.Limits.Cells, Ledger: ledger}),
		ledger:  ledger,
	}
}

// decodeLimits are the configured bounds of a decoder.
func decodeLimits(l *config.Limits) decode.Limits {
	return decode.Limits{
		Domains: l.Domains, Templates: l.Templates, TemplateOctets: int(l.TemplateOctets), Fields: l.Fields, RecordOctets: l.RecordOctets, Samplers: l.Samplers,
		HeldOctets: int(l.HeldOctets), HeldTotal: int(l.HeldTotal), Waiting: l.Waiting, WaitingTotal: l.WaitingTotal,
		Interfaces: l.Interfaces, Agents: l.Agents, Unknown: l.UnknownSenders,
	}
}

// meteringState is the exporters known to send flowDirection = 1, for the store.
func (in *intake) meteringState() []byte {
	learnt, err := json.Marshal(in.placing().exporters.Learnt())
	if err != nil {
		panic("BUG: addresses that cannot be written: " + err.Error())
	}
	return learnt
}

// describe keeps the types of prefixes and the kinds of links by today's configuration, for the day
// when it no longer lists them.
func (in *intake) describe(ctx context.Context) error {
	return in.describeBy(ctx, in.placing())
}

// describeBy is describe by what flows are or were placed by.
func (in *intake) describeBy(ctx context.Context, p *placing) error {
	newest, _ := in.store.Newest()
	prefixes := map[uint32]flow.NetworkType{}
	names := &in.store.Names().Prefixes
	for id := range uint32(names.Len()) {
		if typ, _, ok := p.catalogue.Prefix(names.Value(id), newest); ok && id > 0 {
			prefixes[id] = typ
		}
	}
	return in.store.Describe(ctx, p.tables.LinkKinds(), prefixes)
}

// maintain lets the store climb its ladder. Months that are about to lose their slots are frozen
// before, with the types of now.
func (in *intake) maintain(ctx context.Context) error {
	return errors.Join(in.describe(ctx), in.source().Freeze(ctx), in.store.Maintain(ctx))
}

// Close closes what is open; what workers still hold is lost.
func (in *intake) Close() error {
	var errs []error
	if p := in.placing(); p != nil {
		errs = append(errs, p.Close())
	}
	return errors.Join(append(errs, in.store.Close())...)
}
