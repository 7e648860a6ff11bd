package stats

import (
	"context"
	"os"
	"testing"

	"tributary/internal/catalogue"
	"tributary/internal/store"
)

// BenchmarkDataset asks a store for a quarter's dataset, as `tributary dataset 2025Q4` does. Set
// TRIBUTARY_BENCH_STORE to the path of one that nobody uses, such as that of
// `tributary demo --data DIR --fill-only`, DIR/data/tributary.duckdb: the bar is 2 s on two cores.
func BenchmarkDataset(b *testing.B) {
	path := os.Getenv("TRIBUTARY_BENCH_STORE")
	if path == "" {
		b.Skip("TRIBUTARY_BENCH_STORE names no store: fill one with tributary demo --data DIR --fill-only")
	}
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Path: path, ReadOnly: true})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	c, err := catalogue.Load(nil)
	if err != nil {
		b.Fatal(err)
	}
	src := &Source{Store: st, Catalogue: c, Publish: DefaultPublishPolicy()}
	p := period(b, "2025Q4")
	for b.Loop() {
		if _, err := src.Dataset(ctx, p, false); err != nil {
			b.Fatal(err)
		}
	}
}
