#!/usr/bin/env bash
# Makes what docker-compose.test.yml mounts as secrets: passwords of broker, ClickHouse and Redis, the token secret, an admin key, certificates of a CA of its own.
# usage: deploy/test-secrets.sh [folder]      (default build/test-secrets; what is there stays)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/test-secrets}
mpctl=${MPCTL:-build/release/bin/mpctl}
mkdir -p "$folder"

# Services are known by their registry names wherever they run; clients of the load balancer come from this machine.
DAYS=365 deploy/dev-ca.sh "$folder/tls" nats-1,nats-2,nats-3,localhost clickhouse-1,clickhouse-2,localhost redis,localhost \
    data-storage-service market-data-collector api-gateway-service scheduler-service load-balancer,localhost,127.0.0.1 client
cat "$folder/tls/load-balancer.pem" "$folder/tls/load-balancer.key" >"$folder/tls/load-balancer-both.pem"
chmod -R a+rX "$folder/tls"
chmod go-r "$folder/tls/ca.key"

random() { head -c 24 /dev/urandom | base64 | tr -d '+/=\n'; }

if ! grep -qs "^tls-port" "$folder/redis.conf"; then
    random >"$folder/gateway-redis-password"
    # A cache: nothing on disk, what was not used for longest makes room. docs/security.md says who may do what.
    cat >"$folder/redis.conf" <<CONF
protected-mode no
port 0
tls-port 6379
tls-cert-file /run/tls/own.pem
tls-key-file /run/tls/own.key
tls-ca-cert-file /run/tls/ca.pem
save ""
maxmemory 256mb
maxmemory-policy allkeys-lru
user default off
user gateway on >$(cat "$folder/gateway-redis-password") ~marketprism:* -@all +auth +ping +select +get +set +eval +evalsha +time
CONF
    chmod 644 "$folder/redis.conf" "$folder/gateway-redis-password"
fi
if [ ! -s "$folder/clickhouse-users.xml" ]; then
    random >"$folder/clickhouse-password"
    # One user, of one database: the server's own `default`, who needs no password, goes.
    cat >"$folder/clickhouse-users.xml" <<XML
<yandex>
    <users>
        <default remove="1"/>
        <storage>
            <password_sha256_hex>$(sha256sum "$folder/clickhouse-password" | cut -d " " -f 1)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
            <allow_databases><database>marketprism</database></allow_databases>
        </storage>
    </users>
</yandex>
XML
    chmod 644 "$folder/clickhouse-users.xml" "$folder/clickhouse-password"
fi
[ -s "$folder/admin-key" ] && exit 0

: >"$folder/nats.env"
for service in collector storage gateway scheduler; do
    random >"$folder/$service-bus-password"
    echo "${service^^}_PASSWORD=$(cat "$folder/$service-bus-password")" >>"$folder/nats.env"
done
random >"$folder/token-secret"
rm -f "$folder/keys.json"
"$mpctl" keys --file "$folder/keys.json" create --role admin --name test >"$folder/admin-key"
# Read by the containers' users, which nobody here is.
chmod a+r "$folder"/*
