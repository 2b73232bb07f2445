#!/usr/bin/env bash
# Builds a real Kubernetes API server from Debian's sources, for tests of the manifests where no cluster can be had. Needs no root and changes nothing
# outside of its folder; about ten minutes of two cores and 3 GiB.
# usage: deploy/kube-apiserver.sh [folder]      (default build/kubernetes; makes kube-apiserver, etcd and kubectl there)
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "${1:-build/kubernetes}"
folder=$(cd "${1:-build/kubernetes}" && pwd)
[ -x "$folder/kube-apiserver" ] && [ -x "$folder/etcd" ] && [ -x "$folder/kubectl" ] && exit 0

# Debian 12's package has the whole source, and builds but the client from it.
version=1.20.2
package=kubernetes_1.20.5+really$version.orig.tar.gz
checksum=b83c0780efb182d928dc63d46488a847f161f04e40a94b96bf5247dd671ecdfc
archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -n 1)
[ -n "$archive" ] || { echo "kube-apiserver: apt names no archive" >&2; exit 1; }

work=$folder/work
[ ! -d "$work" ] || { chmod -R u+w "$work" && rm -rf "$work"; } # of a run that broke off
mkdir -p "$work/debs" "$work/go/src/k8s.io"
(cd "$work/debs" && apt-get -o APT::Sandbox::User=root download -q golang-1.19-go golang-1.19-src etcd-server kubernetes-client >/dev/null)
for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/unpacked"; done
cp "$work/unpacked/usr/bin/etcd" "$work/unpacked/usr/bin/kubectl" "$folder/"
curl -sS --fail -o "$work/$package" "${archive%/}/pool/main/k/kubernetes/$package"
echo "$checksum  $work/$package" | sha256sum --check --quiet
tar xzf "$work/$package" -C "$work/go/src/k8s.io"
mv "$work/go/src/k8s.io/kubernetes-$version" "$work/go/src/k8s.io/kubernetes"

export GOROOT=$work/unpacked/usr/lib/go-1.19 GOPATH=$work/go GO111MODULE=off GOCACHE=$work/cache CGO_ENABLED=0
go=$GOROOT/bin/go
cd "$work/go/src/k8s.io/kubernetes"
# The description of the API is generated, and no part of the sources.
"$go" build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
inputs=$(cd staging/src && grep -rl --include=doc.go --include=types.go '+k8s:openapi-gen=true' k8s.io/api k8s.io/apimachinery k8s.io/apiserver \
    k8s.io/apiextensions-apiserver/pkg/apis k8s.io/kube-aggregator/pkg/apis k8s.io/client-go/pkg | xargs -n 1 dirname | sort -u |
    sed 's#^#k8s.io/kubernetes/vendor/#' | paste -sd,)
inputs+=,k8s.io/kubernetes/vendor/k8s.io/apimachinery/pkg/api/resource,k8s.io/kubernetes/vendor/k8s.io/apimachinery/pkg/util/intstr
PATH=$GOROOT/bin:$PATH "$work/openapi-gen" -O zz_generated.openapi -i "$inputs" -p k8s.io/kubernetes/pkg/generated/openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$work/violations" -o "$work/go/src"
flags=
for pair in gitMajor=1 gitMinor=20 gitVersion=v$version; do flags+=" -X k8s.io/component-base/version.$pair"; done
"$go" build -p 2 -ldflags "$flags" -o "$folder/kube-apiserver" ./cmd/kube-apiserver
chmod -R u+w "$work"
rm -rf "$work"
