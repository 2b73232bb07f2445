"""Faults of OKX, Deribit and Bybit: one gap and one resync where something is missing, none elsewhere, and books right again."""

import collections
import pathlib
import sys
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import System, eventually
from venue_evidence import Bybit, Deribit, Okx, VenueEvidence

RATE = 500
MS = 1_000_000
SECOND = 1000 * MS


class VenueFaults:
    """For test cases of a venue: `symbols` are instruments of it, the first ones busy."""

    def start(self, *sim_arguments, settings=None):
        self.system = System(["--generate", "--venues", self.venue.name, "--seed", "11", "--rate", str(RATE), "--symbols",
                              "BTC-USDT,ETH-USDT", *sim_arguments], {"collector": settings or {}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start(("storage", "collector", "gateway"))
        eventually("books are live", lambda: all(self.book(symbol) for symbol in self.symbols), 40)
        self.names = self.named()

    def named(self):
        """Canonical symbol by what the evidence calls it."""
        return {self.venue.named(row): row["symbol"] for row in self.system.all_rows("instruments", start=None)}

    def series(self, symbol, kind):
        return {"exchange": self.venue.name, "market": self.venue.market_of(symbol), "symbol": self.names[symbol],
                "data_type": kind}

    def book(self, symbol):
        names = self.named()
        answer = self.system.service("gateway", f"/api/v1/orderbook?exchange={self.venue.name}"
                                     f"&market={self.venue.market_of(symbol)}&symbol={names[symbol]}&depth=5")
        return answer.json()["data"] if answer.status == 200 else None

    def fault(self, **fault):
        answer = self.system.sim("fault", "POST", fault)
        self.assertEqual(answer.status, 200, answer.body)

    def let_it_run(self, seconds):
        goal = self.system.sim_status()["sent"] + RATE * seconds // 2
        eventually("the market goes on", lambda: self.system.sim_status()["sent"] > goal, seconds * 4 + 20)

    def resyncs(self):
        return self.system.metric("collector", "marketprism_book_resyncs_total")

    def finish(self):
        self.system.end_market()
        self.evidence = VenueEvidence(self.venue, self.system.folder / "evidence.jsonl")
        times = [at * MS for rows in self.evidence.sent.values() for at in rows.values()]
        self.begin, self.end = min(times) + 2 * SECOND, max(times) - 2 * SECOND

    def gaps(self, symbol, kind):
        return stored.final_gaps_of(self.system, self.series(symbol, kind), self.begin, self.end)

    def stored_ids(self, symbol, kind):
        rows = self.system.all_rows("events", **self.series(symbol, kind))
        ids = [row["trade_id"] if kind == "trade" else (int(row["first_update_id"]), int(row["last_update_id"]))
               for row in rows]
        self.assertEqual(len(set(ids)), len(ids), f"{symbol} {kind}: an identity is stored twice")
        return set(ids)

    def check_all_is_stored_once(self):
        for (symbol, kind), sent in self.evidence.sent.items():
            there = self.stored_ids(symbol, kind)
            self.assertEqual(there, set(sent), f"{symbol} {kind}")

    def check_books(self):
        """The last books of the exchange, kept here from what it sent and withheld, are those of the store."""
        for symbol in self.symbols:
            points = self.evidence.books(symbol)
            gaps = self.gaps(symbol, "book_delta")
            alone = [point for point, following in zip(points, points[1:]) if point[0] != following[0] and not any(
                begin <= point[0] * MS < end for begin, end, _ in gaps)][-8:]
            self.assertGreater(len(alone), 3, symbol)
            for at, bids, asks in alone:
                series = self.series(symbol, "book_delta")
                del series["data_type"]
                book = self.system.get("orderbook", **series, at=at * MS, depth=5)["data"]
                for side, levels in (("bids", bids), ("asks", asks)):
                    found = [(Decimal(price), Decimal(quantity)) for price, quantity in book[side]]
                    self.assertEqual(found, levels, f"{symbol} {side} at {at}")

    def check_gaps(self, expected):
        """Of every series that is checked by its numbers: the gaps that it must have."""
        for symbol in self.symbols:
            for kind in ("book_delta", "trade"):
                found = self.gaps(symbol, kind)
                self.assertEqual(len(found), expected.get((symbol, kind), 0), f"{symbol} {kind}: {found}")

    def test_what_is_withheld_is_one_gap_of_that_series_alone(self):
        self.start()
        busy, other = self.symbols[:2]
        self.let_it_run(6)
        before = self.resyncs()
        self.fault(kind="drop_delta", symbol=busy)
        self.fault(kind="drop", stream=self.venue.trades(other), count=3)
        self.let_it_run(8)
        eventually("the book is seeded again", lambda: self.resyncs() == before + 1, 20)
        self.let_it_run(6)
        self.finish()
        self.assertEqual(len(self.evidence.withheld[busy, "book_delta"]), 1)
        self.assertEqual(len(self.evidence.withheld[other, "trade"]), 3)
        self.check_gaps({(busy, "book_delta"): 1, (other, "trade"): int(self.venue.trades_are_numbered)})
        self.check_all_is_stored_once()
        self.check_books()
        self.assertEqual(self.resyncs(), before + 1)

    def test_a_book_that_comes_again_is_no_gap(self):
        self.start()
        self.let_it_run(6)
        for symbol in self.symbols[:2]:
            self.fault(kind="resnapshot", symbol=symbol)
        self.fault(kind="error_frame")
        self.fault(kind="duplicate", symbol=self.symbols[0])
        self.let_it_run(12)
        self.finish()
        self.check_gaps({})
        self.check_all_is_stored_once()
        self.check_books()

    def test_odd_and_late_acks_after_a_cut(self):
        self.start()
        self.let_it_run(6)
        self.fault(kind="ack", variant="odd", count=6)
        self.fault(kind="cut", variant="reset")
        self.let_it_run(8)
        self.fault(kind="ack", variant="late", count=6)
        self.fault(kind="cut")
        self.let_it_run(14)
        self.finish()
        self.check_books()
        for symbol in self.symbols[:2]:
            self.assertIn(len(self.gaps(symbol, "book_delta")), (1, 2), self.gaps(symbol, "book_delta"))

    def test_garbage_is_counted_and_the_feed_goes_on(self):
        self.start()
        self.let_it_run(4)
        for variant in ("invalid_json", "truncated", "wrong_type", "bad_number", "nested"):
            before = self.unreadable()
            self.fault(kind="garbage", variant=variant)
            eventually(f"{variant} is counted", lambda: self.unreadable() > before, 20)
        self.fault(kind="garbage", variant="unknown_event")
        self.fault(kind="garbage", variant="not_utf8")  # no message: it ends the connection
        self.let_it_run(8)
        self.finish()
        self.check_books()

    def unreadable(self):
        return self.system.metric("collector", "marketprism_errors_total", lambda line: 'error_type="data"' in line)

    def test_without_a_streamed_snapshot_the_book_comes_all_the_same(self):
        self.start()
        busy = self.symbols[0]
        self.let_it_run(4)
        self.fault(kind="no_snapshot", symbol=busy)
        self.fault(kind="http_429", count=2, retry_after=1)
        before = self.resyncs()
        self.fault(kind="drop_delta", symbol=busy)
        eventually("the book is seeded by REST, or by the stream asked again", lambda: self.resyncs() > before, 60)
        self.let_it_run(8)
        self.finish()
        self.check_books()
        self.assertEqual(len(self.gaps(busy, "book_delta")), 1)

    def check_every_kind(self, kinds):
        """`kinds`: how many instruments there are of each market. One of each market loses an update."""
        self.symbols = ()
        self.start("--all-kinds")
        rows = eventually("all instruments are collected", lambda: (lambda found: found if len(found) == sum(
            kinds.values()) else None)(self.system.all_rows("instruments", start=None)), 30)
        self.assertEqual(collections.Counter(row["market"] for row in rows), kinds)
        self.names = self.named()
        self.symbols = tuple(sorted(self.names))
        eventually("their books are live", lambda: all(self.book(symbol) for symbol in self.symbols), 40)
        self.let_it_run(12)
        losers = {self.venue.market_of(symbol): symbol for symbol in self.symbols}
        for symbol in losers.values():
            self.fault(kind="drop_delta", symbol=symbol)
        eventually("each lost one", lambda: self.system.sim_status()["faults_active"] == 0, 40)
        self.let_it_run(16)
        self.finish()
        self.check_gaps({(symbol, "book_delta"): 1 for symbol in losers.values()})
        self.check_all_is_stored_once()
        self.check_books()

    def test_silence_is_noticed(self):
        self.start(settings={"connection.stream_warmup": "3s", "connection.stream_min_silence": "3s",
                             "connection.silence": "10s"})
        self.let_it_run(8)
        self.fault(kind="silent", seconds=25)
        eventually("the collector gives the silent connections up",
                   lambda: self.system.metric("collector", "marketprism_sessions_ended_total") >= 1, 120)
        before = stored.count(self.system)
        eventually("data flows again", lambda: stored.count(self.system) > before + 4 * RATE, 60)
        self.finish()
        self.check_books()


class OkxFaults(VenueFaults, unittest.TestCase):
    venue = Okx
    symbols = ("BTC-USDT", "BTC-USDT-SWAP", "ETH-USDT", "ETH-USDT-SWAP")

    def test_a_wrong_checksum_is_one_gap_and_one_resync(self):
        self.start()
        wrong, anew = self.symbols[:2]
        self.let_it_run(6)
        before = self.resyncs()
        self.fault(kind="bad_checksum", symbol=wrong)
        self.fault(kind="id_reset", symbol=anew)
        self.let_it_run(8)
        eventually("the book is seeded again", lambda: self.resyncs() == before + 1, 20)
        self.let_it_run(6)
        self.finish()
        self.assertEqual(self.evidence.notes["spoiled"], 1)
        self.check_gaps({(wrong, "book_delta"): 1})
        self.check_all_is_stored_once()
        self.check_books()
        self.assertEqual(self.resyncs(), before + 1)

    def test_an_announced_restart_loses_nothing(self):
        self.start(settings={"connection.overlap": "1s"})
        self.let_it_run(6)
        self.fault(kind="shutdown_notice", seconds=8)
        self.let_it_run(24)
        self.finish()
        self.assertGreaterEqual(len(self.evidence.closed), 2)
        self.check_gaps({})
        self.check_all_is_stored_once()
        self.check_books()


    def test_every_kind_of_instrument(self):
        self.check_every_kind({"spot": 2, "linear": 4, "inverse": 4, "option": 4})


class DeribitFaults(VenueFaults, unittest.TestCase):
    venue = Deribit
    symbols = ("BTC-PERPETUAL", "ETH-PERPETUAL")

    def test_every_kind_of_instrument(self):
        self.check_every_kind({"inverse": 6, "option": 6})
        spreads = [symbol for symbol in self.symbols if "-FS-" in symbol or "-CS-" in symbol]
        self.assertEqual(len(spreads), 4)
        for symbol in spreads:
            trades = self.system.all_rows("trades", **{name: value for name, value in self.series(symbol, "trade").items()
                                                       if name != "data_type"})
            self.assertEqual(symbol, self.names[symbol], "a combo keeps the venue's name")
            self.assertTrue(any(Decimal(row["price"]) < 0 for row in trades), f"{symbol} trades below zero")

    def test_heartbeats_are_answered(self):
        self.start("--ping-interval", "1", "--pong-timeout", "1")
        self.let_it_run(30)
        eventually("the exchange asked for signs of life", lambda: self.heartbeats() > 3, 60)
        self.finish()
        self.assertEqual(self.evidence.closed, [])
        self.check_gaps({})

    def heartbeats(self):
        self.system.sim("flush", "POST")
        return VenueEvidence(self.venue, self.system.folder / "evidence.jsonl").notes["heartbeat"]


class BybitFaults(VenueFaults, unittest.TestCase):
    venue = Bybit
    symbols = ("spot:BTCUSDT", "linear:BTCUSDT", "spot:ETHUSDT", "linear:ETHUSDT")

    def test_a_service_that_counts_from_one_again_may_have_lost_something(self):
        self.start()
        anew = self.symbols[1]
        self.let_it_run(6)
        self.fault(kind="id_reset", symbol=anew)
        self.let_it_run(12)
        self.finish()
        self.check_gaps({(anew, "book_delta"): 1})
        self.assertEqual([reason for _, _, reason in self.gaps(anew, "book_delta")], ["sequence_reset"])
        self.check_all_is_stored_once()
        self.check_books()


if __name__ == "__main__":
    cases.main()
