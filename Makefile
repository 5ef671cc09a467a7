# Gatehouse: `make run` shows it, `make test` proves it. Both set up what is missing on a fresh Debian machine that has
# Go, Node and apt, say what they do in a line a step, and take seconds the second time.

GO      ?= go
RELEASE := -trimpath -ldflags '-s -w'

# Git refuses to answer Go about a clone that another user owns. Nothing here asks what it would say.
export GOFLAGS += -buildvcs=false

# Pinned, and no part of the module.
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

GO_SOURCES       := $(shell find . -name '*.go' -not -path './frontend/*' -not -path './bench/*') go.mod go.sum
SKILL_SOURCES    := $(shell find builtin-skills skill permissions -not -path 'builtin-skills/dist/*' -type f)
FRONTEND_SOURCES := $(shell find frontend -type f -not -path '*/node_modules/*' -not -path 'frontend/dist/*' -not -path 'frontend/test-results/*' -not -path 'frontend/e2e/*')

.PHONY: run test build skills frontend dev lint gallery bench fuzz soak types package clean setup-build setup-test
# Packages of the system come before what is compiled with them, also under `make -j`.
.NOTPARALLEL:

build: bin/gatehouse bin/gatehouse-window

run: setup-build build
	@build/run.sh

test: setup-test build bin/made/mcp-clients
	@build/test.sh

setup-build:
	@build/setup.sh window

setup-test:
	@build/setup.sh window test

# The built-in skills are compiled for wasip1 and packed with their digest; the console program carries them.
bin/made/skills: $(SKILL_SOURCES)
	@echo "building the built-in skills"
	@$(GO) run ./builtin-skills/pack
	@mkdir -p $(@D) && touch $@

skills: bin/made/skills

bin/made/packages: frontend/package.json frontend/package-lock.json
	@echo "installing the frontend's packages"
	@cd frontend && npm ci --prefer-offline --no-audit --no-update-notifier --loglevel=error
	@mkdir -p $(@D) && touch $@

bin/made/frontend: bin/made/packages $(FRONTEND_SOURCES)
	@echo "building the frontend"
	@cd frontend && npm run --silent build -- --logLevel warn
	@mkdir -p $(@D) && touch $@

frontend: bin/made/frontend

# Agents' clients and the protocol's conformance suites, for tests alone.
bin/made/mcp-clients: build/mcp-clients/package.json build/mcp-clients/package-lock.json
	@echo "installing clients of agents, and the protocol's suites"
	@cd build/mcp-clients && npm ci --prefer-offline --no-audit --no-update-notifier --loglevel=error
	@mkdir -p $(@D) && touch $@

bin/gatehouse: bin/made/skills $(GO_SOURCES)
	@echo "building gatehouse"
	@CGO_ENABLED=0 $(GO) build $(RELEASE) -o $@ ./cmd/gatehouse

bin/gatehouse-window: bin/made/frontend $(GO_SOURCES)
	@echo "building gatehouse-window (the first time takes a minute)"
	@$(GO) build -tags desktop,production,webkit2_41 $(RELEASE) -o $@ .

# The console program with the listener for tests, which no release has.
bin/gatehouse-dev: bin/made/skills $(GO_SOURCES)
	@echo "building gatehouse with the listener for tests"
	@CGO_ENABLED=0 $(GO) build -tags dev -o $@ ./cmd/gatehouse

dev: bin/gatehouse-dev frontend

# The frontend's types follow the Go types of host/api.
types: bin/made/packages
	$(GO) test ./host/api -run TestDocument -update
	cd frontend && npm run --silent types

bin/golangci-lint: Makefile
	@echo "building golangci-lint (the first time takes minutes)"
	@GOBIN=$(CURDIR)/bin $(GO) install $(GOLANGCI)

lint: bin/golangci-lint bin/made/packages
	@build/vet.sh
	@bin/golangci-lint run
	@cd frontend && npm run --silent lint && npm run --silent check

# The twenty questions of docs/prompts.md, as pictures of the real page.
gallery: bin/made/packages
	@cd frontend && UPDATE_GALLERY=1 npx playwright test e2e/gallery.spec.ts

bench: build
	@build/bench.sh

FUZZTIME ?= 10m
fuzz:
	@build/fuzz.sh $(FUZZTIME)

soak:
	$(GO) test -tags soak -timeout 4h -run Soak -v ./store ./permissions
	$(GO) test -tags soak -race -timeout 4h -run SoakSchedules -v ./permissions
	$(GO) test -tags soak -timeout 2h -run Soak -v ./sandbox/hostile

package: build
	@mkdir -p bin/package && cp bin/gatehouse bin/gatehouse-window LICENSE README.md build/linux/gatehouse.desktop build/appicon.png bin/package/
	@tar -C bin -czf bin/gatehouse-linux-$$($(GO) env GOARCH).tar.gz package && echo "wrote bin/gatehouse-linux-$$($(GO) env GOARCH).tar.gz"

clean:
	rm -rf bin bench/node_modules frontend/node_modules frontend/test-results frontend/dist/* builtin-skills/dist/*
