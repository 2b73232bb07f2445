"""A running system whose gateway is asked, and what tests of it share."""

import json
import socket
import subprocess
import unittest

from api import MarketData
from system import BIN, HOST, System, eventually

SERIES = "exchange=binance&symbol=BTC-USDT"


def raw(port, request, wait=5):
    """What the server answers to these bytes: status, headers by lower-case name, body."""
    with socket.create_connection((HOST, port), timeout=wait) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass  # refused before all was sent
        stream = connection.makefile("rb")
        status = stream.readline()
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.strip().lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body


def keys(system, *arguments):
    """What `mpctl keys` says of the gateway's file."""
    run = subprocess.run([BIN / "mpctl", "--json", "keys", "--file", system.folder / "keys.json", *arguments],
                         capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


class GatewayCase(unittest.TestCase):
    """One running system for all tests of a class."""

    services = System.SERVICES
    settings = None
    rate = 300

    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", str(cls.rate), "--symbols", "BTC-USDT,ETH-USDT"], cls.settings)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start(cls.services)
        eventually("every kind of data is there", cls.flowing, 60)

    @classmethod
    def flowing(cls):
        for route in ("klines?interval=1m&", "ticker?", "trades?", "orderbook?", "bbo?", "candles?interval=1s&"):
            answer = cls.system.service("gateway", f"/api/v1/{route}{SERIES}")
            if answer.status != 200 or not answer.json()["data"]:
                return False
        return True

    def ask(self, path, method="GET", body=None, headers=None):
        return self.system.service("gateway", f"/api/v1/{path}", method, body, headers)

    @property
    def port(self):
        return self.system.http_port["gateway"]

    def market_data(self, key=None):
        return MarketData(f'{HOST}:{self.system.grpc_port["gateway"]}', key)

    def count(self, *labels):
        return self.system.metric("gateway", "api_requests_total", lambda line: all(label in line for label in labels))

    def closed(self):
        """A part of history that ended long enough ago not to change."""
        def rows():
            answer = self.ask(f"trades?{SERIES}&start=0&limit=50")
            data = answer.json()["data"] if answer.status == 200 else []
            instants = sorted({row["order_ts"] for row in data})
            return instants if len(data) == 50 and len(instants) > 2 else None
        instants = eventually("fifty trades are stored", rows, 60)
        # Nobody can say that the stream showed all of the first one.
        return instants[1], instants[-1]
