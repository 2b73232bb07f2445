"""docker-compose.test.yml, brought up once for all cases of a test process, with the simulator's record of what it sent."""

import atexit
import shutil
import unittest

from compose import Gateway, Stack, eventually
from system import SOURCE, http

CA = SOURCE / "build/test-secrets/tls/ca.pem"
EVIDENCE = SOURCE / "build/evidence"
COUNTS = {"data-storage-service": 1, "market-data-collector": 2, "scheduler-service": 2, "api-gateway-service": 2}
SERVICES = tuple(COUNTS)


def start():
    shutil.rmtree(EVIDENCE, ignore_errors=True)
    EVIDENCE.mkdir(parents=True)
    EVIDENCE.chmod(0o777)  # the container's user is nobody here
    stack = Stack("docker-compose.test.yml", "tests/compose/evidence.yml", project="marketprism-topology-test")
    stack.down()
    atexit.register(stack.down)
    key = (SOURCE / "build/test-secrets/admin-key").read_text().split()[0]
    gateway = Gateway(key=key, ca=CA)
    stack.up()
    try:
        eventually("trades come through the load balancer", gateway.trades)
    except AssertionError as error:
        raise AssertionError(f"{error}\n" + "".join(stack.logs(name) for name in SERVICES)) from None
    for service in SERVICES:
        stack.wait_healthy(service)
    return stack, gateway


class TopologyCase(unittest.TestCase):
    """Everything is asked through the load balancer, over TLS and with a key."""

    up = None

    @classmethod
    def setUpClass(cls):
        if TopologyCase.up is None:
            TopologyCase.up = start()
        cls.stack, cls.gateway = TopologyCase.up

    def rows(self, service):
        rows = self.gateway.get("/api/v1/services").json()["data"]
        return [row for row in rows if row["service"] == service and not row["draining"]]

    def instances(self, service):
        return {row["instance"] for row in self.rows(service)}

    def versions(self, service):
        return {row["version"] for row in self.rows(service)}

    def wait_instances(self, service, count):
        eventually(f"{count} instances of {service}", lambda: len(self.instances(service)) == count)

    def sim(self, path, method="GET"):
        container, = self.stack.containers("exchange-sim")
        answer = http(method, f"http://{self.stack.address(container)}:9443/sim/{path}")
        if answer.status != 200:
            raise ValueError(answer.body)
        return answer.json() if answer.body else {}

    def settled(self):
        """A moment from which on everything that is claimed can be complete."""
        return self.gateway.wait_newer(self.gateway.newest())

    def assert_no_gap_since(self, start):
        end = self.settled()
        for exchange, market, symbol in (("binance", "spot", "BTC-USDT"), ("okx", "linear", "BTC-USDT-PERP"),
                                         ("bybit", "spot", "ETH-USDT")):
            eventually(f"{exchange} {symbol} is complete from {start} to {end}",
                       lambda: not self.gateway.gaps(start, end, exchange, market, symbol))

    def scraped(self, service=None):
        """How many instances Prometheus reaches. `up` would count those that went while it was killed itself."""
        targets = http("GET", "http://127.0.0.1:9090/api/v1/targets?state=active").json()["data"]["activeTargets"]
        return sum(row["health"] == "up" and service in (None, row["labels"]["job"]) for row in targets)
