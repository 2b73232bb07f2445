#!/usr/bin/env bash
# Speed as ratios to ceilings measured in the same run; exit 1 where a target is missed.
# usage: tools/bench/run.sh [build folder] [normalise|pipeline|latency|gateway|storage|clickhouse|instruments|memory ...]     all parts by default
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/release}")
shift || true
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(normalise pipeline latency gateway storage clickhouse instruments memory)
export MP_BIN_DIR=${MP_BIN_DIR:-$build/bin}
missed=0

# Sessions with books: recorded texts are measured too where MP_CAPTURES has them.
captures=(
    hftbacktest/binance-spot_btcusdt_20240808 hftbacktest/binance-usdm_btcusdt_20240808
    cryptofeed/okx_20210722_conn1 cryptofeed/deribit_20210405 cryptofeed/bybit-v5_20260809)

normalise() {
    local capture met=0
    "$MP_BIN_DIR/mp-bench-normalise" || met=1
    for capture in "${captures[@]}"; do
        capture=${MP_CAPTURES:-}/$capture.jsonl
        [ ! -f "$capture" ] || "$MP_BIN_DIR/mp-bench-normalise" "$capture" || met=1
    done
    "$MP_BIN_DIR/mp-bench-book" || met=1
    return $met
}

for part in "${parts[@]}"; do
    case $part in
        normalise) normalise || missed=1 ;;
        gateway) /usr/bin/python3 tools/bench/gateway/run.py || missed=1 ;;
        pipeline | latency | storage | clickhouse | instruments | memory) "tools/bench/$part.py" || missed=1 ;;
        *) echo "bench: no part $part" >&2 && exit 2 ;;
    esac
    echo
done
[ $missed = 0 ] || echo "bench: a target is missed"
exit $missed
