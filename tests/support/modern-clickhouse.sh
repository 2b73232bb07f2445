#!/usr/bin/env bash
# Makes a current ClickHouse engine (an npm package) ready for tests and prints its folder, for MP_MODERN_CLICKHOUSE. Where it
# cannot be had says why and fails; the tests that want it are skipped then.
# usage: modern-clickhouse.sh <folder with a package.json that asks for chdb> <folder to install into>
set -euo pipefail
from=$1 to=$2
refuse() { echo "no current ClickHouse engine: $1" >&2; exit 1; }

works() { timeout 60 node -e "new (require('$1/node_modules/chdb').Session)().query('SELECT 1')" >/dev/null 2>&1; }

command -v node >/dev/null || refuse "node is not installed"
if [ ! -d "$from/node_modules/chdb" ]; then
    command -v npm >/dev/null || refuse "npm is not installed"
    mkdir -p "$to"
    cp "$from/package.json" "$to/"
    (cd "$to" && timeout 180 npm install --no-audit --no-fund --loglevel=error >npm.log 2>&1) || refuse "npm install failed, see $to/npm.log"
    from=$to
fi
from=$(realpath "$from")
works "$from" || refuse "what is in $from does not answer SELECT 1"
echo "$from"
