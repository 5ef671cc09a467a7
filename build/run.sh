#!/usr/bin/env bash
# Shows the main job: a call that pauses for you. With a display in real windows, with a terminal alone in the terminal,
# with neither on a virtual display that answers for itself. It ends with 0 only if the call paused, was granted, and
# returned what the file really holds.
set -euo pipefail
cd "$(dirname "$0")/.."
gatehouse=$PWD/bin/gatehouse
said='this file was opened after you said so.'

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && ! { [ -t 0 ] && [ -t 2 ]; }; then
	build/setup.sh display
	exec go run ./internal/tour -program "$gatehouse" -picture bin/ask.png
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-letters-XXXXXX")
out=$(mktemp)
trap 'rm -rf "$folder" "$out"' EXIT
printf 'Dear reader,\n\n%s\n' "$said" >"$folder/letter.txt"
cd "$folder"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
	echo "opening the window"
	"$gatehouse" open
	echo "calling: gatehouse run files read --input '{\"path\":\"letter.txt\"}'"
	echo "the call now waits for you: allow the folder, then the letter"
	"$gatehouse" run files read --input '{"path":"letter.txt"}' | tee "$out"
else
	echo "calling: gatehouse run --here files read --input '{\"path\":\"letter.txt\"}'"
	"$gatehouse" run --here files read --input '{"path":"letter.txt"}' | tee "$out"
fi
grep -qF "$said" "$out" || { echo "the letter was not read" >&2; exit 1; }
echo "the call paused, you allowed it, and it returned what the file holds"
echo "next: docs/start.md"
