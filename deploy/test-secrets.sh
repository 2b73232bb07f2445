#!/usr/bin/env bash
# Makes what docker-compose.test.yml mounts as secrets: broker passwords, the token secret, an admin key.
# usage: deploy/test-secrets.sh [folder]      (default build/test-secrets; what is there stays)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/test-secrets}
mpctl=${MPCTL:-build/release/bin/mpctl}
[ -s "$folder/admin-key" ] && exit 0
mkdir -p "$folder"

random() { head -c 24 /dev/urandom | base64 | tr -d '+/=\n'; }

: >"$folder/nats.env"
for service in collector storage gateway scheduler; do
    random >"$folder/$service-bus-password"
    echo "${service^^}_PASSWORD=$(cat "$folder/$service-bus-password")" >>"$folder/nats.env"
done
random >"$folder/clickhouse-password"
random >"$folder/token-secret"
rm -f "$folder/keys.json"
"$mpctl" keys --file "$folder/keys.json" create --role admin --name test >"$folder/admin-key"
# Read by the containers' users, which nobody here is.
chmod 644 "$folder"/*
