#!/usr/bin/env bash
# go vet for every system that Gatehouse compiles on, and gofmt.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "not formatted, run gofmt -w: $unformatted" >&2; exit 1; }
go vet ./...
for system in windows darwin; do
	GOOS=$system CGO_ENABLED=0 go build -o /dev/null ./cmd/gatehouse
done
# A release has no listener for tests.
go list -f '{{join .GoFiles "\n"}}' ./cmd/gatehouse | grep -qx dev_on.go && { echo "the listener for tests is in the release" >&2; exit 1; }
exit 0
