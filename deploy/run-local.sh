#!/usr/bin/env bash
# The whole system on one machine, on loopback, with its data under .run/ .
# usage: deploy/run-local.sh start|stop      (make run, make stop)
# environment: FEED=sim|live  VENUES=binance,binance-contracts,okx,deribit,bybit  CAPTURE=<file or folder>  SPEED=1|10|max  RATE=<messages/s>  CLEAN=1  DETACH=1
#              EVIDENCE=1 keeps the simulated exchanges' log of all they sent (some 6 GB a day).
#              MP_PORT_OFFSET=<n> moves every port, for a second system beside the first (with its own MP_RUN_DIR).
set -uo pipefail
cd "$(dirname "$0")/.."

run=${MP_RUN_DIR:-.run}
bin=${MP_BUILD:-build/release}/bin
offset=${MP_PORT_OFFSET:-0}
feed=${FEED:-sim}
capture=${CAPTURE:-}
host=127.0.0.1

fail() {
    echo "make run: $*" >&2
    exit 1
}

# 65535, less the highest port of all.
[[ $offset =~ ^[0-9]{1,5}$ ]] && ((10#$offset <= 65535 - 50053)) || fail "MP_PORT_OFFSET=$offset: a number from 0 to 15482"
offset=$((10#$offset))
nats_port=$((4222 + offset)) nats_http=$((8222 + offset)) sim_port=$((9443 + offset))
declare -A http=([gateway]=$((8000 + offset)) [collector]=$((8001 + offset)) [storage]=$((8002 + offset)) [scheduler]=$((8003 + offset)))
declare -A grpc=([gateway]=$((50050 + offset)) [collector]=$((50051 + offset)) [storage]=$((50052 + offset)) [scheduler]=$((50053 + offset)))
start_order=(storage collector scheduler gateway)
stop_order=(collector gateway scheduler storage exchange-sim nats-server)

# --- processes -------------------------------------------------------------------------------------

# Starts a process of its own session, so that Ctrl-C reaches only this script, which then stops all in order.
launch() {
    local name=$1
    shift
    setsid nohup "$@" >"$run/log/$name.log" 2>&1 9>&- </dev/null &
    echo $! >"$run/pids/$name"
}

alive() { # name -> is the process that was started under this name still there (and not another with its id)?
    local pid
    pid=$(cat "$run/pids/$1" 2>/dev/null) || return 1
    [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -- "$1"
}

stop_one() {
    local name=$1 seconds=$2 pid
    alive "$name" || { rm -f "$run/pids/$name"; return 0; }
    pid=$(cat "$run/pids/$name")
    kill -TERM "$pid" 2>/dev/null
    for ((i = 0; i < seconds * 20; i++)); do
        alive "$name" || { rm -f "$run/pids/$name"; return 0; }
        sleep 0.05
    done
    echo "make run: $name did not stop within ${seconds} s, killing it (log: $run/log/$name.log)" >&2
    kill -KILL "$pid" 2>/dev/null
    rm -f "$run/pids/$name"
}

stop_all() {
    local name
    for name in "${stop_order[@]}"; do stop_one "$([[ $name == *-* ]] && echo "$name" || echo "mp-$name")" 25; done
}

give_up() {
    echo "make run: $1" >&2
    [ -n "${2:-}" ] && [ -f "$run/log/$2.log" ] && tail -n 12 "$run/log/$2.log" >&2
    stop_all
    exit 1
}

# --- checks before anything starts -----------------------------------------------------------------

check_ports() {
    local port holder
    for port in "$@"; do
        holder=$(ss -Hltnp "sport = :$port" 2>/dev/null | head -n 1)
        [ -z "$holder" ] && continue
        fail "port $port is in use$(grep -oE 'users:\(\("[^"]+",pid=[0-9]+' <<<"$holder" | sed -E 's/users:\(\("([^"]+)",pid=([0-9]+)/ by \1 (pid \2)/'); stop that, or move all ports: MP_PORT_OFFSET=1000 MP_RUN_DIR=.run2 make run"
    done
}

# Which feed this is: sim, live or capture. Options of another one are refused, and so is a folder with another one's data:
# it would stand in the same series.
check_feed() {
    case $feed in sim | live) ;; *) fail "FEED=$feed: sim or live" ;; esac
    if [ -n "$capture" ]; then
        [ "$feed" = live ] && fail "FEED=live and CAPTURE=$capture: one of them"
        feed=capture
    fi
    [ "$feed" = capture ] || [ -z "${SPEED:-}" ] || fail "SPEED is for CAPTURE=<file or folder>"
    [ "$feed" = sim ] || [ -z "${VENUES:-}${RATE:-}" ] || fail "VENUES and RATE are for the simulated market, not for a $feed feed"
    local before
    before=$(cat "$run/feed" 2>/dev/null || echo "$feed")
    [ "$before" = "$feed" ] || [ "${CLEAN:-}" = 1 ] ||
        fail "$run holds data of another feed ($before); CLEAN=1 forgets it, MP_RUN_DIR=.run-$feed keeps both"
}

prepare() {
    mkdir -p "$run" 2>/dev/null || fail "cannot write to $run: check the permissions of $(pwd)"
    exec 9>"$run/lock" || fail "cannot write to $run: check its permissions"
    flock -n 9 || fail "already starting or running here; 'make stop' ends it"
    local name
    for name in mp-storage mp-collector mp-gateway mp-scheduler exchange-sim nats-server; do
        alive "$name" && fail "already running ($name is up); 'make stop' ends it"
    done
    for name in mp-exchange-sim mp-collector mp-storage mp-gateway mp-scheduler mpctl; do
        [ -x "$bin/$name" ] || fail "$bin/$name is missing: run make build"
    done
    command -v nats-server >/dev/null || fail "nats-server is missing: run make deps"
    [ -z "$capture" ] || [ -e "$capture" ] || fail "CAPTURE=$capture does not exist"
    check_feed
    local ports=("$nats_port" "$nats_http" "${http[@]}" "${grpc[@]}")
    [ "$feed" = live ] || ports+=("$sim_port")
    check_ports "${ports[@]}"
    # Only now: a start that is refused forgets nothing.
    [ "${CLEAN:-}" = 1 ] && find "$run" -mindepth 1 -maxdepth 1 ! -name lock ! -name backups ! -name exports -exec rm -rf {} +
    mkdir -p "$run"/{log,pids,nats,config/collector} || fail "cannot write to $run: check its permissions"
}

# --- start -----------------------------------------------------------------------------------------

wait_for() { # name, seconds, command...: until the command succeeds or the process is gone
    local name=$1 seconds=$2
    shift 2
    for ((i = 0; i < seconds * 20; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        # By its id alone: until it has become the program, a child still has this script's name.
        kill -0 "$(cat "$run/pids/$name")" 2>/dev/null || give_up "$name ended while starting; its last lines:" "$name"
        sleep 0.05
    done
    give_up "$name is not ready after $seconds s; its last lines:" "$name"
}

start_feed() {
    cp services/collector/config/*.yaml "$run/config/collector/"
    local local_yaml=$run/config/collector/local.yaml
    rm -f "$local_yaml"
    [ "$feed" = live ] && return
    local options=(--host "$host" --port "$sim_port" --emit-config "$local_yaml")
    # What was sent, line by line: without an end where the market has none.
    [ "$feed" = capture ] || [ "${EVIDENCE:-}" = 1 ] && options+=(--log "$run/log/exchange-sim.evidence")
    if [ "$feed" = capture ]; then
        options+=(--replay "$capture" --speed "${SPEED:-1}")
    else
        options+=(--generate --venues "${VENUES:-binance,binance-contracts,okx,deribit,bybit}" --all-kinds --rate "${RATE:-500}" --log-raw 0)
    fi
    launch exchange-sim "$bin/mp-exchange-sim" "${options[@]}"
    wait_for exchange-sim 30 test -s "$local_yaml"
}

start_service() {
    local name=$1 config=services/$1/config
    [ "$name" = collector ] && config=$run/config/collector
    local options=(--config-dir "$config" --env development
        --set "http.host=$host" --set "http.port=${http[$name]}" --set "grpc.host=$host" --set "grpc.port=${grpc[$name]}"
        --set "bus.url=nats://$host:$nats_port")
    case $name in
        collector) options+=(--set "spool.path=$run/spool") ;;
        storage) options+=(--set "storage.path=$run/storage" --set "backup.path=$run/backups" --set "export.path=$run/exports") ;;
        gateway) options+=(--set "auth.keys_path=$run/keys.json" --set "live.token_key_path=$run/token.key") ;;
    esac
    launch "mp-$name" "$bin/mp-$name" "${options[@]}"
}

# A real exchange may not be reachable from here: says so, and that nobody has to start anew when it is.
report_exchanges() {
    local health
    for ((i = 0; i < 100; i++)); do
        health=$(curl -s --max-time 2 "http://$host:${http[collector]}/health")
        [[ $health =~ '"grpc_port":'[0-9]+',"status":"healthy"' ]] && return
        sleep 0.05
    done
    echo "  an exchange is not reached yet ($(grep -oE '"error":"[^"]*"' <<<"$health" | head -n 1 | cut -d '"' -f 4)); the collector keeps trying: $run/log/mp-collector.log"
}

start() {
    prepare
    local shown=()
    trap 'echo; echo "make run: stopping"; kill "${shown[@]}" 2>/dev/null; stop_all; exit 0' INT TERM HUP
    launch nats-server nats-server -c deploy/nats/nats-server.conf -a "$host" -p "$nats_port" -m "$nats_http" -sd "$run/nats"
    wait_for nats-server 15 curl -fs --max-time 2 "http://$host:$nats_http/healthz"
    start_feed
    echo "$feed" >"$run/feed"
    local name
    for name in "${start_order[@]}"; do start_service "$name"; done
    for name in "${start_order[@]}"; do wait_for "mp-$name" 60 curl -fs --max-time 2 "http://$host:${http[$name]}/health/ready"; done

    echo "MarketPrism is up: REST and WebSocket http://$host:${http[gateway]}, gRPC $host:${grpc[gateway]}"
    echo "  try: curl 'http://$host:${http[gateway]}/api/v1/trades?exchange=binance&market=spot&symbol=BTC-USDT&limit=5'"
    echo "  logs and data: $run"
    [ "$feed" = live ] && report_exchanges
    if [ "${DETACH:-}" = 1 ]; then
        echo "  make stop ends it"
        return
    fi
    # Without the lock: it must not outlive this script with it.
    "$bin/mpctl" --gateway "http://$host:${http[gateway]}" top 9>&- &
    shown=($!)
    echo "${shown[0]}" >"$run/pids/mpctl"
    wait "${shown[0]}"
    local code=$?
    alive mp-gateway || exit 0 # make stop
    if [ $code -ne 0 ]; then
        echo "make run: mpctl top ended with $code; Ctrl-C stops the system" >&2
        sleep infinity 9>&- &
        shown=($!)
        wait
    fi
    stop_all
}

case ${1:-} in
    start) start ;;
    stop)
        mkdir -p "$run/pids" 2>/dev/null
        stop_all
        stop_one mpctl 5 # the table of a start that is watched
        ;;
    *) echo "usage: $0 start|stop" >&2; exit 2 ;;
esac
