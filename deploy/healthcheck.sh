#!/bin/bash
# Exit 0 when the server in this container is ready. Bash, and openssl where the port speaks TLS: the image needs no HTTP client.
# usage: healthcheck [port] [path]      (by default those of our services)
port=${1:-${MP_HTTP__PORT:-8000}}
path=${2:-/health/ready}
ask() { printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$path"; }
if [ -n "${MP_TLS__CERTIFICATE_FILE:-}" ] && [ "${MP_TLS__HTTP:-}" = true ]; then
    # Its own port on loopback; the certificate is for where clients are asked for one.
    read -r -t 3 _ status _ < <(ask | timeout 3 openssl s_client -quiet -connect "127.0.0.1:$port" \
        -cert "$MP_TLS__CERTIFICATE_FILE" -key "$MP_TLS__KEY_FILE" 2>/dev/null)
else
    exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
    ask >&3
    read -r -t 3 _ status _ <&3
fi
[ "$status" = 200 ]
