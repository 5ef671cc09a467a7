#!/usr/bin/env bash
# gofmt, go vet also for what only tests are built with, and a build for every other system that Gatehouse compiles on.
set -euo pipefail
cd "$(dirname "$0")/.."
unformatted=$(find . -name '*.go' -not -path './frontend/*' -exec gofmt -l {} +)
[ -z "$unformatted" ] || { echo "not formatted, run gofmt -w: $unformatted" >&2; exit 1; }
go vet -tags dev,soak,trip,foreign,webkit2_41 ./...
for system in windows darwin; do
	GOOS=$system CGO_ENABLED=0 go build -buildvcs=false -o /dev/null ./cmd/gatehouse
done
# A release has no listener for tests.
go list -f '{{join .GoFiles "\n"}}' ./cmd/gatehouse | grep -qx dev_on.go && { echo "the listener for tests is in the release" >&2; exit 1; }
exit 0
