#!/usr/bin/env bash
# Layers, format, clang-tidy. usage: tools/lint/run.sh <build folder> [--changed]
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
failed=0

tools/lint/check-layers.py || failed=1
tools/lint/check-awaits.py || failed=1

mapfile -t sources < <(git ls-files '*.cpp' '*.hpp')
if ! clang-format --dry-run --Werror "${sources[@]}" 2>/tmp/clang-format.$$; then
    grep -oE '^[^:]+:[0-9]+' /tmp/clang-format.$$ | sort -u | head -20
    echo "format: run make format"
    failed=1
else
    echo "format: ok"
fi
rm -f /tmp/clang-format.$$

if [ "${TIDY:-1}" = 1 ]; then
    mapfile -t units < <(git ls-files 'libs/*.cpp' 'services/*.cpp' 'tools/*.cpp' | grep -v '_test\.cpp$')
    if printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet 2>/dev/null; then
        echo "clang-tidy: ok"
    else
        failed=1
    fi
fi
exit $failed
