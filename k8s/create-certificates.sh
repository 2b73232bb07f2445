#!/usr/bin/env bash
# Makes certificates of a development CA (deploy/dev-ca.sh) and puts them into the secrets that the manifests name. For trials; what production does:
# docs/operations.md, "Certificates".
# usage: k8s/create-certificates.sh [folder of the CA]      (default build/k8s-certificates; after 00-namespace.yaml)
# Again: what is valid for another day stays, FRESH=1 makes all anew. Pods see replaced secrets within about a minute, services take them up without a restart.
# environment: KUBECTL="kubectl --context ..."  GATEWAY_NAMES=<names and addresses by which clients call the gateways, with commas>  DAYS
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/k8s-certificates}
kubectl=${KUBECTL:-kubectl}
namespace=marketprism

inside() { # the names of a service inside the cluster, and for kubectl port-forward
    echo "$1,$1.$namespace,$1.$namespace.svc,$1.$namespace.svc.cluster.local,localhost"
}

secrets=()
names=()
certificate() { # name of the secret without -tls, names in the certificate, the first of them that of the file
    secrets+=("$1")
    names+=("$2")
}

# Services are known by their registry names, wherever they run.
for service in market-data-collector data-storage-service scheduler-service; do
    certificate $service $service
done
certificate api-gateway-service "api-gateway-service,$(inside api-gateway)${GATEWAY_NAMES:+,$GATEWAY_NAMES}"
brokers=$(inside message-broker)
for number in 0 1 2; do
    brokers+=,$(inside message-broker-$number.message-broker-nodes)
done
certificate message-broker "$brokers"
certificate clickhouse "$(inside clickhouse)"
certificate redis "$(inside redis)"
certificate monitoring-service "$(inside monitoring-service)"

deploy/dev-ca.sh "$folder" "${names[@]}"
for secret in "${secrets[@]}"; do
    $kubectl -n $namespace create secret generic "$secret-tls" --type=kubernetes.io/tls --from-file=tls.crt="$folder/$secret.pem" \
        --from-file=tls.key="$folder/$secret.key" --from-file=ca.crt="$folder/ca.pem" --dry-run=client -o yaml | $kubectl apply -f -
done
