"""What dashboards show only after something has happened: each thing is made to happen under a real Prometheus."""

import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import monitoring
import stored
from certificates import Authority
from prometheus import Prometheus
from system import SIGCONT, SIGSTOP, SOURCE, System, eventually

TRADES = {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT"}
# monitoring_test gives the gateway a Redis and the collector a folder for raw frames, and runs a job; monitoring_replicas_test
# starts a keeper.
ELSEWHERE = {"Redis", "Shared through Redis", "Raw capture", "Raw capture, bytes", "Circuit breakers of the schedulers",
             "ClickHouse replicas"}


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class TroubleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        system = cls.system = System(["--generate", "--venues", "binance,okx", "--rate", "400", "--symbols", "BTC-USDT,ETH-USDT"],
                                     evidence=False)
        cls.addClassCleanup(system.__exit__, None, None, None)
        ours = Authority(system.folder / "tls")
        ours.issue("client")
        server = clickhouse.ClickHouse(system.folder / "clickhouse")
        system.processes["clickhouse"] = server.process
        server.start()
        system.settings = {
            "collector": {"book.audit_interval": "2s", "spool.max_bytes": "1MiB", "spool.segment_bytes": "64KiB"},
            "storage": {"query.slow_after": "1us", "query.max_rows": "100", "backup.path": system.folder / "backups",
                        "export.path": system.folder / "exports", "tls.ca_file": ours.ca}}
        config = system.config["scheduler"] = system.folder / "scheduler"
        shutil.copytree(SOURCE / "services/scheduler/config", config)
        (config / "local.yaml").write_text("""jobs:
  retention: {schedule: every 1s}
  gap_repair: {payload: '{"lookback":"24h","settle":"1s"}'}
""")
        system.settings["storage-2"] = {
            "storage.engine": "clickhouse", "clickhouse.url": server.url, "clickhouse.batch.max_delay": "300ms",
            "clickhouse.shared": "true", "bus.durable": "clickhouse", "storage.path": system.folder / "storage-2", "query.max_rows": "50000000"}
        system.start()
        system.start_service("storage-2")
        eventually("something is stored", lambda: stored.count(system) > 100)
        cls.prometheus = Prometheus(system)
        cls.waiting = {(panel["title"], query["expr"]) for definition in monitoring.definitions().values()
                       for panel in definition["panels"] if "empty" in panel and panel["title"] not in ELSEWHERE
                       for query in panel["queries"]}

    def fault(self, **fault):
        answer = self.system.sim("fault", "POST", fault)
        self.assertEqual(answer.status, 200, answer.body)

    def shown(self, *titles):
        """Whether panels of these titles show something; those that do are waited for no more."""
        for row in [row for row in self.waiting if row[0] in titles]:
            if self.prometheus.query(row[1]):
                self.waiting.discard(row)
        return not any(row[0] in titles for row in self.waiting)

    def submit(self, **task):
        answer = self.system.service("gateway", "/api/v1/tasks", "POST", task)
        self.assertLess(answer.status, 300, answer.body)

    def test_a_exchanges_that_fail(self):
        self.fault(kind="garbage", variant="invalid_json", count=3)
        self.fault(kind="http_500", path="/api/v3/depth", count=8)
        self.fault(kind="cut")
        self.fault(kind="drop_delta", symbol="BTC-USDT", count=2)
        titles = ("Errors", "Ended connections", "Streams subscribed anew", "Books compared with fresh snapshots",
                  "Circuit breakers of the collectors")

        def shown():
            if not self.shown("Errors"):
                self.fault(kind="garbage", variant="invalid_json", count=1)
            return self.shown(*titles)
        eventually(f"all are shown: {titles}", shown, 90)

    def test_b_gaps_that_are_asked_for(self):
        def shown():
            answer = self.system.service("gateway", "/api/v1/jobs/gap_repair/run", "POST", {})
            self.assertTrue(answer.status < 300 or b"still runs as task" in answer.body, answer.body)
            return self.shown("Gaps asked for by REST, and what came of it", "Events filled in by REST")
        eventually("what gap_repair did is shown", shown, 90)

    def test_c_a_store_that_is_asked_much(self):
        self.submit(kind="backup", payload={})
        self.submit(kind="export", payload={"to": "all"})

        def shown():
            # Both answers are wanted: a page, and the refusal of one that reads too much.
            self.system.service("gateway", "/api/v1/trades?exchange=binance&symbol=BTC-USDT&start=0&limit=10000")
            self.system.service("gateway", "/api/v1/candles?exchange=binance&symbol=BTC-USDT&interval=7s&start=0")
            return self.shown("Age of the last backup", "Exported in a day", "ClickHouse connections", "Days until certificates expire",
                              "Days until the disk is full", "Slow queries, and those that cost too much", "Tasks recovered", "Lanes of a shared store")
        eventually("backup, export, slow queries, certificates and lanes are shown", shown, 90)

    def test_d_jobs_whose_tasks_are_not_over(self):
        storage = self.system.processes["storage"]
        storage.signal(SIGSTOP)
        self.addCleanup(storage.signal, SIGCONT)
        eventually("skipped due times are shown", lambda: self.shown("Due times not fired"), 120)

    def test_e_a_broker_that_is_lost_with_its_disk(self):
        nats = self.system.processes["nats"]
        nats.kill()
        eventually("the spool is full", lambda: self.system.metric("collector", "marketprism_batches_dropped_total") > 0, 90)
        shutil.rmtree(self.system.folder / "nats")
        nats.start()
        eventually("losses are shown", lambda: self.shown("Dropped before the broker", "Lost in the stream"), 90)

    def test_f_nothing_is_left_out(self):
        self.assertEqual(self.waiting, set())


if __name__ == "__main__":
    cases.main()
