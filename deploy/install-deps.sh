#!/usr/bin/env bash
# Installs what building, testing and running MarketPrism on Debian 12 needs. Quiet when nothing is missing.
# usage: deploy/install-deps.sh [build|deploy]   (default: build; deploy: Docker and what makes images)
set -euo pipefail

build_packages=(
    git make cmake ninja-build ccache g++ lld pkg-config
    libboost1.81-dev libssl-dev zlib1g-dev
    libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev
    libnats-dev libhiredis-dev prometheus-cpp-dev libspdlog-dev libyaml-cpp-dev libsimdjson-dev librocksdb-dev liblz4-dev libzstd-dev
    libcurl4-openssl-dev libcli11-dev nlohmann-json3-dev libhowardhinnant-date-dev tzdata
    libgtest-dev libgmock-dev libbenchmark-dev librapidcheck-dev
    clang-format clang-tidy clang libclang-rt-14-dev
    clickhouse-server clickhouse-client nats-server redis-server prometheus curl iproute2
    python3 python3-grpcio python3-protobuf python3-grpc-tools python3-yaml procps ca-certificates openssl
)

deploy_packages=(docker.io docker-compose debootstrap iptables curl ca-certificates openssl)

case ${1:-build} in
    build) packages=("${build_packages[@]}") ;;
    deploy) packages=("${deploy_packages[@]}") ;;
    *) echo "usage: $0 [build|deploy]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed$' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-deps: these Debian packages are missing and neither root nor sudo is available: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "install-deps: installing ${#missing[@]} Debian packages: ${missing[*]}"

# Debian starts servers as it installs them, on the very ports that `make run` uses: here whoever needs one
# starts it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update -q && \
       DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    echo "install-deps: apt-get failed; its last lines (all of it: $log):" >&2
    tail -n 15 "$log" >&2
    exit 1
fi
rm -f "$log"
for server in nats-server clickhouse-server redis-server prometheus; do
    case " ${missing[*]} " in *" $server "*) ;; *) continue ;; esac
    [ -d /run/systemd/system ] && "${as_root[@]}" systemctl --quiet disable "$server" || true
done
