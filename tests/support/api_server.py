"""A real Kubernetes API server with its etcd on loopback, of deploy/kube-apiserver.sh; without nodes and controllers."""

import os
import pathlib
import subprocess

from system import HOST, SOURCE, Process, eventually, free_ports

FOLDER = pathlib.Path(os.environ.get("MP_KUBERNETES", SOURCE / "build/kubernetes"))
PROGRAMS = ("kube-apiserver", "etcd", "kubectl")
TOKEN = "of-this-test-alone"
CONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "https://{host}:{port}", insecure-skip-tls-verify: true}}}}]
users: [{{name: test, user: {{token: "{token}"}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"""


def there():
    return all((FOLDER / name).exists() for name in PROGRAMS)


class ApiServer:
    def __init__(self, folder):
        self.folder = folder
        self.processes = []

    def start(self):
        clients, peers, port = free_ports(3)
        self.run("etcd", f"--data-dir={self.folder}/etcd", "--unsafe-no-fsync",
                 f"--listen-client-urls=http://{HOST}:{clients}", f"--advertise-client-urls=http://{HOST}:{clients}",
                 f"--listen-peer-urls=http://{HOST}:{peers}", f"--initial-advertise-peer-urls=http://{HOST}:{peers}",
                 f"--initial-cluster=default=http://{HOST}:{peers}")
        key = self.folder / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True, timeout=60)
        (self.folder / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
        self.run("kube-apiserver", f"--etcd-servers=http://{HOST}:{clients}", f"--bind-address={HOST}", f"--secure-port={port}",
                 "--insecure-port=0", f"--cert-dir={self.folder}/certificates", f"--token-auth-file={self.folder}/tokens.csv",
                 "--authorization-mode=RBAC", "--service-account-issuer=https://kubernetes.default.svc",
                 f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}",
                 "--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none")
        (self.folder / "kubeconfig").write_text(CONFIG.format(host=HOST, port=port, token=TOKEN))
        eventually("the API server is ready", self.ready, 120)
        return self

    def run(self, name, *arguments):
        self.processes.append(Process(name, [FOLDER / name, *arguments], self.folder).start())

    def ready(self):
        for process in self.processes:
            assert process.running(), f"{process.name} ended:\n{process.tail()}"
        # Admission looks quotas and priorities up that it makes itself at first.
        return self.kubectl("get", "--raw", "/readyz").returncode == 0

    def stop(self):
        for process in reversed(self.processes):
            process.kill()

    @property
    def command(self):
        return [str(FOLDER / "kubectl"), f"--kubeconfig={self.folder}/kubeconfig", f"--cache-dir={self.folder}/cache"]

    def kubectl(self, *arguments, text=None):
        return subprocess.run([*self.command, *map(str, arguments)], input=text, capture_output=True, text=True, timeout=120)
