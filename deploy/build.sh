#!/usr/bin/env bash
# Configures (once) and builds a preset; prints progress only when it lasts.
# usage: deploy/build.sh <preset> [jobs [target ...]]     all targets by default
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
jobs=${2:-$(nproc)}
targets=("${@:3}")
folder=build/$preset

if [ ! -f "$folder/build.ninja" ]; then
    mkdir -p "$folder"
    if ! cmake --preset "$preset" >"$folder/configure.log" 2>&1; then
        tail -n 25 "$folder/configure.log" >&2
        echo "build: configuring failed (all of it: $folder/configure.log)" >&2
        exit 1
    fi
fi
todo=$(ninja -C "$folder" -n "${targets[@]}" 2>/dev/null | tail -n 1)
case "$todo" in *"no work to do"*) exit 0 ;; esac
echo "build: $preset with $jobs jobs (a clean build takes some minutes)"
started=$SECONDS
# A pipe makes ninja print every step; keep those for the log and show a line now and then.
if ! ninja -C "$folder" -j "$jobs" "${targets[@]}" 2>&1 | tee "$folder/build.log" | awk '
        /^\[[0-9]+\/[0-9]+\]/ { if (systime() - last >= 15) { print "build: " $1; fflush(); last = systime() } next }
        { if (!/^ninja: Entering/) { print; fflush() } }'; then
    echo "build: failed (all of it: $folder/build.log)" >&2
    exit 1
fi
echo "build: done in $((SECONDS - started)) s"
