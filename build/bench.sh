#!/usr/bin/env bash
# Measures Gatehouse through its real programs and prints a table. It judges nothing: no figure makes it fail.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin/made
go build -o bin/made/bench ./internal/bench
exec bin/made/bench -program bin/gatehouse "$@"
