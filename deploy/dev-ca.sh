#!/usr/bin/env bash
# A certificate authority for development and tests, and certificates that it signs. Not for production.
# usage: deploy/dev-ca.sh <folder> <name>[,<name or address>...] ...
# Each argument is a certificate <folder>/<first name>.{pem,key} for all its names, made for clients and servers alike; the CA is
# <folder>/ca.{pem,key}. What is there and valid for another day stays; FRESH=1 makes certificates anew (the CA too where it is gone).
# environment: DAYS of validity (default 30), CA_NAME.
set -euo pipefail
[ $# -ge 2 ] || { sed -n 2,6p "$0" >&2; exit 2; }
folder=$1
shift
days=${DAYS:-30}
umask 077
mkdir -p "$folder"

lasts() { [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend 86400 >/dev/null; }

if ! lasts "$folder/ca.pem"; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" -keyout "$folder/ca.key" -out "$folder/ca.pem" \
        -subj "/CN=${CA_NAME:-MarketPrism development CA}" -addext basicConstraints=critical,CA:TRUE,pathlen:0 \
        -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    FRESH=1
fi

for names in "$@"; do
    name=${names%%,*}
    [ "${FRESH:-}" != 1 ] && lasts "$folder/$name.pem" && continue
    alternatives=
    for one in ${names//,/ }; do
        if [[ $one =~ ^[0-9.]+$ || $one == *:* ]]; then alternatives+=",IP:$one"; else alternatives+=",DNS:$one"; fi
    done
    # Written beside and moved: a service that looks meanwhile sees the old or the new.
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$folder/$name.key.new" -subj "/CN=$name" 2>/dev/null |
        openssl x509 -req -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -days "$days" -out "$folder/$name.pem.new" 2>/dev/null \
            -set_serial "0x$(openssl rand -hex 16)" -extfile <(printf '%s\n' "subjectAltName=${alternatives#,}" \
            "basicConstraints=CA:FALSE" "keyUsage=digitalSignature" "extendedKeyUsage=serverAuth,clientAuth")
    mv "$folder/$name.key.new" "$folder/$name.key"
    mv "$folder/$name.pem.new" "$folder/$name.pem"
done
