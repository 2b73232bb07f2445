#!/usr/bin/env bash
# Brings the compose stacks up from nothing and checks them from outside: tests/compose.
# usage: deploy/test-compose.sh [build folder] [test file...]      (make test-compose; .ci/run)
# environment: OFFLINE=0 takes third-party images from their registries instead of making them; KEEP=1 leaves the engine running;
# COMPOSE=<program> for all files: otherwise Compose v2 has the development stack, where it can be had, and docker-compose 1.29 the others.
# Without a Docker engine one is started for the test, where dockerd is installed and this is root. What keeps it from running
# (no engine, a port that is taken, no mirror) is said as "not run" and is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
shift || true
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/compose/*_test.py)
began=$SECONDS

not_run() {
    echo "test-compose: not run: $*"
    exit 0
}

# The client that Debian's engine comes with can do BuildKit by itself.
export DOCKER=${DOCKER:-$([ -x /usr/bin/docker ] && echo /usr/bin/docker || echo docker)}
command -v "$DOCKER" >/dev/null || not_run "no docker here (deploy/install-deps.sh deploy)"
compose=${COMPOSE:-docker-compose}
command -v "${compose%% *}" >/dev/null || not_run "no $compose here (deploy/install-deps.sh deploy)"

# The ports of the development stack are fixed; the test topology has some of them.
for port in 4222 6379 8000 8001 8002 8003 8123 8222 9000 9090 9443 50050; do
    holder=$(ss -Hltnp "sport = :$port" 2>/dev/null | head -n 1)
    [ -z "$holder" ] || not_run "port $port is taken: $holder"
done

start_engine() {
    [ "$(id -u)" -eq 0 ] && command -v dockerd >/dev/null || not_run "no Docker engine answers, and none can be started"
    # Images stay in the build folder; sockets have to have short paths.
    local data=$PWD/build/docker
    run_folder=$(mktemp -d)
    mkdir -p "$data"
    export DOCKER_HOST=unix://$run_folder/socket
    bridge_was_there=$([ -e /sys/class/net/docker0 ] && echo 1 || true)
    # Its mounts are its own and go with it. Volumes are in memory: nobody wants them afterwards, and removing thousands of small
    # files from a disk takes minutes.
    unshare --mount sh -c 'mount --bind "$1" "$1" && mkdir -p "$1/volumes" && mount -t tmpfs -o size=4g tmpfs "$1/volumes"
        exec dockerd --data-root "$1" --exec-root "$2/exec" --pidfile "$2/pid" -H "unix://$2/socket"' sh "$data" "$run_folder" \
        >"$run_folder/log" 2>&1 &
    engine=$!
    [ "${KEEP:-}" != 1 ] || echo "test-compose: the engine stays: DOCKER_HOST=$DOCKER_HOST (process $engine)"
    for ((i = 0; i < 600; i++)); do
        "$DOCKER" info >/dev/null 2>&1 && return
        kill -0 $engine 2>/dev/null || not_run "dockerd does not start: $(tail -n 2 "$run_folder/log")"
        sleep 0.1
    done
    not_run "dockerd does not answer: $(tail -n 2 "$run_folder/log")"
}

stop_engine() {
    kill $engine 2>/dev/null || true
    wait $engine 2>/dev/null || true
    [ -n "$bridge_was_there" ] || ip link delete docker0 2>/dev/null || true
    rm -rf "$run_folder"
}

# 50050 is one of those that the kernel gives to outgoing connections: to none until this is over.
reserved=/proc/sys/net/ipv4/ip_local_reserved_ports
reserved_before=$(cat "$reserved")
finish() {
    [ -z "${engine:-}" ] || [ "${KEEP:-}" = 1 ] || stop_engine
    [ ! -w "$reserved" ] || echo "$reserved_before" >"$reserved"
}
trap finish EXIT
trap 'exit 130' INT TERM
[ ! -w "$reserved" ] || echo "${reserved_before:+$reserved_before,}50050" >"$reserved"

"$DOCKER" info >/dev/null 2>&1 || start_engine

if [ "${OFFLINE:-1}" = 1 ]; then
    mirror=$(deploy/offline-images.sh --mirror) || not_run "no Debian mirror is known"
    curl -fsSL -m 30 -o /dev/null "${mirror%/}/dists/bookworm/Release" || not_run "the Debian mirror does not answer"
    deploy/offline-images.sh
    export MP_COMPOSE_ENV=build/offline.env
    BASE_IMAGE=$(sed -n 's/^BASE_IMAGE=//p' build/offline.env)
    export BASE_IMAGE
fi
export BINARIES=host
deploy/images.sh
# The same programs once more as another version, to be upgraded to.
sed 's/^\(.*_VERSION=.*\)$/\1-next/' deploy/versions.env >build/next-versions.env
VERSIONS=build/next-versions.env deploy/images.sh collector storage gateway scheduler
deploy/test-secrets.sh
echo "test-compose: images and secrets are there after $((SECONDS - began)) s"
second=$compose
if [ -z "${COMPOSE:-}" ]; then
    if deploy/compose-v2.sh; then second=$PWD/build/compose-v2/docker-compose; else echo "test-compose: no Compose v2 can be had"; fi
fi
failed=()
for test in "${tests[@]}"; do
    COMPOSE=$compose
    [[ $test != *development_test.py ]] || COMPOSE=$second
    export COMPOSE
    echo "test-compose: $test, $($COMPOSE version --short)"
    MP_BUILD_DIR=$build MP_SOURCE_DIR=$PWD timeout -s INT -k 120 1500 /usr/bin/python3 "$test" || failed+=("$test")
done
echo "test-compose: ${#tests[@]} files, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}, $((SECONDS - began)) s in all"
[ ${#failed[@]} -eq 0 ]
