#!/usr/bin/env bash
# Runs every fuzz target for some seconds; exit 1 where one has found something.
# usage: tests/fuzz/run.sh <build folder> [seconds each] [name ...]
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/fuzz}")
seconds=${2:-10}
shift $(($# < 2 ? $# : 2))
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for binary in "$build"/bin/fuzz_*; do names+=("${binary##*/fuzz_}"); done
fi

failed=0
for name in "${names[@]}"; do
    corpus=$build/corpus/$name
    findings=$build/findings/$name
    log=$build/fuzz_$name.log
    mkdir -p "$corpus" "$findings"
    # Garbage makes libraries chatter; the log keeps it.
    if MP_FUZZ_SEEDS=$corpus "$build/bin/fuzz_$name" "$corpus" -artifact_prefix="$findings/" \
            -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
            -print_final_stats=1 >"$log" 2>&1; then
        runs=$(awk '/stat::number_of_executed_units/ {print $2}' "$log")
        echo "ok    $name: $runs runs"
    else
        failed=1
        echo "FOUND $name (all of it: $log)"
        grep -m 3 -E 'ERROR: |SUMMARY: |broken promise|runtime error' "$log"
        grep -m 1 'Test unit written to' "$log"
    fi
done
exit $failed
