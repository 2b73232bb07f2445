"""What the simulator says it sent as OKX, Deribit or Bybit: events by identity, and the books that they amount to."""

import collections
import json
from decimal import Decimal


class Venue:
    trades_are_numbered = True

    @staticmethod
    def named(row):
        """What the evidence calls an instrument of the store."""
        return row["venue_symbol"]


class Okx(Venue):
    name = "okx"
    market_of = staticmethod(lambda symbol: "linear" if symbol.endswith("-SWAP") else "spot")
    trades = staticmethod(lambda symbol: f"trades-all:{symbol}")

    @staticmethod
    def events(stream, message):
        """(kind, identity, time in ms) of trades and updates of books."""
        channel = stream.split(":")[0]
        row = message["data"][0]
        if channel == "trades-all":
            yield "trade", row["tradeId"], int(row["ts"])
        elif channel == "books" and message["action"] == "update":
            yield "book_delta", (row["prevSeqId"], row["seqId"]), int(row["ts"])

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
    market_of = staticmethod(lambda symbol: "inverse" if symbol.endswith("-PERPETUAL") else "option")
    trades = staticmethod(lambda symbol: f"trades.{symbol}.100ms")

    @staticmethod
    def events(stream, message):
        data = message["params"]["data"]
        if stream.startswith("trades."):
            for row in data:
                yield "trade", row["trade_id"], int(row["timestamp"])
        elif stream.startswith("book.") and data["type"] == "change":
            yield "book_delta", (int(data["prev_change_id"]), int(data["change_id"])), int(data["timestamp"])

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
                yield "trade", row["i"], row["T"]
        elif topic.startswith("orderbook.200.") and message["type"] == "delta":
            yield "book_delta", (message["data"]["u"],) * 2, message["cts"]

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
            for kind, identity, time in venue.events(record["stream"], message):
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
