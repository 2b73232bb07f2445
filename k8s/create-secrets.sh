#!/usr/bin/env bash
# Makes the secrets that the manifests name, each with random content, where they are missing. Certificates: create-certificates.sh.
# usage: k8s/create-secrets.sh      (once, after kubectl apply -f k8s/production/00-namespace.yaml)
# environment: KUBECTL="kubectl --context ..."  MPCTL=<mpctl, for the first API key>
set -euo pipefail
kubectl=${KUBECTL:-kubectl}
mpctl=${MPCTL:-mpctl}
namespace=marketprism
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

templates=$(cd "$(dirname "$0")/../deploy" && pwd)

random() { head -c 32 /dev/urandom | base64 | tr -d '+/=\n'; }
sha256() { sha256sum <"$1" | cut -d' ' -f1; }

make() { # name, arguments of `kubectl create secret generic`
    local name=$1
    shift
    if $kubectl -n $namespace get secret "$name" >/dev/null 2>&1; then
        echo "create-secrets: $name is there"
        return
    fi
    $kubectl -n $namespace create secret generic "$name" "$@"
}

# A broker user each: both sides have to be made together. The brokers' is made last, so what stands there without it is of a run that broke off.
if ! $kubectl -n $namespace get secret message-broker-users >/dev/null 2>&1; then
    $kubectl -n $namespace delete secret --ignore-not-found collector storage gateway scheduler redis >/dev/null
    for service in collector storage gateway scheduler; do
        random >"$folder/$service"
        echo "${service^^}_PASSWORD=$(cat "$folder/$service")" >>"$folder/users.env"
    done
    $mpctl keys --file "$folder/keys.json" create --role admin --name first >"$folder/key"
    random >"$folder/token"
    # Redis' user, too: the cache knows the hash, the gateways the password. docs/security.md says who may do what.
    random >"$folder/redis"
    printf '%s\n' "user default off" "user gateway on #$(sha256 "$folder/redis") ~marketprism:* -@all +auth +ping +select +get +set +eval +evalsha +time" \
        >"$folder/users.acl"
    make redis --from-file=users.acl="$folder/users.acl"
    make collector --from-file=bus-password="$folder/collector"
    make storage --from-file=bus-password="$folder/storage"
    make scheduler --from-file=bus-password="$folder/scheduler"
    make gateway --from-file=bus-password="$folder/gateway" --from-file=token-secret="$folder/token" \
        --from-file=keys.json="$folder/keys.json" --from-file=redis-password="$folder/redis"
    make message-broker-users --from-env-file="$folder/users.env"
    echo "create-secrets: the first API key, shown once:"
    cat "$folder/key"
fi
random >"$folder/clickhouse"
sed "s/PASSWORD_SHA256/$(sha256 "$folder/clickhouse")/" "$templates/clickhouse/users.xml" >"$folder/users.xml"
make clickhouse --from-file=password="$folder/clickhouse" --from-file=users.xml="$folder/users.xml"
