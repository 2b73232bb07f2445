"""docker-compose.yml, brought up for real and used from outside. Run by deploy/test-compose.sh."""

import itertools
import pathlib
import sys
import time
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import reflection
from compose import Gateway, Stack, eventually
from system import http

SERVICES = {"market-data-collector": 8001, "data-storage-service": 8002, "api-gateway-service": 8000,
            "scheduler-service": 8003}


class DevelopmentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack("docker-compose.yml", project="marketprism-development-test")
        cls.stack.down()
        cls.addClassCleanup(cls.stack.down)
        cls.gateway = Gateway()
        started = time.monotonic()
        cls.stack.up()
        try:
            eventually("trades come through the gateway", cls.gateway.trades)
        except AssertionError as error:
            raise AssertionError(f"{error}\n" + "".join(cls.stack.logs(name) for name in SERVICES)) from None
        cls.seconds = time.monotonic() - started
        print(f"first trade through the gateway {cls.seconds:.1f} s after docker-compose up", flush=True)

    def test_data_flows_within_a_minute(self):
        self.assertLess(self.seconds, 60)
        for exchange, market, symbol in (("okx", "spot", "BTC-USDT"), ("deribit", "inverse", "BTC-USD-PERP"),
                                         ("bybit", "linear", "BTC-USDT-PERP")):
            eventually(f"{exchange} is there", lambda: self.gateway.trades(exchange, market, symbol))
        # Once and not for a moment.
        self.gateway.wait_newer(self.gateway.newest())

    def test_every_service_is_healthy_and_answers_on_its_port(self):
        for service, port in SERVICES.items():
            with self.subTest(service):
                self.stack.wait_healthy(service)
                health = http("GET", f"http://127.0.0.1:{port}/health").json()
                self.assertEqual(health["service"], service)
                self.assertEqual(health["status"], "healthy", health)

    def test_grpc_is_published(self):
        with grpc.insecure_channel("127.0.0.1:50050") as channel:
            grpc.channel_ready_future(channel).result(timeout=10)
        self.assertIn("marketprism.v1.MarketDataService", reflection.Server("127.0.0.1:50050").services())

    def test_prometheus_finds_all_services(self):
        def all_up():
            answer = http("GET", "http://127.0.0.1:9090/api/v1/targets?state=active").json()
            return {t["labels"]["job"] for t in answer["data"]["activeTargets"] if t["health"] == "up"} == set(SERVICES)
        eventually("Prometheus scrapes all four", all_up)

    def test_our_processes_have_no_rights(self):
        for service in SERVICES:
            with self.subTest(service):
                container = self.stack.inspect(self.stack.containers(service)[0])
                self.assertTrue(container["HostConfig"]["ReadonlyRootfs"])
                status = pathlib.Path(f'/proc/{container["State"]["Pid"]}/status').read_text()
                self.assertIn("Uid:\t10001\t10001", status)
                self.assertIn("CapEff:\t0000000000000000", status)
                self.assertIn("NoNewPrivs:\t1", status)

    def test_what_crashes_comes_back_and_data_goes_on(self):
        for service in ("data-storage-service", "api-gateway-service", "message-broker-service", "clickhouse",
                        "market-data-collector", "scheduler-service"):
            with self.subTest(service):
                before = self.gateway.newest() or eventually("an answer", self.gateway.newest)
                self.stack.crash(self.stack.containers(service)[0])
                self.gateway.wait_newer(before)
        for service in SERVICES:
            self.stack.wait_healthy(service)

    def is_noticed(self, service):
        """Whether somebody else says that this one does not answer."""
        def dependencies(port):
            return http("GET", f"http://127.0.0.1:{port}/health", timeout=5).json()["dependencies"]
        if service == "api-gateway-service":
            try:
                return self.gateway.get("/health/live", timeout=2).status != 200
            except OSError:
                return True
        if service in SERVICES:
            return service not in {row["service"] for row in self.gateway.get("/api/v1/services").json()["data"]}
        if service == "exchange-sim":
            return any(row["status"] != "healthy" for name, row in dependencies(8001).items() if name != "nats")
        port, name = {"message-broker-service": (8001, "nats"), "clickhouse": (8002, "engine")}[service]
        return dependencies(port)[name]["status"] != "healthy"

    def test_what_is_paused_or_cut_off_is_noticed_and_comes_back(self):
        ways = itertools.cycle((self.stack.pause, self.stack.cut_off))
        for service, how in zip((*SERVICES, "message-broker-service", "clickhouse", "exchange-sim"), ways):
            with self.subTest(f"{service} {how.__name__}"):
                container = self.stack.containers(service)[0]
                undo = how(container)
                try:
                    eventually("it is noticed", lambda: self.is_noticed(service))
                finally:
                    undo()
                # The circuit breaker of the gateway may be open for a minute.
                self.gateway.wait_newer(eventually("an answer", self.gateway.newest))
        for service in SERVICES:
            self.stack.wait_healthy(service)

    def test_y_storage_stops_although_clickhouse_does_not_answer(self):
        container = self.stack.containers("data-storage-service")[0]
        undo = self.stack.pause(self.stack.containers("clickhouse")[0])
        try:
            eventually("it is noticed", lambda: self.is_noticed("clickhouse"))
            self.stack.compose("stop", "data-storage-service")
            self.assertEqual(self.stack.inspect(container)["State"]["ExitCode"], 0, self.stack.logs("data-storage-service"))
        finally:
            undo()
            self.stack.compose("start", "data-storage-service")
        self.stack.wait_healthy("data-storage-service")

    def test_z_each_stops_in_order(self):
        for service in ("api-gateway-service", "market-data-collector", "scheduler-service", "data-storage-service"):
            container = self.stack.containers(service)[0]
            self.stack.compose("stop", service)
            self.assertEqual(self.stack.inspect(container)["State"]["ExitCode"], 0, self.stack.logs(service))


if __name__ == "__main__":
    cases.main()
