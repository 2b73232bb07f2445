"""Replays sessions of OKX, Deribit and Bybit through the whole system and compares the store with the raw text, read here."""

import collections
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import replayed_books
import stored
from replayed_books import levels, number
from stored import ns
from system import CAPTURES, System, eventually

MS = 1_000_000


class Venue:
    @staticmethod
    def named(row):
        """What the tests call an instrument of the store."""
        return row["venue_symbol"]

    @classmethod
    def stream(cls, message):
        """What the checkpoints call the stream of a book's update; signs of life count."""
        found = cls.book(message)
        return found[0] if found and not found[1] else None


class Okx(Venue):
    """Events of a message: (symbol, kind, what identifies and says it, its time in ms, its numbers or None)."""

    name = "okx"

    @staticmethod
    def symbol_of(checkpoint):
        return checkpoint.split(":")[1]

    @staticmethod
    def events(message):
        if not isinstance(message, dict) or "event" in message or "data" not in message:
            return
        channel = message["arg"]["channel"]
        for row in message["data"]:
            time = int(row["ts"])
            symbol = row.get("instId") or message["arg"]["instId"]
            if channel == "trades":
                last = int(row["tradeId"])
                yield symbol, "trade", (row["tradeId"], number(row["px"]), number(row["sz"]), row["side"]), time, \
                    (last - int(row.get("count", 1)) + 1, last)
            elif channel == "tickers":
                figures = tuple(number(row[key]) for key in ("last", "open24h", "high24h", "low24h", "vol24h"))
                yield symbol, "ticker", figures, time, None
            elif channel.startswith("books") and message["action"] == "update" and (row["asks"] or row["bids"]):
                sides = tuple(levels(level[:2] for level in row[side]) for side in ("bids", "asks"))
                yield symbol, "book_delta", sides, time, None

    @staticmethod
    def book(message):
        """(stream, whole book?, bids, asks) of a message about a book."""
        if not message.get("arg", {}).get("channel", "").startswith("books") or "action" not in message:
            return None
        row = message["data"][0]
        sides = ([level[:2] for level in row[side]] for side in ("bids", "asks"))
        return f'{message["arg"]["channel"]}:{message["arg"]["instId"]}', message["action"] == "snapshot", *sides

    @staticmethod
    def time(message):
        return int(message["data"][0]["ts"])


class Deribit(Venue):
    name = "deribit"

    @staticmethod
    def symbol_of(checkpoint):
        return checkpoint.split(".")[1]

    @staticmethod
    def events(message):
        parameters = message.get("params", {}) if isinstance(message, dict) else {}
        if "channel" not in parameters:
            return
        kind, symbol = parameters["channel"].split(".")[:2]
        data = parameters["data"]
        if kind == "ticker":
            time, stats = int(data["timestamp"]), data["stats"]
            figures = tuple(number(value) for value in (data["last_price"], stats["high"], stats["low"], stats["volume"]))
            yield symbol, "ticker", figures, time, None
            yield symbol, "mark_price", (number(data["mark_price"]), number(data["index_price"])), time, None
            yield symbol, "open_interest", (number(data["open_interest"]),), time, None
        elif kind == "book" and data["type"] == "change":
            sides = tuple(levels(level[1:] for level in data[side]) for side in ("bids", "asks"))
            yield symbol, "book_delta", sides, int(data["timestamp"]), \
                (int(data["prev_change_id"]) + 1, int(data["change_id"]))
        elif kind == "trades":
            for row in data:
                yield symbol, "trade", (row["trade_id"], number(row["price"]), number(row["amount"]), row["direction"]), \
                    int(row["timestamp"]), (int(row["trade_seq"]),) * 2

    @staticmethod
    def book(message):
        parameters = message.get("params", {})
        if not parameters.get("channel", "").startswith("book."):
            return None
        data = parameters["data"]
        sides = ([(entry[1], "0" if entry[0] == "delete" else entry[2]) for entry in data[side]] for side in ("bids", "asks"))
        return parameters["channel"], data["type"] == "snapshot", *sides

    @staticmethod
    def time(message):
        return int(message["params"]["data"]["timestamp"])


class Bybit(Venue):
    """Spot and contracts share symbols: here they are "spot:BTCUSDT" and "linear:BTCUSDT"."""

    name = "bybit"

    @staticmethod
    def named(row):
        return f'{row["market"]}:{row["venue_symbol"]}'

    @staticmethod
    def symbol_of(checkpoint):
        category, topic = checkpoint.split(":")
        return f'{category}:{topic.split(".")[-1]}'

    @staticmethod
    def events(message):
        if not isinstance(message, dict) or "topic" not in message:
            return
        topic, data = message["topic"].split("."), message["data"]
        symbol = f'{message["category"]}:{topic[-1]}'
        if topic[0] == "publicTrade":
            for row in data:
                yield symbol, "trade", (row["i"], number(row["p"]), number(row["v"]), row["S"].lower()), int(row["T"]), None
        elif topic[0] == "orderbook" and topic[1] != "1" and message["type"] == "delta":
            sides = tuple(levels(data[side]) for side in ("b", "a"))
            yield symbol, "book_delta", sides, int(message.get("cts", message["ts"])), (int(data["u"]),) * 2
        elif topic[0] == "orderbook" and topic[1] == "1":
            best = tuple(number(value) for side in ("b", "a") for level in data[side][:1] for value in level)
            yield symbol, "bbo", (int(data["u"]), *best), int(message.get("cts", message["ts"])), None
        elif topic[0] == "kline":
            for row in data:
                figures = tuple(number(row[key]) for key in ("open", "high", "low", "close", "volume", "turnover"))
                yield symbol, "kline", figures, int(row["timestamp"]), None

    @staticmethod
    def book(message):
        topic = message.get("topic", "")
        if not topic.startswith("orderbook.") or topic.startswith("orderbook.1."):
            return None
        data = message["data"]
        return f'{message["category"]}:{topic}', message["type"] == "snapshot", data["b"], data["a"]

    @staticmethod
    def time(message):
        return int(message.get("cts", message["ts"]))


def stored_event(kind, row):
    """A row of the store in the terms of the raw text."""
    if kind == "trade":
        return row["trade_id"], number(row["price"]), number(row["quantity"]), row["side"]
    if kind == "book_delta":
        return levels(row["bids"]), levels(row["asks"])
    if kind == "bbo":
        return int(row["update_id"]), *(number(row[field]) for field in
                                        ("bid_price", "bid_quantity", "ask_price", "ask_quantity"))
    fields = {"kline": ("open", "high", "low", "close", "volume", "quote_volume"), "ticker": ("last_price", "open_price", "high_price", "low_price", "volume"),
              "mark_price": ("mark_price", "index_price"), "open_interest": ("open_interest",)}[kind]
    return tuple(number(row.get(field)) for field in fields)


class Session:
    """What a capture holds, by symbol and kind, in recorded order."""

    def __init__(self, venue, path):
        self.events = collections.defaultdict(list)
        self.updates = collections.defaultdict(list)  # times of a book stream's updates
        self.books = collections.defaultdict(replayed_books.Replayed)
        for line in open(path):
            record = json.loads(line)
            if record["direction"] != "in" or record["transport"] != "ws":
                continue
            message = json.loads(record["raw"], parse_float=str, parse_int=str)
            if isinstance(message, dict):
                message["category"] = record["market"]  # of Bybit only the address says it
            for symbol, kind, event, time, numbers in venue.events(message):
                self.events[symbol, kind].append((event, time, numbers))
            self.take_book(venue, message)
        self.checkpoints = [json.loads(line) for line in open(str(path).replace(".jsonl", ".book_checkpoints.jsonl"))]

    def take_book(self, venue, message):
        found = venue.book(message) if isinstance(message, dict) else None
        if not found:
            return
        stream, whole, bids, asks = found
        self.books[stream].take(venue.time(message), whole, bids, asks)
        if not whole:
            self.updates[stream].append(venue.time(message))


class VenueReplayTest(unittest.TestCase):
    def replay(self, venue, name):
        path = pathlib.Path(CAPTURES or "/nonexistent") / name
        if not path.exists():
            self.skipTest(f"MP_CAPTURES is not set or has no {name}")
        session = Session(venue, path)
        self.venue = venue
        with System(["--replay", path, "--speed", "max"]) as self.system:
            self.system.start(("storage", "collector", "gateway"))
            self.await_replay()
            for (symbol, kind), events in session.events.items():
                self.compare(symbol, kind, events)
                self.check_coverage(symbol, kind, events)
            self.compare_checkpoints(session)
            replayed_books.compare(self, session.books, self.book)
            checks = self.system.metric("collector", "marketprism_book_checks_total",
                                        lambda line: 'result="different"' in line)
            self.assertEqual(checks, 0, "a book contradicted the venue")

    def await_replay(self):
        eventually("the replay is done", lambda: self.system.sim_status()["done"], 120)
        self.system.await_stored()
        self.names = {self.venue.named(row): (row["market"], row["symbol"])
                      for row in self.system.all_rows("instruments", start=None)}

    def series(self, symbol, kind):
        market, name = self.names[symbol]
        return {"exchange": self.venue.name, "market": market, "symbol": name, "data_type": kind}

    def rows(self, symbol, kind):
        return self.system.all_rows("events", **self.series(symbol, kind))

    def compare(self, symbol, kind, events):
        # The same event sent twice is one event; of updates without any id each one counts.
        wanted = collections.Counter((event, time) for event, time, _ in events)
        if kind != "book_delta":
            wanted = collections.Counter(set(wanted))
        found = collections.Counter()
        for row in self.rows(symbol, kind):
            event = stored_event(kind, row)
            if kind == "ticker" and self.venue is Deribit:
                event = (event[0], *event[2:])  # the venue gives no opening price
            found[event, ns(row["order_ts"]) // MS] += 1
        self.assertEqual(found, wanted, f"{symbol} {kind}")

    def check_coverage(self, symbol, kind, events):
        """Complete from the first to the last event, but for the holes that the capture itself has."""
        times = sorted(time for _, time, _ in events)
        start, end = times[0] * MS, times[-1] * MS + 1
        numbered = [(numbers, time) for _, time, numbers in events if numbers]
        holes = [(before[1] * MS, after[1] * MS + 1) for before, after in zip(numbered, numbered[1:])
                 if after[0][0] > before[0][1] + 1]
        what = f"{symbol} {kind}"

        def gaps():
            return stored.gaps_of(self.system, self.series(symbol, kind), start, end)

        eventually(f"{what} is complete beside {len(holes)} holes",
                   lambda: bool(gaps()) == bool(holes) and len(gaps()) <= len(holes), 15)
        for begin, stop, _ in gaps():
            self.assertTrue(any(a <= begin and stop <= b for a, b in holes), f"{what}: a gap {begin}-{stop} outside of {holes}")

    def book(self, stream, at):
        market, name = self.names[self.venue.symbol_of(stream)]
        return self.system.get("orderbook", exchange=self.venue.name, market=market, symbol=name, at=at, depth=0)["data"]

    def compare_checkpoints(self, session):
        compared = 0
        for point in session.checkpoints:
            times, applied = session.updates[point["instrument"]], point["updates_applied"]
            # Of updates at one instant the store shows the last one.
            if applied == 0 or (applied < len(times) and times[applied] == times[applied - 1]):
                continue
            book = self.book(point["instrument"], times[applied - 1] * MS)
            what = f'{point["instrument"]} after {applied} updates'
            self.assertEqual((len(book["bids"]), len(book["asks"])), (point["n_bids"], point["n_asks"]), what)
            self.assertEqual(levels(book["bids"][:5]), levels(point["bids"]), what)
            self.assertEqual(levels(book["asks"][:5]), levels(point["asks"]), what)
            compared += 1
        self.assertGreater(compared, 10)

    def replay_without(self, venue, name, symbol, number):
        """One update of the symbol's book is deleted from the capture: one gap of it alone, one resync."""
        path = pathlib.Path(CAPTURES or "/nonexistent") / name
        if not path.exists():
            self.skipTest(f"MP_CAPTURES is not set or has no {name}")
        self.venue, updates, times = venue, 0, []
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-capture-"))
        with open(folder / path.name, "w") as copy:
            for line in open(path):
                record = json.loads(line)
                message = json.loads(record["raw"]) if record["direction"] == "in" else None
                if isinstance(message, dict):
                    message["category"] = record["market"]
                    stream = venue.stream(message)
                    if stream and venue.symbol_of(stream) == symbol:
                        updates += 1
                        times.append(venue.time(message))
                        if updates == number:
                            continue
                copy.write(line)
        self.assertGreater(updates, number + 20)
        with System(["--replay", folder / path.name, "--speed", "10"]) as self.system:
            self.system.start(("storage", "collector", "gateway"))
            self.await_replay()
            for other in self.names:
                found = stored.gaps_of(self.system, self.series(other, "book_delta"), times[0] * MS, times[-1] * MS)
                found = [gap for gap in found if gap[2] in ("sequence_gap", "checksum_mismatch")]
                self.assertEqual(len(found), int(other == symbol), f"{other}: {found}")
            with_books = sum(1 for other in self.names if self.rows(other, "book_snapshot"))
            resyncs = self.system.metric("collector", "marketprism_book_resyncs_total")
            self.assertEqual(resyncs, with_books + 1)

    def test_an_update_missing_from_a_capture_is_one_gap(self):
        self.replay_without(Bybit, "cryptofeed/bybit-v5_20260809.jsonl", "linear:BTCUSDT", 100)

    def test_an_update_that_only_checksums_miss_is_one_gap(self):
        self.replay_without(Okx, "cryptofeed/okx_20210722_conn1.jsonl", "XMR-USDT-SWAP", 30)
        self.replay_without(Okx, "cryptofeed/okx_20220513.jsonl", "BTC-USDT", 28)

    def test_okx_spot_swaps_futures_and_options_of_2021(self):
        self.replay(Okx, "cryptofeed/okx_20210722_conn1.jsonl")

    def test_okx_on_two_more_connections(self):
        for number in (2, 3):
            self.replay(Okx, f"cryptofeed/okx_20210722_conn{number}.jsonl")

    def test_okx_with_its_list_of_instruments(self):
        self.replay(Okx, "cryptofeed/okx_20220513.jsonl")

    def test_deribit_options_of_april_2021(self):
        self.replay(Deribit, "cryptofeed/deribit_20210405.jsonl")

    def test_deribit_with_its_list_of_instruments(self):
        self.replay(Deribit, "cryptofeed/deribit_20210417.jsonl")

    def test_bybit_spot_and_linear_of_2026(self):
        self.replay(Bybit, "cryptofeed/bybit-v5_20260809.jsonl")


if __name__ == "__main__":
    cases.main()
