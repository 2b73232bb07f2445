#!/usr/bin/env bash
# Fetches Compose v2 beside this Debian's docker-compose 1.29: one program out of the next Debian's package, which apt verifies. Installs nothing.
# usage: deploy/compose-v2.sh [folder]      (default build/compose-v2; makes docker-compose there)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/compose-v2}
[ -x "$folder/docker-compose" ] && exit 0
mirror=$(deploy/offline-images.sh --mirror)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/lists/partial" "$work/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/sources.list"
apt=(apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists"
    -o Dir::Cache="$work" -o APT::Sandbox::User=root)
"${apt[@]}" update
(cd "$work" && "${apt[@]}" download docker-compose)
dpkg -x "$work"/docker-compose_*.deb "$work/unpacked"
cp "$work/unpacked/usr/libexec/docker/cli-plugins/docker-compose" "$folder/"
