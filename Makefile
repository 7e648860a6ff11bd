# make            build bin/tributary with its pages and charts
# make demo       fill a fresh store with fourteen simulated months and serve it
# make test       every test, with the race detector where flows are ingested and reports are drawn
# make check      format, vet, linters, import test, pages' types
# make bench      the program's own speed, docs/performance.md
# make bench-peers   the same beside goflow2, nfcapd, nfdump and nfacctd; needs Debian's nfdump and pmacct
# make bench-report  the report of a store of 100 million rows, which it makes first (13 GB, a quarter of an hour)
# make bench-console the console over the demo, the same while records arrive, and over that store; needs Chromium
# make pictures   the pictures of docs/images, of every page over the demo's store; needs Chromium
# Each sets up what it needs; on a fresh machine Go, gcc, g++, make, git, Node 20 and npm are enough.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
WEB_SOURCES := $(shell git ls-files web 2>/dev/null | grep -v '^web/e2e/')

.PHONY: all demo test check bench bench-peers bench-report bench-console pictures pages clean
all: bin/tributary

bin/tributary: pages FORCE
	go build $(GOFLAGS_BUILD) -o $@ ./cmd/tributary

# The pages and the charts' script are made from web/ and embedded; their stamp is newer than their sources.
pages: web/.built
web/.built: web/.installed $(WEB_SOURCES)
	cd web && npm run --silent build && npm run --silent figures
	touch $@
web/.installed: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

demo: bin/tributary
	bin/tributary demo

test: bin/tributary
	go test -timeout 20m ./...
	cd bench && go test ./...
	go test -race ./internal/flow ./internal/collect ./internal/journal ./internal/decode ./internal/place ./internal/rollup
	go test -race -run '^(TestBareReportIsDrawn|TestConvert|TestGatherFrozenMonths|TestSheetsAgreeWithTwin)$$' ./internal/report ./internal/stats
	go test -race -short -run '^(TestKill|TestPowerLoss|TestFullDisk|TestKilledImportGoesOn|TestOpenSlots|TestReloadWhileIngesting)$$' ./cmd/tributary

check: pages bin/golangci-lint
	@unformatted=$$(gofmt -l cmd internal bench); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	go vet ./...
	cd bench && go vet ./...
	bin/golangci-lint run ./...
	cd bench && ../bin/golangci-lint run ./...
	go test ./internal/
	go mod tidy -diff
	cd bench && go mod tidy -diff
	cd web && npm run --silent check

bin/golangci-lint: tools/go.mod
	go build -modfile=tools/go.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# The comparisons are a module of their own: the program does not depend on its peers.
bench: bin/tributary bench/out/bench
	bench/out/bench product $(BENCH_FLAGS)
bench-peers: bin/tributary bench/out/bench
	bench/out/bench peers -write docs/performance.md $(BENCH_FLAGS)
bench-report: bin/tributary bench/out/bench
	test -e bench/out/large/tributary.yaml || bench/out/bench store -out bench/out/large
	bench/out/bench report -write docs/performance.md $(BENCH_FLAGS)
bench-console: bin/tributary bench/out/bench
	test -e bench/out/large/tributary.yaml || bench/out/bench store -out bench/out/large
	bench/out/bench console -write docs/performance.md $(BENCH_FLAGS)

pictures: bin/tributary
	test -e bench/out/demo/tributary.yaml || bin/tributary demo --data bench/out/demo --fill-only
	node web/e2e/pictures.mjs bin/tributary bench/out/demo docs/images

bench/out/bench: FORCE
	go build -C bench -o out/bench .

clean:
	rm -rf bin web/.built web/.installed web/node_modules

FORCE:
