#!/usr/bin/env bash
# Runs every fuzz target of the module for TIME each ("30s"; "1000x" is a number of runs), as many at once as there are
# processors, and prints a line for each. What a target finds stays in its room's testdata/fuzz, for the test that comes
# of it.
#
#   build/fuzz.sh TIME
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo "usage: build/fuzz.sh TIME" >&2; exit 2; }
export FUZZ_TIME=$1

fuzz() {
	local room=$1 target=$2 began=$SECONDS log
	log=$(mktemp)
	if go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZ_TIME" -fuzzminimizetime 20x -parallel 1 "$room" >"$log" 2>&1; then
		local runs
		runs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$log" | tail -1)
		echo "$room $target: ${runs:-no} runs in $((SECONDS - began)) s, nothing found"
	elif grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
		# The time can end while a worker starts an input, and Go calls that a failure.
		echo "$room $target: nothing found when its time was over"
	else
		echo "$room $target: failed"
		cat "$log"
		rm "$log"
		return 1
	fi
	rm "$log"
}
export -f fuzz

for room in $(grep -rl --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | xargs -n1 dirname | sort -u); do
	go test -list '^Fuzz' "$room" | grep '^Fuzz' | sed "s|^|$room |"
done | xargs -P "$(nproc)" -n 2 bash -c 'fuzz "$@"' fuzz
