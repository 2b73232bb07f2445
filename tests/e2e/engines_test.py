"""One stream, two stores of different engines that each consume all of it under a durable of its own, a gateway before
each: whatever is asked over REST, both answer the same bytes, cursors included.

Left out of the comparison are headers (request id, time taken, rate limit) and questions whose answers are of the moment
they are asked at: without `end`, coverage reaches to now, and /bbo and a book without `at` come from the live stream; and
the single claims (events of data type coverage): one that says nothing new is not kept, and what is new depends on what was
committed together. What they say together, /coverage, is compared."""

import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import stored
from system import HOST, System, eventually

VENUES = "binance,binance-contracts,okx,deribit,bybit"
GATEWAYS = ("gateway", "gateway-2")
STORES = ("storage", "storage-2")
TYPES = ("trade", "book_delta", "book_snapshot", "bbo", "ticker", "kline", "funding_rate", "open_interest", "liquidation",
         "mark_price", "instrument")
THINNED = ("trade", "bbo", "ticker", "mark_price", "book_snapshot")
DAY = 86_400_000_000_000


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class EnginesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        system = cls.system = System(
            ["--generate", "--venues", VENUES, "--seed", "21", "--rate", "300", "--symbols", "BTC-USDT,ETH-USDT"],
            evidence=False)
        cls.addClassCleanup(system.__exit__, None, None, None)
        system.start_nats()
        system.start_sim()
        server = clickhouse.ClickHouse(system.folder / "clickhouse")
        system.processes["clickhouse"] = server.process
        server.start()
        system.settings["storage-2"] = {
            "storage.engine": "clickhouse", "clickhouse.url": server.url, "clickhouse.batch.max_delay": "300ms",
            "bus.durable": "clickhouse", "storage.path": system.folder / "storage-2"}
        for store in STORES:
            system.start_service(store)
        system.start_service("collector")
        # In a registry of their own, where each knows only the store whose address it is given.
        cls.front = System(evidence=False)
        cls.addClassCleanup(cls.front.__exit__, None, None, None)
        cls.front.start_nats()
        for gateway, store in zip(GATEWAYS, STORES):
            cls.front.settings["gateway"] = {"upstream.storage_url": f"http://{HOST}:{system.http_port[store]}"}
            cls.front.start_service(gateway)
        cls.fill()

    @classmethod
    def fill(cls):
        """A stream with redeliveries: each store is killed once in the middle of it."""
        system = cls.system
        for number, store in enumerate(STORES, 1):
            eventually("the market goes on", lambda: system.stream_end() > 500 * number, 120)
            system.processes[store].kill()
            system.start_service(store)
        eventually("the stream is long enough", lambda: system.stream_end() > 2000, 120)
        system.end_market()
        system.processes["collector"].terminate()
        end = system.stream_end()
        for store in STORES:
            eventually(f"{store} has everything", lambda: system.metric(store, "marketprism_store_ack_floor") >= end and
                       system.metric(store, "marketprism_store_deferred_claims") == 0, 120)
        cls.instruments = eventually("the listing", lambda: cls.listing("gateway"))
        eventually("both list the same", lambda: cls.listing("gateway-2") == cls.instruments)
        last = [row["order_ts"] for of in cls.instruments if "trade" in of["data_types"]
                for row in cls.front.get("trades", **cls.name(of), limit=1)["data"]]
        cls.end = stored.ns(max(last)) + 1
        cls.start = cls.end - 60_000_000_000

    @classmethod
    def listing(cls, gateway):
        answer = cls.front.service(gateway, "/api/v1/instruments?limit=10000")
        return answer.json()["data"] if answer.status == 200 else None

    @staticmethod
    def name(instrument):
        return {key: instrument[key] for key in ("exchange", "market", "symbol")}

    def ask(self, path, **parameters):
        """Both answers to one question, compared to the byte; the parsed one, None for an error."""
        query = urllib.parse.urlencode({key: value for key, value in parameters.items() if value is not None})
        one, other = (self.front.service(gateway, f"/api/v1/{path}?{query}") for gateway in GATEWAYS)
        self.assertEqual(one.status, other.status, f"{path}?{query}\n{one.body[:500]}\n{other.body[:500]}")
        if one.body != other.body:
            at = next((i for i, (a, b) in enumerate(zip(one.body, other.body)) if a != b), -1)
            self.fail(f"{path}?{query} at {at}:\n{one.body[max(0, at - 300):at + 200]}\n{other.body[max(0, at - 300):at + 200]}")
        self.asked += 1
        return one.json() if one.status == 200 and parameters.get("format", "json") == "json" else None

    def pages(self, path, limit, **parameters):
        rows, cursor = [], None
        while True:
            page = self.ask(path, limit=limit, cursor=cursor, **parameters)
            self.assertIsNotNone(page, (path, parameters))
            rows += page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return rows

    def setUp(self):
        self.asked = 0

    def tearDown(self):
        print(f"{self.id().rpartition('.')[2]}: {self.asked} questions", flush=True)

    def traded(self):
        """Those with trades: spot and contracts of all venues."""
        return [of for of in self.instruments if "trade" in of["data_types"]]

    def test_events_of_every_type_in_pages(self):
        seen = {}
        for of in self.instruments:
            for kind in of["data_types"]:
                whole = {"data_type": kind, **self.name(of), "start": 0, "end": self.end}
                answer = self.ask("events", limit=10000, **whole)
                rows = answer["data"]
                seen[kind] = seen.get(kind, 0) + len(rows)
                if answer["next_cursor"] is None and len(rows) > 3:
                    paged = self.pages("events", max(2, len(rows) // 4), **whole)
                    self.assertEqual(paged, rows, f"{kind} of {of['symbol']}: pages are the whole in pieces")
                self.ask("events", limit=5, data_type=kind, end=self.end, **self.name(of))
        print({kind: seen.get(kind, 0) for kind in TYPES})
        for kind in ("trade", "book_delta", "book_snapshot", "bbo", "ticker", "kline", "mark_price", "instrument"):
            self.assertGreater(seen.get(kind, 0), 0, kind)

    def test_bars_of_every_kind(self):
        for of in self.traded():
            name = self.name(of)
            for interval in ("1s", "5s", "1m", "1h", "1d", "1w", "1M", "1t", "7t", "100t", "0.5v", "25v"):
                asked = {"interval": interval, **name, "end": self.end}
                first = self.ask("candles", start=0, limit=7, **asked)
                if first is None:
                    self.assertIn("v", interval, f"{of}: only volume may be refused, where it counts contracts")
                    continue
                self.assertGreater(len(first["data"]), 0, (of, interval))
                if len(first["data"]) == 7:
                    whole = self.ask("candles", start=0, limit=10000, **asked)
                    if whole["next_cursor"] is None:
                        self.assertEqual(self.pages("candles", len(whole["data"]) // 3 + 1, start=0, **asked), whole["data"])
                self.ask("candles", limit=3, **asked)
                self.ask("candles", start=self.end - 5_000_000_000, **asked)
            self.ask("candles", interval="10t", **name, start=0, end=self.end, format="csv")

    def test_bars_add_up_to_the_trades(self):
        for of in self.traded()[:3]:
            whole = {**self.name(of), "start": 0, "end": self.end // DAY * DAY + DAY}
            trades = self.pages("trades", 10000, **whole)
            for interval in ("1s", "7t"):
                bars = self.pages("candles", 10000, interval=interval, **whole)
                self.assertEqual(sum(bar["trade_count"] for bar in bars), len(trades), (of, interval))

    def test_klines(self):
        for of in self.instruments:
            if "kline" in of["data_types"]:
                self.pages("klines", 3, interval="1m", **self.name(of), start=0, end=self.end)

    def test_books_at_any_instant(self):
        books = 0
        for of in self.instruments:
            if "book_snapshot" not in of["data_types"]:
                continue
            for back in (0, 1_000_000_000, 2_500_000_001, 6_000_000_000):
                for depth in (0, 5):
                    answer = self.ask("orderbook", **self.name(of), at=self.end - back, depth=depth)
                    books += answer is not None
        self.assertGreater(books, 0)

    def test_coverage_and_instruments(self):
        for of in self.instruments:
            self.ask("coverage", **self.name(of), start=0, end=self.end)
            self.ask("coverage", **self.name(of), data_type="trade", start=self.start, end=self.end)
        self.assertEqual(len(self.pages("instruments", 3)), len(self.instruments))
        self.ask("instruments", format="csv")

    def test_several_instruments_merged(self):
        names = [":".join(self.name(of).values()) for of in self.traded()]
        for kind in ("trade", "book_delta", "bbo", "ticker", "kline", "instrument"):
            merged = {"data_type": kind, "symbols": ",".join(names), "end": self.end}
            answer = self.ask("events", start=self.start, limit=10000, **merged)
            self.assertEqual(len(answer["coverage"]["series"]), len(names))
            times = [row["order_ts"] for row in answer["data"]]
            self.assertEqual(times, sorted(times), kind)
            first = self.ask("events", start=self.start, limit=max(1, len(times) // 3), **merged)
            self.ask("events", start=self.start, limit=max(1, len(times) // 3), cursor=first["next_cursor"], **merged)
            self.ask("events", limit=20, **merged)
            self.ask("events", limit=20, format="csv", **merged)
        every = [row for name in names for row in
                 self.pages("trades", 10000, symbols=name, start=0, end=self.end)]
        together = self.pages("trades", 1500, symbols=",".join(names), start=0, end=self.end)
        self.assertEqual(sorted(map(str, together)), sorted(map(str, every)))

    def test_thinned_out(self):
        thinned = 0
        for of in self.instruments:
            for kind in THINNED:
                if kind not in of["data_types"]:
                    continue
                for every in ("100ms", "1s", "1h"):
                    asked = {"data_type": kind, **self.name(of), "every": every, "end": self.end}
                    rows = self.pages("events", 5 if every == "1s" else 1000, start=0, **asked)
                    thinned += len(rows)
                    if every == "1s":
                        seconds = [stored.ns(row["order_ts"]) // 1_000_000_000 for row in rows]
                        self.assertEqual(seconds, sorted(set(seconds)), "one a second")
                    self.ask("events", limit=4, **asked)
        self.assertGreater(thinned, 0)
        names = ",".join(":".join(self.name(of).values()) for of in self.traded())
        self.pages("trades", 7, symbols=names, every="1s", start=self.start, end=self.end)

    def test_errors_are_the_same(self):
        name = self.name(self.traded()[0])
        for path, parameters in (("trades", {**name, "symbol": "NO-SUCH"}), ("candles", {**name, "interval": "0t"}),
                                 ("events", {**name, "data_type": "book_delta", "every": "1s"}),
                                 ("trades", {**name, "cursor": "nonsense"}), ("trades", {"symbols": "A,,B", "exchange": "okx"}),
                                 ("trades", {**name, "symbols": "A"}), ("trades", {"symbol": "BTC-USDT"})):
            self.assertIsNone(self.ask(path, **parameters), path)


if __name__ == "__main__":
    cases.main()
