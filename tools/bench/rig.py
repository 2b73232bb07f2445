"""The real processes on this machine, set up to be measured."""

import os
import pathlib
import shutil
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("MP_SOURCE_DIR", str(SOURCE))
sys.path.insert(0, str(SOURCE / "tests/support"))

import system

BIN = system.BIN
HOST = system.HOST
SYMBOLS = ("BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "LTC")


class Rig(system.System):
    """A system whose simulator writes no evidence, which would cost more than serving."""

    def __init__(self, sim_arguments, settings=None):
        symbols = ",".join(f"{base}-USDT" for base in SYMBOLS)
        super().__init__(["--generate", "--symbols", symbols, *sim_arguments], settings, evidence=False)

    def __exit__(self, kind, *rest):
        super().__exit__(kind, *rest)
        if kind is None:
            shutil.rmtree(self.folder)

    @property
    def broker(self):
        return f'nats://{HOST}:{self.ports["nats"]}'

    @property
    def gateway(self):
        return f'{HOST}:{self.grpc_port["gateway"]}'

    def committed(self):
        """Events in the store so far, claims left out."""
        return self.metric("storage", "marketprism_store_committed_events_total")

    def cpu_seconds(self, name):
        fields = open(f"/proc/{self.processes[name].pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def every(seconds, until):
    """Yields now and every so many seconds until that instant of time.monotonic()."""
    due = time.monotonic()
    while due < until:
        yield due
        due += seconds
        time.sleep(max(0.0, due - time.monotonic()))
