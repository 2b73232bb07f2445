"""What the simulator's log of all venues says of every series: what was sent of it and what was not, and when nobody listened."""

import bisect
import collections
import dataclasses
import json
import urllib.parse

from venue_evidence import Binance, Bybit, Deribit, Okx

VENUES = (Binance, Okx, Deribit, Bybit)
MS = 1_000_000
# How long a frame may lie unread in the sockets of a connection that its reader closes.
ON_ITS_WAY = 1000 * MS
BY_THE_READER = ("closed by client", "peer closed", "peer gone")


def venue_of(stream):
    if "@" in stream:
        return Binance
    if stream.startswith(("spot:", "linear:")):
        return Bybit
    return Okx if ":" in stream else Deribit


def kind_of(stream):
    """The data type whose events the stream carries one a message, of those that are compared by their connections."""
    name = stream.split("@")[1] if "@" in stream else stream.split(":")[1] if stream.startswith(("spot:", "linear:")) else stream
    for beginning, kind in (("bookTicker", "bbo"), ("ticker", "ticker"), ("kline_1m", "kline"), ("bbo-tbt", "bbo"),
                            ("candle1m", "kline"), ("quote.", "bbo"), ("chart.trades.", "kline"), ("orderbook.1.", "bbo"),
                            ("kline.1.", "kline")):
        if name.startswith(beginning):
            return kind
    return None


@dataclasses.dataclass
class Event:
    identity: object
    time: int       # of the venue, ns
    numbers: tuple  # (first, last), or None
    withheld: bool
    spoiled: bool           # its checksum was made wrong: nobody can build on it
    doubtful: bool = False  # on its way when its reader closed the connection: it may have been read or not


@dataclasses.dataclass
class Hole:
    """What is missing between two events that were sent, whose times are these; of a book, the second one is the first
    behind which it can be whole again."""

    before: int
    after: int
    lost: list              # times of what the log says was withheld; empty where nobody listened and nothing was made
    jump: int               # of the numbers


class ExchangeLog:
    def __init__(self, path):
        self.series = collections.defaultdict(dict)       # (exchange, symbol, kind): identity -> Event, in the order of the market
        self.symbols = {}                                 # of streams
        self.listening = collections.defaultdict(list)    # stream: [(from, to)], wall clock
        self.rest = []                                    # (wall clock, target, status)
        self.books = collections.defaultdict(list)        # (exchange, symbol): wall clock at which the whole book was given
        self.garbage = []                                 # wall clock
        self.notes = collections.Counter()
        self.closed = collections.Counter()               # reasons
        self.left = {}                                    # connection: when its reader closed it
        records, handed_over, open_since, self.end = [], {}, {}, 0
        for record in self._records(path):
            what, self.end = record["what"], record["ns"]
            self.notes[what] += 1
            if what == "subscribed":
                for stream in record["streams"].split():
                    open_since.setdefault((record["conn"], stream), record["ns"])
            elif what == "unsubscribed":
                for stream in record["streams"].split():
                    self._heard(stream, open_since.pop((record["conn"], stream), None), record["ns"])
            elif what == "conn_closed":
                handed_over[record["conn"]] = record["frames_handed_over"]
                self.closed[record["reason"]] += 1
                if record["reason"] in BY_THE_READER:
                    self.left[record["conn"]] = record["ns"]
                for connection, stream in [key for key in open_since if key[0] == record["conn"]]:
                    self._heard(stream, open_since.pop((connection, stream)), record["ns"])
            elif what == "garbage":
                self.garbage.append(record["ns"])
            elif what == "rest":
                self.rest.append((record["ns"], record["target"], record["status"]))
                self._take_answer(record)
            elif "stream" in record and "raw" in record:
                records.append(record)
        for (_, stream), since in open_since.items():
            self._heard(stream, since, self.end)
        for record in records:
            # Logged before sending: what a closing connection did not take was never sent.
            if record["n"] <= handed_over.get(record["conn"], record["n"]):
                self._take(record)

    @staticmethod
    def _records(path):
        with open(path) as file:
            for line in file:
                yield json.loads(line)

    def _heard(self, stream, since, until):
        if since is not None:
            self.listening[stream].append((since, until))

    def _take_answer(self, record):
        target = urllib.parse.urlsplit(record["target"])
        query = dict(urllib.parse.parse_qsl(target.query))
        symbol = next((query[name] for name in ("symbol", "instId", "instrument_name") if name in query), None)
        for beginning, exchange, prefix in (("/api/v3/depth", "binance", ""), ("/fapi/v1/depth", "binance", "linear:"),
                                            ("/dapi/v1/depth", "binance", "inverse:"), ("/api/v5/market/books", "okx", ""),
                                            ("/api/v2/public/get_order_book", "deribit", ""),
                                            ("/v5/market/orderbook", "bybit", query.get("category", "") + ":")):
            if target.path == beginning and symbol and record["status"] == 200:
                self.books[exchange, prefix + symbol].append(record["ns"])

    def _take(self, record):
        stream, symbol = record["stream"], record["symbol"]
        self.symbols.setdefault(stream, symbol)
        venue = venue_of(stream)
        if kind_of(stream):
            return
        message = json.loads(record["raw"])
        book = venue.book(stream, message)
        if book and book[0] and record["what"] != "withheld":
            self.books[venue.name, symbol].append(record["ns"])
        for kind, identity, time, numbers in venue.events(stream, message):
            event = Event(identity, time * MS, numbers, record["what"] == "withheld", record["what"] == "spoiled",
                          self.left.get(record["conn"], record["ns"] + ON_ITS_WAY) < record["ns"] + ON_ITS_WAY)
            known = self.series[venue.name, symbol, kind].setdefault(identity, event)
            known.withheld = known.withheld and event.withheld
            known.doubtful = known.doubtful and event.doubtful

    def settle(self, of, there):
        """What was on its way when its reader left was lost unless it is there."""
        for identity, event in self.series[of].items():
            event.withheld = event.withheld or (event.doubtful and identity not in there)

    def sent(self, of):
        return {identity for identity, event in self.series[of].items() if not event.withheld}

    def holes(self, of):
        """Of a numbered series: where the log withheld something, or the numbers of what it sent do not follow."""
        holes, before, lost = [], None, []
        for event in self.series[of].values():
            if event.withheld or event.spoiled:
                lost.append(event.time)
                continue
            jump = event.numbers[0] - before.numbers[1] - 1 if before else 0
            if before and (lost or jump):
                holes.append(Hole(before.time, event.time, lost, jump))
            before, lost = event, []
        return self._until_seeded(of, holes) if of[2] == "book_delta" else holes

    def _until_seeded(self, of, holes):
        """A book is lost with a message, and found again with the next one behind the whole book; what is missing in between is
        missing in the same hole."""
        times = sorted(event.time for event in self.series[of].values() if not event.withheld)
        joined = []
        for hole in holes:
            if joined and hole.before < joined[-1].after:
                joined[-1].lost += hole.lost
                joined[-1].after = max(joined[-1].after, hole.after)
                continue
            given = next((at for at in self.books[of[:2]] if at > hole.before), None)
            behind = times[bisect.bisect_right(times, given):] if given else []
            joined.append(Hole(hole.before, max(hole.after, behind[0]) if behind else hole.after, hole.lost, hole.jump))
        return joined

    def deaf(self, stream):
        """[(from, to)], wall clock: when nobody listened between two who did."""
        windows, until = [], None
        for since, end in sorted(self.listening[stream]):
            if until is not None and since > until:
                windows.append((until, since))
            until = max(until or 0, end)
        return windows

    def streams_of(self, kind):
        return [stream for stream in self.listening if kind_of(stream) == kind and stream in self.symbols]
