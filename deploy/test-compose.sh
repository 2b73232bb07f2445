#!/usr/bin/env bash
# Brings the compose stacks up from nothing and checks them from outside: tests/compose.
# usage: deploy/test-compose.sh [build folder] [test file...]      (make test-compose)
# environment: OFFLINE=0 takes third-party images from their registries instead of making them; KEEP=1 leaves the engine running.
# Without a Docker engine one is started for the test, where dockerd is installed and this is root; else it says so.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
shift || true
tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(tests/compose/*_test.py)

# The client that Debian's engine comes with can do BuildKit by itself.
export DOCKER=${DOCKER:-$([ -x /usr/bin/docker ] && echo /usr/bin/docker || echo docker)}
command -v "$DOCKER" >/dev/null || { echo "test-compose: not run: no docker here (deploy/install-deps.sh deploy)"; exit 0; }
if ! "$DOCKER" info >/dev/null 2>&1; then
    if [ "$(id -u)" -ne 0 ] || ! command -v dockerd >/dev/null; then
        echo "test-compose: not run: no Docker engine answers, and none can be started"
        exit 0
    fi
    folder=$(pwd)/build/docker
    mkdir -p "$folder"
    export DOCKER_HOST=unix://$folder/socket
    dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H "$DOCKER_HOST" >"$folder/log" 2>&1 &
    engine=$!
    [ "${KEEP:-}" = 1 ] || trap 'kill $engine; wait $engine || true' EXIT
    for ((i = 0; i < 600; i++)); do
        "$DOCKER" info >/dev/null 2>&1 && break
        kill -0 $engine 2>/dev/null || { echo "test-compose: not run: dockerd does not start:"; tail -n 3 "$folder/log"; exit 0; }
        sleep 0.1
    done
fi

if [ "${OFFLINE:-1}" = 1 ]; then
    deploy/offline-images.sh
    export MP_COMPOSE_ENV=build/offline.env
    BASE_IMAGE=$(sed -n 's/^BASE_IMAGE=//p' build/offline.env)
    export BASE_IMAGE
fi
BINARIES=host deploy/images.sh
deploy/test-secrets.sh
failed=0
for test in "${tests[@]}"; do
    MP_BUILD_DIR=$build MP_SOURCE_DIR=$(pwd) /usr/bin/python3 "$test" || failed=1
done
exit $failed
