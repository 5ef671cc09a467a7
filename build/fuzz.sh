#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, for TIME each ("30s"; "1000x" is a number of runs), and
# prints a line for each. What a target finds stays in its room's testdata/fuzz, for the test that comes of it.
#
#   build/fuzz.sh TIME
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo "usage: build/fuzz.sh TIME" >&2; exit 2; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

targets=$(grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -n1 dirname | sort -u)
failed=0
for room in $targets; do
	for target in $(go test -list '^Fuzz' "$room" | grep '^Fuzz'); do
		began=$SECONDS
		if go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "$room" >"$log" 2>&1; then
			runs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -1)
			echo "$room $target: ${runs:-no} runs in $((SECONDS - began)) s, nothing found"
		elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
			# The time can end while a worker starts an input, and Go calls that a failure.
			echo "$room $target: nothing found when its time was over"
		else
			failed=1
			echo "$room $target: failed"
			cat "$log"
		fi
	done
done
exit $failed
