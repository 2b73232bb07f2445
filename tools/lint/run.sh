#!/usr/bin/env bash
# Layers, awaits, format, clang-tidy; exit 1 where one of them found something.
# usage: [CHANGED=1] [SINCE=<revision>] [TIDY=0] tools/lint/run.sh <build folder>
# CHANGED=1 looks with clang-tidy only at what differs from the merge base with main (or from SINCE).
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
failed=0

tools/lint/check-layers.py || failed=1
tools/lint/check-awaits.py || failed=1

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' |
    while read -r file; do [ -f "$file" ] && echo "$file"; done)
if said=$(clang-format --dry-run --Werror "${sources[@]}" 2>&1); then
    echo "format: ok"
else
    grep -oE '^[^:]+:[0-9]+' <<<"$said" | grep -v '^ ' | sort -u -t: -k1,1 | head -20
    echo "format: run make format"
    failed=1
fi

if [ "${TIDY:-1}" = 1 ]; then
    since=()
    if [ "${CHANGED:-}" = 1 ] || [ -n "${SINCE:-}" ]; then
        main=$(git rev-parse --verify -q origin/main || git rev-parse --verify -q main || git rev-parse HEAD)
        since=(--since "${SINCE:-$(git merge-base HEAD "$main")}")
    fi
    tools/lint/tidy.py "$build" "${since[@]}" || failed=1
fi
exit $failed
