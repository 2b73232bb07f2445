"""Certificates for tests, by deploy/dev-ca.sh, and what shows them."""

import os
import ssl
import subprocess

import grpc

from system import SOURCE


class Authority:
    """A CA in a folder of its own."""

    def __init__(self, folder, name="test CA"):
        self.folder, self.name = folder, name

    def issue(self, *names, fresh=False):
        """Certificates for servers and clients, each for all the names that commas separate."""
        subprocess.run([SOURCE / "deploy/dev-ca.sh", self.folder, *names], check=True, timeout=60,
                       env={**os.environ, "CA_NAME": self.name, "FRESH": "1" if fresh else ""})

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def certificate(self, name):
        return self.folder / f"{name}.pem"

    def key(self, name):
        return self.folder / f"{name}.key"

    def pair(self, name):
        return self.certificate(name), self.key(name)


def client_context(ca, own=None):
    """For Python's HTTPS and WebSockets. `own`: (certificate, key) to show."""
    context = ssl.create_default_context(cafile=ca)
    if own:
        context.load_cert_chain(*own)
    return context


def channel_credentials(ca, own=None):
    certificate, key = (file.read_bytes() for file in own) if own else (None, None)
    return grpc.ssl_channel_credentials(ca.read_bytes(), key, certificate)
