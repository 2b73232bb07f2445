#!/usr/bin/env bash
# Builds the images of deploy/Dockerfile, versions from deploy/versions.env or the file VERSIONS. Services say the version of their image.
# usage: deploy/images.sh [target...]      (make images)
# environment: BINARIES=built|host  BASE_IMAGE=<image>  REGISTRY=<prefix with />  DOCKER=<client>  VERSIONS=<file>  BUILD_NETWORK=<docker network>
set -euo pipefail
cd "$(dirname "$0")/.."
. "${VERSIONS:-deploy/versions.env}"

docker=${DOCKER:-docker}
binaries=${BINARIES:-built}
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(collector storage gateway scheduler monitoring exchange-sim mpctl)

if [ "$binaries" = host ]; then
    for name in mp-collector mp-storage mp-gateway mp-scheduler mp-exchange-sim mpctl; do
        [ -x "build/release/bin/$name" ] || { echo "images: build/release/bin/$name is missing: run make build" >&2; exit 1; }
    done
fi
# Without BuildKit every stage is built, also the one that compiles.
export DOCKER_BUILDKIT=1
revision=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
for target in "${targets[@]}"; do
    variable=$(tr 'a-z-' 'A-Z_' <<<"$target")_VERSION
    version=${!variable:?no version of $target in deploy/versions.env}
    image=${REGISTRY:-}marketprism/$target:$version
    echo "images: $image"
    "$docker" build -q -f deploy/Dockerfile --target "$target" -t "$image" ${BUILD_NETWORK:+--network "$BUILD_NETWORK"} \
        --build-arg BINARIES="$binaries" --build-arg VERSION="${version#v}" --build-arg REVISION="$revision" \
        ${BASE_IMAGE:+--build-arg BASE_IMAGE="$BASE_IMAGE"} . >/dev/null
done
