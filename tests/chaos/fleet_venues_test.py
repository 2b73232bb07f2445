"""Handing over on venues whose books begin in the stream: one collector joins, one leaves, nothing is lost or doubled."""

import pathlib
import re
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from exchange_log import ExchangeLog
from system import System, eventually
from venue_evidence import Bybit, Deribit, Okx, VenueEvidence

RATE = 600
MS = 1_000_000
SECOND = 1000 * MS
SYMBOLS = "BTC-USDT,ETH-USDT,SOL-USDT,XRP-USDT"


class Handover:
    """For test cases of a venue."""

    def metric(self, name):
        return sum(self.system.metric(collector, name) for collector in self.collectors)

    def start(self, name):
        self.collectors.append(name)
        self.system.start_service(name)

    def shared(self):
        """Everything is collected once, by those that live."""
        eventually("every instrument has one collector", lambda: self.metric(
            "marketprism_instruments_collected") == self.instruments and not self.metric(
            "marketprism_fleet_handing_over"), 40)

    def let_it_run(self, seconds):
        goal = self.system.sim_status()["sent"] + RATE * seconds // 2
        eventually("the market goes on", lambda: self.system.sim_status()["sent"] > goal, seconds * 4 + 20)

    def test_one_joins_and_one_leaves(self):
        self.system = System(["--generate", "--venues", self.venue.name, "--seed", "5", "--rate", str(RATE), "--symbols",
                              SYMBOLS])
        self.addCleanup(self.system.__exit__, None, None, None)
        self.collectors = []
        self.system.start(("storage", "gateway"))
        self.start("collector-1")
        lists = re.findall(r"symbols: \[(.*)\]", (self.system.folder / "collector-config/local.yaml").read_text())
        self.instruments = sum(len(symbols.split(",")) for symbols in lists)
        self.shared()
        self.let_it_run(8)
        began = time.time_ns()
        self.let_it_run(3)
        for name in ("collector-2", "collector-3"):
            self.start(name)
        eventually("the newcomers know all markets", lambda: all(
            self.system.service(name, "/health").json()["status"] == "healthy" for name in self.collectors), 60)
        eventually("they have their parts", lambda: self.system.metric(
            "collector-1", "marketprism_instruments_collected") < self.instruments)
        self.shared()
        self.let_it_run(6)
        leaver = self.collectors.pop(0)
        self.assertEqual(self.system.processes[leaver].terminate(), 0, self.system.processes[leaver].tail())
        self.shared()
        self.let_it_run(6)
        self.check(began)

    def check(self, began):
        self.system.end_market()
        log = ExchangeLog(self.system.folder / "evidence.jsonl")
        self.assertTrue(log.listening)
        self.assertEqual([stream for stream in log.listening if log.deaf(stream)], [], "the old and the new one overlap")
        evidence = VenueEvidence(self.venue, self.system.folder / "evidence.jsonl")
        names = {self.venue.named(row): row for row in self.system.all_rows("instruments", start=None)}
        self.assertTrue(evidence.sent)
        for (symbol, kind), sent in evidence.sent.items():
            series = {name: names[symbol][name] for name in ("exchange", "market", "symbol")}
            series["data_type"] = kind
            rows = self.system.all_rows("events", **series)
            ids = [row["trade_id"] if kind == "trade" else (int(row["first_update_id"]), int(row["last_update_id"]))
                   for row in rows]
            self.assertEqual(len(ids), len(set(ids)), f"{symbol} {kind} is stored twice")
            self.assertEqual(set(ids), set(sent), f"{symbol} {kind}")
            end = max(sent.values()) * MS - 4 * SECOND
            self.assertEqual(stored.final_gaps_of(self.system, series, began, end), [], f"{symbol} {kind}")


class OkxHandover(Handover, unittest.TestCase):
    venue = Okx


class DeribitHandover(Handover, unittest.TestCase):
    venue = Deribit


class BybitHandover(Handover, unittest.TestCase):
    venue = Bybit


if __name__ == "__main__":
    cases.main()
