"""Replays captures through the whole system and compares the store with the raw text, read independently."""

import collections
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import capture
import cases
import replayed_books
import stored
from stored import ns
from system import CAPTURES, System, eventually

MS = 1_000_000


class Replay:
    """What a capture holds, by symbol and data type, in recorded order."""

    def __init__(self, path):
        self.path = path
        self.events = collections.defaultdict(list)
        updates, snapshots = [], {}
        for _, data in capture.payloads(path):
            kind = capture.kind(data)
            if kind:
                self.events[data["s"], kind].append(data)
            if kind == "book_delta":
                updates.append(data)
        for symbol, answer in capture.depth_answers(path):
            # Where the address does not say it there is one symbol.
            snapshots.setdefault(symbol or updates[0]["s"], answer)
        self.books = replayed_books.of_binance(updates, snapshots)
        self.checkpoints = []
        checkpoints = pathlib.Path(str(path).replace(".jsonl", ".book_checkpoints.jsonl"))
        if checkpoints.exists():
            self.checkpoints = [json.loads(line) for line in checkpoints.open()]


def identity(kind, data):
    if kind == "trade":
        return str(data["t"] if data["e"] == "trade" else data["a"])
    if kind == "book_delta":
        return data["U"], data["u"]
    if kind == "bbo":
        return data["u"]
    if kind == "kline":
        return data["k"]["i"], data["k"]["t"], data["E"]
    return data["E"]


def holes_of(kind, raw):
    """[(time of the event before, just behind the time of the event after)] where the venue's numbers jump."""
    numbers = {"trade": lambda d: (int(identity(kind, d)),) * 2, "book_delta": lambda d: (d["U"], d["u"])}.get(kind)
    if numbers is None:
        return []
    time_of = (lambda d: d["T"] * MS) if kind == "trade" else (lambda d: d["E"] * MS)
    return [(time_of(before), time_of(after) + 1) for before, after in zip(raw, raw[1:])
            if numbers(after)[0] > numbers(before)[1] + 1]


class ReplayTest(unittest.TestCase):
    def replay(self, name, rounds=1):
        """More than one round: the capture is served again and again, and amounts to the same."""
        path = pathlib.Path(CAPTURES or "/nonexistent") / name
        if not path.exists():
            self.skipTest(f"MP_CAPTURES is not set or has no {name}")
        replay = Replay(path)
        with System(["--replay", path, "--speed", "max", *(["--loop"] if rounds > 1 else [])]) as system:
            system.start(("storage", "collector", "gateway"))
            eventually("the replay is done", lambda: system.sim_status()["rounds"] >= rounds, 120)
            if rounds > 1:
                system.sim("stop_market", "POST")
            system.await_stored()
            self.symbols = stored.symbols(system)
            for (symbol, kind), rows in replay.events.items():
                self.compare(system, symbol, kind, rows)
                self.check_coverage(system, symbol, kind, rows)
            self.compare_checkpoints(system, replay)
            self.assertTrue(replay.books)
            replayed_books.compare(self, replay.books, lambda symbol, at: self.book(system, symbol, at))

    def rows(self, system, symbol, kind):
        return stored.rows(system, self.symbols[symbol], kind)

    def compare(self, system, symbol, kind, raw):
        rows = self.rows(system, symbol, kind)
        by_identity = {stored.identity_of(kind, row): row for row in rows}
        self.assertEqual(len(by_identity), len(rows), f"{symbol} {kind}: an identity is stored twice")
        wanted = {}
        for data in raw:
            wanted.setdefault(identity(kind, data), data)
        self.assertEqual(set(by_identity), set(wanted), f"{symbol} {kind}")
        for key, data in wanted.items():
            self.check(kind, data, by_identity[key], f"{symbol} {kind} {key}")

    def check_coverage(self, system, symbol, kind, raw):
        """Complete from the first to the last event, but for the holes that the capture itself has."""
        times = [ns(row["order_ts"]) for row in self.rows(system, symbol, kind)]
        start, end = min(times), max(times) + 1
        holes, name = holes_of(kind, raw), self.symbols[symbol]
        what = f"{symbol} {kind}"

        def gaps():
            return stored.gaps(system, name, kind, start, end)

        if not holes:
            eventually(f"{what} is complete", lambda: not gaps(), 10)
            report = stored.coverage(system, name, kind, start, end)
            self.assertEqual(report, {"complete": True, "gaps": []}, what)
            return
        eventually(f"{what} is complete beside {len(holes)} holes", lambda: len(gaps()) <= len(holes), 10)
        for begin, stop, _ in gaps():
            self.assertTrue(any(a <= begin and stop <= b for a, b in holes), f"{what}: a gap {begin}-{stop} outside of {holes}")
        for a, b in holes:
            self.assertTrue(any(a <= begin and stop <= b for begin, stop, _ in gaps()), f"{what}: no gap for the hole {a}-{b}")
        self.assertFalse(stored.coverage(system, name, kind, start, end)["complete"], what)

    def check(self, kind, data, row, what):
        numbers = {
            "trade": {"price": "p", "quantity": "q"},
            "bbo": {"bid_price": "b", "bid_quantity": "B", "ask_price": "a", "ask_quantity": "A"},
            "ticker": {"last_price": "c", "open_price": "o", "high_price": "h", "low_price": "l", "volume": "v",
                       "quote_volume": "q"},
            "kline": {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v", "quote_volume": "q"},
        }.get(kind, {})
        source = data["k"] if kind == "kline" else data
        for field, raw in numbers.items():
            self.assertTrue(capture.same_number(row[field], source[raw]), f"{what}: {field} {row[field]} != {source[raw]}")
        if kind == "trade":
            self.assertEqual(row["side"], "sell" if data["m"] else "buy", what)
            self.assertEqual(ns(row["order_ts"]), data["T"] * MS, what)
        if kind == "kline":
            self.assertEqual((int(row["trade_count"]), row["closed"]), (source["n"], source["x"]), what)
        if kind == "book_delta":
            self.assertTrue(capture.same_levels(row["bids"], data["b"]), f"{what}: bids")
            self.assertTrue(capture.same_levels(row["asks"], data["a"]), f"{what}: asks")
        if "E" in data:
            self.assertEqual(ns(row["exchange_ts"]), data["E"] * MS, what)
        else:
            self.assertNotIn("exchange_ts", row, what)

    def book(self, system, symbol, at):
        return system.get("orderbook", exchange="binance", market="spot", symbol=self.symbols[symbol], at=at, depth=0)["data"]

    def compare_checkpoints(self, system, replay):
        event_time = {(d["s"], d["u"]): d["E"] for (s, k), rows in replay.events.items() if k == "book_delta" for d in rows}
        for point in replay.checkpoints:
            at = event_time[point["instrument"], point["seq"]] * MS
            book = self.book(system, point["instrument"], at)
            what = f'{point["instrument"]} at update {point["seq"]}'
            self.assertEqual(int(book["last_update_id"]), point["seq"], what)
            self.assertEqual((len(book["bids"]), len(book["asks"])), (point["n_bids"], point["n_asks"]), what)
            self.assertTrue(capture.same_levels(book["bids"][:5], point["bids"]), what)
            self.assertTrue(capture.same_levels(book["asks"][:5], point["asks"]), what)

    def test_one_symbol_trades_book_and_bbo_of_2024(self):
        self.replay("hftbacktest/binance-spot_btcusdt_20240808.jsonl")

    def test_aggregate_trades_and_klines_of_three_symbols(self):
        self.replay("cryptofeed/binance-spot_20210404.jsonl")

    def test_ten_symbols_with_bbo(self):
        self.replay("cryptofeed/binance-spot_20210405.jsonl")

    def test_a_short_session(self):
        self.replay("cryptofeed/binance-spot_20211012.jsonl")

    def test_a_loop_is_stored_once(self):
        self.replay("cryptofeed/binance-spot_20211012.jsonl", rounds=3)


if __name__ == "__main__":
    cases.main()
