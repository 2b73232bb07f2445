#!/bin/bash
# Exit 0 when the service in this container is ready. Bash alone, so that the image needs no HTTP client.
exec 3<>"/dev/tcp/127.0.0.1/${MP_HTTP__PORT:-8000}" || exit 1
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
