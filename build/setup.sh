#!/bin/sh
# Installs the packages of the system that Gatehouse is built and tested with, on Debian and what comes from it.
#
#   build/setup.sh window [display] [test]
#
# window   what the window program is compiled with
# display  a desktop nobody sits at, and a hand on it: internal/desktop
# test     the rest of the tests: display, a browser, a keyring, compilers of guests
#
# It says a line a step, touches nothing that is there, and takes milliseconds when nothing is missing. It needs root, or
# sudo. Go, Node and npm are yours to choose; it only says when one is not there.
set -eu

window='gcc pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev fonts-inter fonts-jetbrains-mono'
display='xvfb openbox xdotool imagemagick at-spi2-core dbus'
# dbus-user-session is named so that apt does not choose dbus-x11 for the keyring: that one starts a bus of its own for
# whoever has none, and tests would meet each other there.
# Guests of tests are also written in C, in Rust and by hand.
guests='clang lld wasi-libc libclang-rt-14-dev-wasm32 rustc libstd-rust-dev-wasm32 wabt'
test="$display chromium gnome-keyring dbus-user-session $guests"

wanted=
for group in "$@"; do
	case $group in
	window) wanted="$wanted $window" ;;
	display) wanted="$wanted $display" ;;
	test) wanted="$wanted $test" ;;
	*) echo "setup: there is no group \"$group\"; say window, display or test" >&2; exit 2 ;;
	esac
done

# Debian 12 has a Go and a Node of its own that are too old.
cd "$(dirname "$0")/.."
go=$(sed -n 's/^go //p' go.mod)
node=$(sed -n 's/.*"node": ">=\(.*\)".*/\1/p' frontend/package.json)
for program in go node npm; do
	command -v $program >/dev/null || { echo "setup: $program is not installed; Gatehouse needs Go $go and Node $node with npm, or later" >&2; exit 1; }
done
at_least() {
	older=$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)
	[ "$older" = "$2" ] || { echo "setup: this is $1 $3; Gatehouse needs $2 or later" >&2; exit 1; }
}
at_least Go "$go" "$(go version | sed 's/^go version go\([^ ]*\).*/\1/')"
at_least Node "$node" "$(node --version | sed 's/^v//')"

if ! command -v dpkg-query >/dev/null; then
	echo "setup: this is not Debian; going on in the hope that what these packages hold is there:$wanted" >&2
	exit 0
fi

# One question for all of them. What dpkg has never heard of it leaves out and complains about.
present=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | sed -n 's/ installed$//p') || true
missing=
for package in $wanted; do
	case "
$present
" in
	*"
$package
"*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

as_root='env DEBIAN_FRONTEND=noninteractive'
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "setup: run this as root first: apt-get install$missing" >&2; exit 1; }
	as_root="sudo $as_root"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() {
	echo "$1"
	shift
	"$@" >"$log" 2>&1 || { cat "$log" >&2; echo "setup: that failed: $*" >&2; exit 1; }
}

step 'reading the list of packages' $as_root apt-get update
step "installing$missing" $as_root apt-get install --yes -o DPkg::Lock::Timeout=120 $missing
