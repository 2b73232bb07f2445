"""Faults of every kind on every venue while three collectors share them: coverage says what is missing, to the message where
events are numbered, to the connection where they are not."""

import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import collectors
import stored
from exchange_log import MS, VENUES, ExchangeLog, venue_of
from system import System, eventually
from venue_evidence import Bybit

RATE = 1200
SECOND = 1000 * MS
# The venue's clock and the log's moment of the sending.
SLACK = SECOND // 4
# A stream that nobody hears was heard last with its last message, and is heard again once that is proven.
PROVEN = 4 * SECOND
NAMES = ("collector-1", "collector-2", "collector-3")

# Of each market: streams of two books, and of two kinds of trades.
BOOKS = {
    "binance spot": ("btcusdt@depth@100ms", "ethusdt@depth@100ms"),
    "binance linear": ("linear:btcusdt@depth@100ms", "linear:ethusdt@depth@100ms"),
    "binance inverse": ("inverse:btcusd_perp@depth@100ms", "inverse:ethusd_perp@depth@100ms"),
    "okx": ("books:BTC-USDT", "books:ETH-USDT-SWAP"),
    "deribit": ("book.BTC-PERPETUAL.100ms", "book.ETH-PERPETUAL.100ms"),
    "bybit": ("spot:orderbook.200.BTCUSDT", "linear:orderbook.200.ETHUSDT"),
}
TRADES = {
    "binance spot": ("ethusdt@trade", "btcusdt@trade"),
    "binance linear": ("linear:ethusdt@trade", "linear:btcusdt@trade"),
    "binance inverse": ("inverse:ethusd_perp@trade", "inverse:btcusd_perp@trade"),
    "okx": ("trades-all:ETH-USDT", "trades-all:BTC-USDT-SWAP"),
    "deribit": ("trades.ETH-PERPETUAL.100ms", "trades.BTC-PERPETUAL.100ms"),
    "bybit": ("spot:publicTrade.ETHUSDT", "linear:publicTrade.BTCUSDT"),
}
REST = {"binance spot": "/api/v3/", "binance linear": "/fapi/", "binance inverse": "/dapi/", "okx": "/api/v5/",
        "deribit": "/api/v2/", "bybit": "/v5/"}
STREAMED_BOOKS = ("okx", "deribit", "bybit")


class FleetFaultsTest(unittest.TestCase):
    def setUp(self):
        # Streams are judged silent sooner than in production, where 5 minutes teach their pace.
        self.system = System(
            ["--generate", "--venues", "binance,binance-contracts,okx,deribit,bybit", "--seed", "11", "--rate", str(RATE),
             "--symbols", "BTC-USDT,ETH-USDT", "--ping-interval", "3"],
            {"collector": {"connection.overlap": "1s", "connection.stream_warmup": "5s", "connection.stream_min_silence": "5s",
                           "instruments.refresh": "10s"}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start(("storage", *NAMES, "gateway"))
        self.expected = 0
        eventually("every instrument is collected", self.all_live, 60)

    def all_live(self):
        """Every instrument of the configuration has one collector, and all its series are live."""
        if not self.expected:
            config = (self.system.folder / "collector-config/local.yaml").read_text()
            self.expected = sum(line.count('"') // 2 for line in config.splitlines() if "symbols: [" in line)
        shares = [collectors.instruments(self.system, name) for name in NAMES]
        found = [key for share in shares for key in share]
        return len(found) == len(set(found)) == self.expected and all(live for share in shares for live in share.values())

    def let_it_run(self, seconds):
        goal = self.system.sim_status()["sent"] + RATE * seconds // 2
        eventually("the market goes on", lambda: self.system.sim_status()["sent"] > goal, seconds * 4 + 20)

    def fault(self, **fault):
        answer = self.system.sim("fault", "POST", fault)
        self.assertEqual(answer.status, 200, answer.body)

    def recovered(self, seconds=4):
        """All that was asked for has happened, and everything is collected again."""
        eventually("the faults have happened", lambda: self.system.sim_status()["faults_active"] == 0, 60)
        eventually("everything is live again", self.all_live, 60)
        self.let_it_run(seconds)

    # --- the faults, on all venues at once ---

    def messages_are_lost(self):
        for books in BOOKS.values():
            self.fault(kind="drop_delta", stream=books[0])
        for trades in TRADES.values():
            self.fault(kind="drop", stream=trades[0], count=3)
        self.recovered()

    def numbers_jump_or_begin_anew(self):
        for market, books in BOOKS.items():
            if market in STREAMED_BOOKS:
                self.fault(kind="id_reset", stream=books[1])
            else:
                self.fault(kind="drop_delta", stream=books[1], count=5)
        self.fault(kind="bad_checksum", stream=BOOKS["okx"][0])
        self.recovered()

    def nothing_is_lost_in_noise(self):
        for market, books in BOOKS.items():
            if market in STREAMED_BOOKS:
                self.fault(kind="resnapshot", stream=books[0])
            for stream in (*books, *TRADES[market]):
                self.fault(kind="duplicate", stream=stream)
            self.fault(kind="garbage", variant="all", stream=TRADES[market][1])
        self.fault(kind="error_frame")
        self.recovered()

    def connections_are_cut(self):
        for variant in ("odd", "late"):
            self.fault(kind="ack", variant=variant, count=2)
        for books in BOOKS.values():
            self.fault(kind="cut", stream=books[0])
        self.recovered()

    def requests_are_refused(self):
        for market, path in REST.items():
            self.fault(kind="http_429", path=path, retry_after=2)
            if market not in STREAMED_BOOKS:
                self.fault(kind="drop_delta", stream=BOOKS[market][0])
        self.recovered()

    def streams_fall_silent(self):
        streams = [books[1] for books in BOOKS.values()]
        for stream in streams:
            self.fault(kind="silent", stream=stream, seconds=12)
        eventually("each of them is noticed", lambda: self.fallen_silent() >= {
            stream.partition(":")[2] if stream.split(":")[0] in ("linear", "inverse", "spot") else stream.removeprefix("books:")
            for stream in streams}, 60)
        self.let_it_run(12)
        self.recovered()

    def fallen_silent(self):
        found = set()
        for name in NAMES:
            for line in (self.system.folder / f"{name}.log").read_text().splitlines():
                if "fell silent" in line:
                    found.add(json.loads(line)["channel"].removeprefix("books:"))
        return found

    def answers_are_lost(self):
        self.fault(kind="no_answer")
        self.recovered()

    def restarts_are_announced(self):
        self.fault(kind="shutdown_notice", seconds=8)
        self.let_it_run(10)
        self.recovered()

    def test_coverage_says_what_is_missing(self):
        self.let_it_run(8)
        self.begin = time.time_ns()
        self.let_it_run(6)
        for step in (self.streams_fall_silent, self.messages_are_lost, self.numbers_jump_or_begin_anew,
                     self.nothing_is_lost_in_noise, self.connections_are_cut, self.requests_are_refused, self.answers_are_lost,
                     self.restarts_are_announced):
            began = time.monotonic()
            step()
            print(f"{step.__name__}: {time.monotonic() - began:.1f} s", flush=True)
        self.system.end_market()
        self.log = ExchangeLog(self.system.folder / "evidence.jsonl")
        self.end = max(event.time for events in self.log.series.values() for event in events.values()) - 4 * SECOND
        self.rows = {(row["exchange"], venue.named(row)): row for row in self.system.all_rows("instruments", start=None)
                     for venue in VENUES if venue.name == row["exchange"]}
        self.check_that_it_happened()
        for of in sorted(self.log.series):
            self.check_series(of)
        for kind in ("bbo", "ticker", "kline"):
            for stream in self.log.streams_of(kind):
                self.check_connections((venue_of(stream).name, self.log.symbols[stream], kind), stream)

    # --- the account ---

    def check_that_it_happened(self):
        self.assertEqual(self.log.notes["spoiled"], 1)
        self.assertGreaterEqual(self.log.closed["fault"], len(BOOKS))
        self.assertEqual(self.log.closed["test_request unanswered"], 1)
        refused = [target for _, target, status in self.log.rest if status == 429]
        self.assertEqual(sorted(path for path in REST.values() for target in refused if target.startswith(path)),
                         sorted(REST.values()))
        self.assertEqual(len(refused), len(REST))

    def series(self, of):
        row = self.rows[of[:2]]
        return {**{name: row[name] for name in ("exchange", "market", "symbol")}, "data_type": of[2]}

    def gaps(self, of):
        return stored.final_gaps_of(self.system, self.series(of), self.begin, self.end)

    def check_series(self, of):
        exchange, symbol, kind = of
        rows = self.system.all_rows("events", **self.series(of))
        there = [row["trade_id"] if kind == "trade" else (int(row["first_update_id"]), int(row["last_update_id"]))
                 for row in rows]
        self.assertEqual(len(there), len(set(there)), f"{of}: an identity is stored twice")
        self.log.settle(of, set(there))
        self.assertEqual(set(there), self.log.sent(of), of)
        if exchange == Bybit.name and kind == "trade":
            return self.check_connections(of, Bybit.trades(symbol))
        self.check_holes(of)

    def check_holes(self, of):
        """Each hole is one gap, from the last message before it to the first one behind it; a book may be whole a little sooner,
        with the snapshot in between."""
        holes = [hole for hole in self.log.holes(of) if self.begin <= hole.before and hole.after < self.end]
        gaps = self.gaps(of)
        self.assertEqual(len(gaps), len(holes), f"{of}: {gaps} for {holes}")
        missing = stored.missing_of(self.system, self.series(of), self.begin, self.end) if gaps else {}
        venue = next(venue for venue in VENUES if venue.name == of[0])
        for hole, (begin, end, reason) in zip(holes, gaps):
            what = f"{of}: {begin} to {end} ({reason}) for {hole}"
            self.assertEqual(missing[begin], hole.jump if venue.counts(*of[1:]) else None, what)
            self.assertIn(begin, (hole.before, hole.before + 1), what)
            if of[2] == "book_delta":
                self.assertTrue(max(hole.lost, default=hole.before) < end <= hole.after + 1, what)
            else:
                self.assertEqual(end, hole.after + 1, what)

    def is_doubt(self, gap, windows):
        """Whatever could not be read may have been of this series: its moment is not claimed."""
        begin, end, reason = gap
        return reason == "bad_message" and any(
            at - PROVEN <= begin and end <= at + PROVEN for at in self.log.garbage) and not any(
            begin < heard and deaf < end for deaf, heard in windows)

    def check_connections(self, of, stream):
        """Each time that nobody listened is one gap, and there is no other one."""
        windows = [window for window in self.log.deaf(stream) if self.begin <= window[0] and window[1] < self.end]
        gaps = [gap for gap in self.gaps(of) if not self.is_doubt(gap, windows)]
        self.assertLessEqual(len(self.gaps(of)) - len(gaps), len(self.log.garbage), f"{of}: a doubt for each garbage at most")
        self.assertEqual(len(gaps), len(windows), f"{of}: {gaps} for {windows}")
        for (deaf, heard), (begin, end, reason) in zip(windows, gaps):
            what = f"{of}: {begin} to {end} ({reason}) for {deaf} to {heard}"
            self.assertTrue(deaf - PROVEN <= begin <= deaf + SLACK, what)
            self.assertTrue(heard - SLACK <= end <= heard + PROVEN, what)


if __name__ == "__main__":
    cases.main()
