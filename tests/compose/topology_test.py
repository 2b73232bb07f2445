"""docker-compose.test.yml: three brokers, two gateways behind a load balancer, passwords and keys; scaled, hurt, upgraded."""

import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from compose import DOCKER, Gateway, Stack, run
from system import SOURCE, eventually, http

CA = SOURCE / "build/test-secrets/tls/ca.pem"
SERVICES = ("data-storage-service", "market-data-collector", "scheduler-service", "api-gateway-service")


def now():
    """As the API writes times."""
    at = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // 10**9)) + f".{at % 10**9:09d}Z"


class Asker(threading.Thread):
    """Asks through the load balancer all the time, and counts what was no answer."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.asked, self.failures, self.ended = gateway, 0, [], threading.Event()

    def run(self):
        while not self.ended.wait(0.05):
            self.asked += 1
            try:
                status = self.gateway.get("/api/v1/version").status
                if status != 200:
                    self.failures.append(status)
            except OSError as error:
                self.failures.append(str(error))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()


class TopologyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack("docker-compose.test.yml", "marketprism-topology-test")
        cls.stack.down()
        cls.addClassCleanup(cls.stack.down)
        key = (SOURCE / "build/test-secrets/admin-key").read_text().split()[0]
        cls.gateway = Gateway(key=key, ca=CA)
        cls.stack.up()
        try:
            eventually("trades come through the load balancer", cls.gateway.trades, 90)
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "".join(cls.stack.logs(name) for name in SERVICES)) from None
        for service in SERVICES:
            cls.stack.wait_healthy(service)

    def instances(self, service):
        rows = self.gateway.get("/api/v1/services").json()["data"]
        return {row["instance"] for row in rows if row["service"] == service and not row["draining"]}

    def wait_instances(self, service, count):
        eventually(f"{count} instances of {service}", lambda: len(self.instances(service)) == count, 60)

    def settled(self):
        """A moment from which on everything that is claimed can be complete."""
        return self.gateway.wait_newer(self.gateway.newest())

    def assert_no_gap_since(self, start):
        end = self.settled()
        for exchange, market, symbol in (("binance", "spot", "BTC-USDT"), ("okx", "linear", "BTC-USDT-PERP"),
                                         ("bybit", "spot", "ETH-USDT")):
            eventually(f"{exchange} {symbol} is complete from {start} to {end}",
                       lambda: not self.gateway.gaps(start, end, exchange, market, symbol), 60)

    def scraped(self, selector):
        """How many instances Prometheus reaches."""
        answer = http("GET", f"http://127.0.0.1:9090/api/v1/query?query=count(up{{{selector}}}==1)").json()
        rows = answer["data"]["result"]
        return rows[0]["value"][1] if rows else "0"

    def test_1_everybody_is_there_and_keys_are_needed(self):
        for service, count in (("market-data-collector", 2), ("scheduler-service", 2), ("api-gateway-service", 2),
                               ("data-storage-service", 1)):
            self.wait_instances(service, count)
        eventually("Prometheus scrapes all seven, the gateways without a key", lambda: self.scraped("") == "7", 60)
        self.assertEqual(Gateway(ca=CA).get("/api/v1/instruments").status, 401)
        self.assertEqual(Gateway(key="mp_000000000000_" + "0" * 64, ca=CA).get("/api/v1/instruments").status, 401)

    def test_2_collectors_scale_without_a_gap(self):
        start = self.settled()
        self.stack.up("--no-recreate", "--scale", "market-data-collector=3")
        self.wait_instances("market-data-collector", 3)

        eventually("Prometheus finds all three", lambda: self.scraped("job='market-data-collector'") == "3", 60)
        self.assert_no_gap_since(start)

    def test_3_a_gateway_may_stop_and_nobody_notices(self):
        first, _ = self.stack.containers("api-gateway-service")
        with Asker(self.gateway) as asker:
            run(DOCKER, "stop", "-t", "40", first)
            eventually("it went on", lambda: asker.asked > 100)
            run(DOCKER, "start", first)
            self.stack.wait_healthy("api-gateway-service")
        self.assertEqual(self.stack.inspect(first)["State"]["Status"], "running")
        self.assertEqual(asker.failures, [])

    def test_4_a_broker_may_die_without_a_gap(self):
        start = self.settled()
        broker = self.stack.containers("nats-2")[0]
        run(DOCKER, "kill", broker)
        try:
            self.settled()
        finally:
            run(DOCKER, "start", broker)
        self.assert_no_gap_since(start)

    def test_5_services_are_replaced_one_by_one_under_load_without_a_gap(self):
        start = self.settled()
        with Asker(self.gateway) as asker:
            for service in SERVICES:
                self.replace(service)
        self.assert_no_gap_since(start)
        self.assertEqual(asker.failures, [])

    def test_6_what_is_lost_is_listed(self):
        start = self.settled()
        for container in self.stack.containers("market-data-collector"):
            self.stack.crash(container)
        end = self.gateway.wait_newer(now())
        eventually("their absence is a gap, and claims go on behind it",
                   lambda: any(gap["to"] < end for gap in self.gateway.gaps(start, end)), 60)
        self.stack.wait_healthy("market-data-collector")
        self.assert_no_gap_since(self.settled())

    def replace(self, service):
        """New containers beside the old ones, which stop when the new ones are ready; storage has one writer, so it is the
        other way round."""
        old = self.stack.containers(service)
        if service == "data-storage-service":
            self.stack.up("--no-deps", "--force-recreate", service)
        else:
            self.stack.up("--no-deps", "--no-recreate", "--scale", f"{service}={len(old) * 2}", service)
        self.stack.wait_healthy(service)
        if service != "data-storage-service":
            for container in old:
                run(DOCKER, "stop", "-t", "40", container)
                self.assertEqual(self.stack.inspect(container)["State"]["ExitCode"], 0)
                run(DOCKER, "rm", container)
        self.wait_instances(service, len(old))


if __name__ == "__main__":
    cases.main()
