#!/usr/bin/env bash
# Makes the secrets that the manifests name, each with random content, where they are missing.
# usage: k8s/create-secrets.sh      (once, after kubectl apply -f k8s/production/00-namespace.yaml)
# environment: KUBECTL="kubectl --context ..."  MPCTL=<mpctl, for the first API key>
set -euo pipefail
kubectl=${KUBECTL:-kubectl}
mpctl=${MPCTL:-mpctl}
namespace=marketprism
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

random() { head -c 32 /dev/urandom | base64 | tr -d '+/=\n'; }

make() { # name, arguments of `kubectl create secret generic`
    local name=$1
    shift
    if $kubectl -n $namespace get secret "$name" >/dev/null 2>&1; then
        echo "create-secrets: $name is there"
        return
    fi
    $kubectl -n $namespace create secret generic "$name" "$@"
}

# A broker user each: both sides have to be made together.
if ! $kubectl -n $namespace get secret message-broker-users >/dev/null 2>&1; then
    users=()
    for service in collector storage gateway scheduler; do
        random >"$folder/$service"
        users+=("--from-literal=${service^^}_PASSWORD=$(cat "$folder/$service")")
    done
    $mpctl keys --file "$folder/keys.json" create --role admin --name first >"$folder/key"
    random >"$folder/token"
    make collector --from-file=bus-password="$folder/collector"
    make storage --from-file=bus-password="$folder/storage"
    make scheduler --from-file=bus-password="$folder/scheduler"
    make gateway --from-file=bus-password="$folder/gateway" --from-file=token-secret="$folder/token" \
        --from-file=keys.json="$folder/keys.json"
    make message-broker-users "${users[@]}"
    echo "create-secrets: the first API key, shown once:"
    cat "$folder/key"
fi
random >"$folder/clickhouse"
make clickhouse --from-literal=user=marketprism --from-file=password="$folder/clickhouse"
