#!/usr/bin/env bash
# Speed as ratios to ceilings measured in the same run. usage: tools/bench/run.sh <build folder>
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/release}
echo "normalise: raw text to encoded batch, one core; ceiling: simdjson visiting every value of the same texts"
"$build/bin/mp-bench-normalise"
capture=${MP_CAPTURES:-}/hftbacktest/binance-spot_btcusdt_20240808.jsonl
if [ -f "$capture" ]; then
    echo "the same on recorded messages"
    "$build/bin/mp-bench-normalise" "$capture"
fi
