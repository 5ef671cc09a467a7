#!/usr/bin/env bash
# Measures Gatehouse through its real programs and prints a table. It judges nothing: no figure makes it fail.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin/made
go build -o bin/made/bench ./internal/bench
bin/made/bench -program bin/gatehouse "$@"

# What it is compared with, and hostile guests: a module of its own, which takes a compiler of C and packages of npm.
cd bench
for program in gcc clang wat2wasm npm; do
	command -v $program >/dev/null || { echo "not compared with other runtimes: $program is not here; build/setup.sh test installs it"; exit 0; }
done
npm ci --prefer-offline --no-audit --no-update-notifier --loglevel=error
CGO_ENABLED=1 go build -o ../bin/made/compare .
exec ../bin/made/compare -program ../bin/gatehouse
