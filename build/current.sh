#!/usr/bin/env bash
# Fails where a generated file is not what its source makes of it now.
set -euo pipefail
cd "$(dirname "$0")/../frontend"
made=$(mktemp)
trap 'rm -f "$made"' EXIT
npx --no-install openapi-typescript openapi.json -o "$made" >/dev/null
cmp -s "$made" src/host/schema.gen.ts || { echo "frontend/src/host/schema.gen.ts is old: make types" >&2; exit 1; }
