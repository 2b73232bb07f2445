#!/usr/bin/env bash
# Builds another version of this repository beside this one and upgrades from it under load.
# usage: FROM=<commit> deploy/test-upgrade.sh <build folder of this version>
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
if [ -z "${FROM:-}" ]; then
    echo "test-upgrade: FROM=<commit> names the version that runs first" >&2
    exit 2
fi
commit=$(git rev-parse --verify --quiet "$FROM^{commit}") || {
    echo "test-upgrade: there is no commit $FROM here" >&2
    exit 2
}
tree=$PWD/build/upgrade/$commit
if [ ! -d "$tree" ]; then
    mkdir -p "$tree"
    git archive "$commit" | tar -x -C "$tree"
fi
"$tree/deploy/build.sh" release "$(nproc)" mp-storage mp-collector mp-gateway mp-scheduler
echo "test-upgrade: from $(git log -1 --format='%h (%s)' "$commit")"
MP_FROM_BIN_DIR=$tree/build/release/bin MP_FROM_SOURCE_DIR=$tree MP_BIN_DIR=$PWD/$build/bin MP_SOURCE_DIR=$PWD \
    /usr/bin/python3 tests/chaos/upgrade_test.py
