"""A cold start of a fleet never asks for more than the venue allows: all collectors share one request budget."""

import collections
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from system import System, eventually

BOOKS = 40
LIMIT = 300  # weight a minute; two collectors that know nothing of each other would spend 440 at once
SYMBOLS = ",".join(f"C{number:02}-USDT" for number in range(BOOKS))
COLLECTORS = ("collector-1", "collector-2")


def weight_of(target):
    return 20 if "/exchangeInfo" in target else 5


class BudgetTest(unittest.TestCase):
    def setUp(self):
        self.system = System(
            ["--generate", "--rate", "500", "--symbols", SYMBOLS, "--weight-limit", str(LIMIT), "--log-raw", "0"],
            {"collector": {"fleet.enabled": "false", "venues.binance_spot.max_requests_per_minute": LIMIT,
                           "venues.binance_spot.snapshot_depth": 100, "instruments.refresh": "1h"}})
        self.addCleanup(self.system.__exit__, None, None, None)

    def requests(self):
        """[(wall clock, target, status)] as the venue logged them."""
        self.system.sim("flush", "POST")
        rows = [json.loads(line) for line in open(self.system.folder / "evidence.jsonl") if '"rest"' in line]
        return [(row["ns"], row["target"], row["status"]) for row in rows if row["what"] == "rest"]

    def seeded(self, collector):
        return self.system.metric(collector, "marketprism_book_resyncs_total")

    def test_a_cold_start_of_two_collectors_keeps_to_the_limit(self):
        self.system.start(COLLECTORS)
        eventually("every book of both is seeded",
                   lambda: all(self.seeded(collector) >= BOOKS for collector in COLLECTORS), 240)
        requests = self.requests()
        self.assertEqual({status for _, _, status in requests}, {200}, requests[-5:])
        minutes = collections.Counter()
        for at, target, _ in requests:
            minutes[at // 60_000_000_000] += weight_of(target)
        self.assertLessEqual(max(minutes.values()), LIMIT)
        self.assertGreater(sum(minutes.values()), LIMIT, "it was more than one minute's worth")
        self.assertGreater(sum(self.system.metric(name, "marketprism_rest_delayed_total") for name in COLLECTORS), 0)
        for collector in COLLECTORS:
            self.assertEqual(self.system.metric(collector, "marketprism_rest_alone_total"), 0)
            self.assertGreater(self.system.metric(collector, "datasource_api_calls_total",
                                                  lambda line: 'endpoint="/api/v3/depth"' in line), 0)

    def test_a_refusal_stops_every_collector(self):
        self.system.start(COLLECTORS[:1])
        eventually("its books are seeded", lambda: self.seeded("collector-1") >= BOOKS, 60)
        self.assertEqual(
            self.system.sim("fault", "POST", {"kind": "http_429", "count": 1, "retry_after": 8}).status, 200)
        self.system.sim("fault", "POST", {"kind": "drop_delta", "symbol": "C00USDT", "count": 1})
        refused = eventually("a request is refused", lambda: [row for row in self.requests() if row[2] == 429], 30)
        self.system.start_service("collector-2")
        eventually("the other one collects, too", lambda: self.seeded("collector-2") >= BOOKS, 240)
        behind = [at for at, _, status in self.requests() if at > refused[0][0]]
        self.assertGreaterEqual((min(behind) - refused[0][0]) / 1e9, 7.5, "nobody asks before Retry-After")


if __name__ == "__main__":
    cases.main()
