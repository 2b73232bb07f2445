"""The simulator's own record of what it sent, and the comparison of the store with it."""

import collections
import json

KINDS = {"trade": "trade", "aggTrade": "trade", "depth": "book_delta", "bookTicker": "bbo", "ticker": "ticker",
         "kline": "kline"}


def kind_of(stream):
    name = stream.split("@")[1]
    return KINDS[name.split("_")[0]]


def identity_of(kind, fields):
    if kind == "trade":
        return str(fields["t"] if "t" in fields else fields["a"])
    if kind == "book_delta":
        return fields["U"], fields["u"]
    if kind == "bbo":
        return fields["u"]
    if kind == "kline":
        return fields["i"], fields["t"], fields["E"]
    return fields["E"]


class Evidence:
    """Frames handed to sockets, by (symbol, kind): identity -> wall clock of the sending, in ns."""

    def __init__(self, path):
        """Of Binance's spot market; what other markets were sent is passed over."""
        self.sent = collections.defaultdict(dict)
        self.withheld = collections.defaultdict(dict)
        self.flow = []  # (ns, connection, stream, symbol): a subscription, without a symbol, or an event
        records, handed_over = [], {}
        for line in open(path):
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the last line of a killed simulator
            if record["what"] != "subscribed" and ("@" not in record.get("stream", "@") or ":" in record.get("stream", "")):
                continue
            if record["what"] == "conn_closed":
                handed_over[record["conn"]] = record["frames_handed_over"]
            elif record["what"] == "subscribed":
                self.flow += [(record["ns"], record["conn"], stream, None) for stream in record["streams"].split()]
            elif record["what"] in ("sent", "duplicated", "reordered", "withheld"):
                records.append(record)
        for record in records:
            # Logged before sending: what a closing connection did not take was never sent.
            if record.get("n", 0) > handed_over.get(record["conn"], record.get("n", 0)):
                continue
            kind = kind_of(record["stream"])
            target = self.withheld if record["what"] == "withheld" else self.sent
            target[record["symbol"], kind].setdefault(identity_of(kind, self.fields(record)), record["ns"])
            if record["what"] != "withheld":
                self.flow.append((record["ns"], record["conn"], record["stream"], record["symbol"]))

    def flows_again(self, since):
        """{(symbol, kind): when its first event went out to who subscribed to it after `since`}, in ns."""
        subscribed, first = set(), {}
        for at, connection, stream, symbol in sorted(self.flow, key=lambda entry: entry[0]):
            if at < since:
                continue
            if symbol is None:
                subscribed.add((connection, stream))
            elif (connection, stream) in subscribed:
                first.setdefault((symbol, kind_of(stream)), at)
        return first

    @staticmethod
    def fields(record):
        fields = record["id"] if "id" in record else json.loads(record["raw"])
        if "k" in fields:
            fields = {**fields["k"], "E": fields["E"]}
        if "@kline_" in record["stream"]:
            fields = {**fields, "i": record["stream"].split("@kline_")[1], "t": fields.get("k.t", fields.get("t"))}
        return fields

    def total(self):
        return sum(len(rows) for rows in self.sent.values())
