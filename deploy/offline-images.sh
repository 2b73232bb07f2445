#!/usr/bin/env bash
# Makes the base image and the third-party images out of Debian's packages, where no image registry can be reached,
# and writes build/offline.env with their names: docker-compose --env-file build/offline.env up
# --mirror only says where packages come from.
# Needs root, Docker, debootstrap, and a Debian mirror (MIRROR, by default the one of this machine's apt).
set -euo pipefail
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker}
suite=bookworm
base=marketprism-offline/debian:$suite
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 2>/dev/null | head -n 1)}
if [ -z "$mirror" ]; then
    echo "offline-images: apt knows no mirror of $suite; set MIRROR=<url of one>" >&2
    exit 1
fi
if [ "${1:-}" = --mirror ]; then
    echo "$mirror"
    exit 0
fi

make_base() {
    "$docker" image inspect "$base" >/dev/null 2>&1 && return
    local root
    root=$(mktemp -d)
    trap 'rm -rf "$root"' RETURN
    echo "offline-images: $base"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
        tail -n 5 "$root.log" >&2
        return 1
    }
    rm -rf "$root.log" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/usr/share/{doc,man,locale}/*
    printf 'deb %s %s main\n' "$mirror" "$suite" >"$root/etc/apt/sources.list"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    tar -C "$root" -c . | "$docker" import - "$base" >/dev/null
}

make_base
export DOCKER_BUILDKIT=1
mkdir -p build
: >build/offline.env.new
echo "BASE_IMAGE=$base" >>build/offline.env.new
for name in nats redis clickhouse haproxy; do
    image=marketprism-offline/$name:$suite
    echo "offline-images: $image"
    "$docker" build -q -f deploy/offline/Dockerfile --target "$name" -t "$image" ${BUILD_NETWORK:+--network "$BUILD_NETWORK"} \
        --build-arg BASE_IMAGE="$base" deploy/offline >/dev/null
    echo "$(tr a-z A-Z <<<"$name")_IMAGE=$image" >>build/offline.env.new
done
mv build/offline.env.new build/offline.env
echo "offline-images: build/offline.env has the names"
