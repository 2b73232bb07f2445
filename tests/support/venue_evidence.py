"""What the simulator says it sent as Binance, OKX, Deribit or Bybit: events by identity, and the books that they amount to."""

import collections
import json
from decimal import Decimal


class Venue:
    """`events` gives (kind, identity, time in ms, (first, last)) of trades and updates of books; an event follows another one
    whose last number is its first less one. Where nothing is numbered it gives None."""

    trades_are_numbered = True

    @staticmethod
    def counts(symbol, kind):
        """Whether numbers of neighbours differ by one, so that a jump says how many are missing."""
        return kind == "trade"

    @staticmethod
    def named(row):
        """What the evidence calls an instrument of the store."""
        return row["venue_symbol"]


class Binance(Venue):
    """Symbols of contracts are called "linear:BTCUSDT" and "inverse:BTCUSD_PERP"."""

    name = "binance"

    @staticmethod
    def counts(symbol, kind):
        return kind == "trade" or ":" not in symbol

    @staticmethod
    def market_of(symbol):
        return symbol.split(":")[0] if ":" in symbol else "spot"

    @staticmethod
    def trades(symbol):
        market, _, name = symbol.rpartition(":")
        return f"{market}:{name.lower()}@trade" if market else f"{name.lower()}@trade"

    @staticmethod
    def named(row):
        return row["venue_symbol"] if row["market"] == "spot" else f'{row["market"]}:{row["venue_symbol"]}'

    @staticmethod
    def events(stream, message):
        channel = stream.split("@")[1]
        if channel == "trade":
            yield "trade", str(message["t"]), message["T"], (message["t"],) * 2
        elif channel == "depth":
            # Numbers of contracts jump, and each update names the one before.
            first = message["pu"] + 1 if "pu" in message else message["U"]
            yield "book_delta", (message["U"], message["u"]), message["E"], (first, message["u"])

    @staticmethod
    def book(stream, message):
        """Of changes alone: what a book begins with is asked for by REST."""
        if "@depth" not in stream:
            return None
        changes = [(side, *level) for side, key in (("bids", "b"), ("asks", "a")) for level in message[key]]
        return False, message["E"], changes


class Okx(Venue):
    name = "okx"

    @staticmethod
    def market_of(symbol):
        parts = symbol.split("-")
        if len(parts) in (2, 5):
            return "spot" if len(parts) == 2 else "option"
        return "inverse" if parts[1] == "USD" else "linear"

    trades = staticmethod(lambda symbol: f"trades-all:{symbol}")

    @staticmethod
    def events(stream, message):
        channel = stream.split(":")[0]
        row = message["data"][0]
        if channel == "trades-all":
            yield "trade", row["tradeId"], int(row["ts"]), (int(row["tradeId"]),) * 2
        elif channel == "books" and message["action"] == "update":
            yield "book_delta", (row["prevSeqId"], row["seqId"]), int(row["ts"]), (row["prevSeqId"] + 1, row["seqId"])

    @staticmethod
    def book(stream, message):
        """(whole book?, time, [(side, price, quantity)]) of a message about a book; None of others."""
        if not stream.startswith("books:"):
            return None
        row = message["data"][0]
        changes = [(side, level[0], level[1]) for side in ("bids", "asks") for level in row[side]]
        return message["action"] == "snapshot", int(row["ts"]), changes


class Deribit(Venue):
    name = "deribit"

    @staticmethod
    def market_of(symbol):
        if symbol.endswith(("-C", "-P")) or "-CS-" in symbol:
            return "option"
        return "linear" if "_USDC-" in symbol else "inverse"

    trades = staticmethod(lambda symbol: f"trades.{symbol}.100ms")

    @staticmethod
    def events(stream, message):
        data = message["params"]["data"]
        if stream.startswith("trades."):
            for row in data:
                yield "trade", row["trade_id"], int(row["timestamp"]), (int(row["trade_seq"]),) * 2
        elif stream.startswith("book.") and data["type"] == "change":
            before, last = int(data["prev_change_id"]), int(data["change_id"])
            yield "book_delta", (before, last), int(data["timestamp"]), (before + 1, last)

    @staticmethod
    def book(stream, message):
        if not stream.startswith("book."):
            return None
        data = message["params"]["data"]
        changes = [(side, entry[1], "0" if entry[0] == "delete" else entry[2])
                   for side in ("bids", "asks") for entry in data[side]]
        return data["type"] == "snapshot", int(data["timestamp"]), changes


class Bybit(Venue):
    name = "bybit"
    trades_are_numbered = False
    market_of = staticmethod(lambda symbol: symbol.split(":")[0])
    trades = staticmethod(lambda symbol: ":publicTrade.".join(symbol.split(":")))

    @staticmethod
    def named(row):
        return f'{row["market"]}:{row["venue_symbol"]}'

    @staticmethod
    def events(stream, message):
        topic = stream.split(":")[1]
        if topic.startswith("publicTrade."):
            for row in message["data"]:
                yield "trade", row["i"], row["T"], None
        elif topic.startswith("orderbook.200.") and message["type"] == "delta":
            yield "book_delta", (message["data"]["u"],) * 2, message["cts"], (message["data"]["u"],) * 2

    @staticmethod
    def book(stream, message):
        if ":orderbook.200." not in stream:
            return None
        changes = [(side, *level) for side, key in (("bids", "b"), ("asks", "a")) for level in message["data"][key]]
        return message["type"] == "snapshot", message["cts"], changes


class VenueEvidence:
    def __init__(self, venue, path):
        self.venue = venue
        self.sent = collections.defaultdict(dict)      # (symbol, kind): identity -> time
        self.withheld = collections.defaultdict(dict)
        self.closed = []                               # reasons
        self.messages = collections.defaultdict(list)  # symbol: messages about its book, in order
        self.notes = collections.Counter()
        records, handed_over = [], {}
        for line in open(path):
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the last line of a killed simulator
            self.notes[record["what"]] += 1
            if record["what"] == "conn_closed":
                handed_over[record["conn"]] = record["frames_handed_over"]
                self.closed.append(record["reason"])
            elif "stream" in record and "raw" in record:
                records.append(record)
        for record in records:
            message = json.loads(record["raw"], parse_float=str, parse_int=str) if venue is Deribit \
                else json.loads(record["raw"])
            book = venue.book(record["stream"], message)
            if book:
                self.messages[record["symbol"]].append((book, tuple(venue.events(record["stream"], message))))
            # Logged before sending: what a closing connection did not take was never sent.
            if record.get("n", 0) > handed_over.get(record["conn"], record.get("n", 0)):
                continue
            target = self.withheld if record["what"] == "withheld" else self.sent
            for kind, identity, time, _ in venue.events(record["stream"], message):
                target[record["symbol"], kind].setdefault(identity, time)

    def books(self, symbol):
        """[(time in ms, best bids, best asks)] after each update, those that were withheld included."""
        sides, seen, points = {"bids": {}, "asks": {}}, set(), []
        for (whole, time, changes), events in self.messages[symbol]:
            if whole:
                sides = {"bids": {}, "asks": {}}
            elif events[0] in seen:
                continue
            seen.update(events)
            for side, price, quantity in changes:
                price, quantity = Decimal(price), Decimal(quantity)
                if quantity == 0:
                    sides[side].pop(price, None)
                else:
                    sides[side][price] = quantity
            points.append((time, sorted(sides["bids"].items(), reverse=True)[:5], sorted(sides["asks"].items())[:5]))
        return points
