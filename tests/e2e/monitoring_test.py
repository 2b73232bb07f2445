"""A real Prometheus on a running system: what is shown is catalogued, and every panel and rule gets an answer."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import monitoring
import stored
from prometheus import JOBS, Prometheus
from redis_server import Redis
from system import System, eventually
from websocket import WebSocket


class MonitoringTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--venues", "binance,okx,deribit,bybit", "--rate", "400"], evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        redis = Redis(cls.system.folder).start()
        cls.addClassCleanup(redis.kill)
        cls.system.settings = {"collector": {"raw_capture.path": cls.system.folder / "raw"},
                               "gateway": {"redis.url": redis.url}}
        cls.system.start()
        eventually("something is stored", lambda: stored.count(cls.system) > 0)
        cls.ask()
        cls.system.service("gateway", "/api/v1/jobs/open_interest/run", "POST", {})
        eventually("the scheduler has called a collector", lambda: cls.system.metric(
            "scheduler", "marketprism_circuit_breaker_calls_total") > 0)
        cls.prometheus = Prometheus(cls.system)
        cls.subscriber = WebSocket(cls.system.http_port["gateway"], "/api/v1/stream")
        cls.addClassCleanup(cls.subscriber.close)
        cls.subscriber.send({"op": "subscribe", "id": "1", "series": [
            {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT", "data_type": "trade"}]})

    @classmethod
    def ask(cls):
        trades = {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT"}
        cls.system.get("trades", **trades, limit=5)
        # Of an interval that ended: what the cache is for.
        cls.system.get("trades", **trades, start=0, end="2020-01-01T00:00:00Z")

    def test_the_services_show_what_is_catalogued_and_nothing_else(self):
        for service, catalogued in monitoring.catalogue().items():
            with self.subTest(service):
                shown = monitoring.exposed(self.system.service(service, "/metrics").body.decode())
                self.assertEqual(set(shown) - set(catalogued), set(), "not in docs/metrics.md")
                self.assertEqual(set(catalogued) - set(shown), set(), "in docs/metrics.md only")
                for name, (kind, labels) in shown.items():
                    self.assertEqual(kind, catalogued[name][0], name)
                    if labels is not None:
                        self.assertEqual(labels, catalogued[name][1], name)

    def test_all_targets_are_scraped(self):
        def all_up():
            targets = self.prometheus.get("targets", state="active")["activeTargets"]
            return {t["labels"]["job"] for t in targets if t["health"] == "up"} == set(JOBS.values())
        eventually("Prometheus scrapes all four", all_up)

    def test_every_panel_shows_something_or_says_why_not(self):
        waiting = []
        for name, definition in monitoring.definitions().items():
            for panel in definition["panels"]:
                for query in panel["queries"]:
                    waiting.append((f'{name}: {panel["title"]}', query["expr"], "empty" in panel))

        def answered():
            self.ask()
            # Each is asked, so a query that Prometheus does not understand fails at once.
            waiting[:] = [row for row in waiting if not self.prometheus.query(row[1])]
            return all(may_be_empty for _, _, may_be_empty in waiting)
        try:
            eventually("every panel shows something", answered, 60)
        except AssertionError:
            self.fail("these show nothing: " + json.dumps([row for row in waiting if not row[2]], indent=1))

    def test_every_rule_is_evaluated_and_nothing_critical_fires(self):
        def rules():
            return [rule for group in self.prometheus.get("rules")["groups"] for rule in group["rules"]]
        eventually("all rules are evaluated", lambda: all(rule["health"] == "ok" for rule in rules()))
        self.assertEqual(len(rules()), len(monitoring.rules()))
        firing = [rule["name"] for rule in rules() if rule.get("state") == "firing"]
        critical = [rule["name"] for rule in rules() if rule.get("state") == "firing"
                    and rule["labels"]["severity"] == "critical" and rule["name"] != "DiskLow"]
        self.assertIn("Watchdog", firing)
        self.assertEqual(critical, [])


if __name__ == "__main__":
    cases.main()
