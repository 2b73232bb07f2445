"""What k8s/create-secrets.sh and k8s/create-certificates.sh put into a cluster, here into a folder."""

import os
import subprocess

from system import BIN, SOURCE

# Says that nothing is there; `create` keeps each key as <folder>/<secret>/<key>, `apply` takes what `create` prints.
KUBECTL = """#!/usr/bin/env bash
set -euo pipefail
echo "$*" >>"$FOLDER/calls"
case "$*" in
    *" get secret "*) exit 1 ;;
    *" delete secret "*) exit ;;
    apply*) cat >/dev/null; exit ;;
    *" create secret generic "*) ;;
    *) echo "kubectl: $*" >&2; exit 2 ;;
esac
for word in "$@"; do
    case $word in
        --from-file=*) word=${word#--from-file=}; cp "${word#*=}" "$FOLDER/$name/${word%%=*}" ;;
        --from-env-file=*) while IFS== read -r key value; do printf %s "$value" >"$FOLDER/$name/$key"; done <"${word#*=}" ;;
        -*) ;;
        *) [ "${previous:-}" = generic ] && name=$word && mkdir -p "$FOLDER/$name" ;;
    esac
    previous=$word
done
"""


def make(folder):
    """Runs both; {secret: {key: file}}."""
    made = folder / "secrets"
    made.mkdir(parents=True)
    kubectl = folder / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    environment = {**os.environ, "KUBECTL": str(kubectl), "FOLDER": str(made), "MPCTL": str(BIN / "mpctl"),
                   "GATEWAY_NAMES": "api.example.com,192.0.2.1"}
    for script in ([SOURCE / "k8s/create-secrets.sh"], [SOURCE / "k8s/create-certificates.sh", folder / "ca"]):
        run = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stdout + run.stderr
    return {secret.name: {file.name: file for file in secret.iterdir()} for secret in made.iterdir() if secret.is_dir()}
