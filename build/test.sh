#!/usr/bin/env bash
# Runs every test, quickest first. Everything it needs was set up and built by `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
	local began=$SECONDS
	echo "== $1"
	shift
	"$@"
	echo "   took $((SECONDS - began)) s"
}

# An answer after two minutes takes two minutes, in which the machine has time for others.
patient=$(mktemp)
go test -count=1 -tags trip -timeout 8m -run TestAnAnswerAfterTwoMinutes ./internal/trip >"$patient" 2>&1 &
waiting=$!
trap 'kill "$waiting" 2>/dev/null || true; rm -f "$patient"' EXIT
patience() { wait "$waiting" || { cat "$patient" >&2; return 1; }; }

step "the code says what it should (go vet, gofmt)" build/vet.sh
step "rooms, with the race detector" go test -short -race -tags webkit2_41 -timeout 15m ./...
step "every order, every byte: the long ones, without it" go test -timeout 15m ./permissions ./audit ./sandbox/wasip1
step "what strangers write, fuzzed for 20 seconds a target" build/fuzz.sh 20s
step "agents' clients that are not ours, and the protocol's own suites" go test -count=1 -tags foreign -timeout 10m -run 'Conformance|TypeScript|Inspector' ./cmd/gatehouse
step "the frontend's types are those of the host" build/current.sh
step "the frontend: types, style, units" sh -c 'cd frontend && npm run --silent check && npm run --silent lint && npm test --silent'
step "every screen and the question in a browser, against a real host" sh -c 'cd frontend && npm run --silent e2e'
step "the whole trip in real windows" go test -count=1 -timeout 10m -tags trip -skip TestAnAnswerAfterTwoMinutes ./internal/trip
step "an answer after two minutes, in a real window, which began with the first test" patience
echo "all tests passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
