"""Two collectors of everything: what both receive is stored once, bars without a venue's time too."""

import collections
import json
import pathlib
import re
import sys
import unittest
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from stored import ns
from system import System, eventually

RATE = 800
MS = 1_000_000
VENUES = ("binance", "okx", "deribit", "bybit")
COLLECTORS = ("collector-1", "collector-2")


def number(value):
    return Decimal(str(value)).normalize() + 0


def figures(*values):
    return tuple(number(value) for value in values)


def bars_of(stream, message):
    """(exchange, market's symbol, what a bar says) of a message about bars, in the venue's words."""
    if "@kline_" in stream:
        bar = message["k"]
        yield "binance", message["s"], (
            bar["t"], message["E"], bar["x"], *figures(bar["o"], bar["h"], bar["l"], bar["c"], bar["v"]))
    elif stream.startswith("candle"):
        for row in message["data"]:
            yield "okx", message["arg"]["instId"], (int(row[0]), None, row[8] == "1", *figures(*row[1:6]))
    elif stream.startswith("chart.trades."):
        bar = message["params"]["data"]
        yield "deribit", stream.split(".")[2], (
            int(bar["tick"]), None, False,
            *figures(bar["open"], bar["high"], bar["low"], bar["close"], bar["volume"]))
    elif ":kline." in stream:
        for bar in message["data"]:
            symbol = f'{stream.split(":")[0]}:{stream.rsplit(".", 1)[1]}'
            yield "bybit", symbol, (
                bar["start"], bar["timestamp"], bar["confirm"],
                *figures(bar["open"], bar["high"], bar["low"], bar["close"], bar["volume"]))


def stored_bar(exchange, row):
    timed = exchange in ("binance", "bybit")
    # Of Bybit's two times the row shows when it was sent; the id holds the other.
    time = int(row["id"].rsplit("-", 1)[1]) // MS if timed else None
    return (ns(row["open_time"]) // MS, time, row.get("closed", False),
            *figures(*(row[field] for field in ("open", "high", "low", "close", "volume"))))


class RedundancyTest(unittest.TestCase):
    def collected(self, name):
        return self.system.metric(name, "marketprism_instruments_collected")

    def let_it_run(self, seconds):
        goal = self.system.sim_status()["sent"] + RATE * seconds
        eventually("the market goes on", lambda: self.system.sim_status()["sent"] > goal, seconds * 6 + 20)

    def told(self):
        """The bars that reached a collector, by exchange and symbol."""
        handed_over, told, records = {}, collections.defaultdict(set), []
        for line in open(self.system.folder / "evidence.jsonl"):
            record = json.loads(line)
            if record["what"] == "conn_closed":
                handed_over[record["conn"]] = record["frames_handed_over"]
            elif record["what"] == "sent":
                records.append(record)
        for record in records:
            if record["n"] > handed_over.get(record["conn"], record["n"]):
                continue
            for exchange, symbol, bar in bars_of(record["stream"], json.loads(record["raw"], parse_float=str)):
                told[exchange, symbol].add(bar)
        return told

    def duplicates(self, exchange):
        return self.system.metric("storage", "marketprism_messages_total", lambda line: all(
            part in line for part in ('status="duplicate"', 'data_type="kline"', f'exchange="{exchange}"')))

    def test_every_event_is_stored_once_on_every_venue(self):
        self.system = System(["--generate", "--venues", ",".join(VENUES), "--seed", "7", "--rate", str(RATE),
                              "--symbols", "BTC-USDT,ETH-USDT"], {"collector": {"fleet.redundancy": 2}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start(("storage", "gateway", *COLLECTORS))
        lists = re.findall(r"symbols: \[(.*)\]", (self.system.folder / "collector-config/local.yaml").read_text())
        instruments = sum(len(symbols.split(",")) for symbols in lists)
        eventually("both collect everything", lambda: all(
            self.collected(name) == instruments for name in COLLECTORS), 60)
        self.let_it_run(12)
        eventually("both tell of bars of every venue", lambda: all(self.duplicates(exchange) for exchange in VENUES), 60)
        self.system.end_market()

        told = self.told()
        self.assertEqual({exchange for exchange, _ in told}, set(VENUES))
        for row in self.system.all_rows("instruments", start=None):
            market = {name: row[name] for name in ("exchange", "market", "symbol")}
            self.assertEqual(len(self.system.all_rows("events", **market, data_type="instrument")), 1, f"{market}: one state")
            named = row["venue_symbol"] if row["exchange"] != "bybit" else f'{row["market"]}:{row["venue_symbol"]}'
            for kind in ("trade", "book_delta", "bbo", "ticker", "kline", "mark_price", "open_interest", "funding_rate"):
                rows = self.system.all_rows("events", **market, data_type=kind)
                twice = [each for each, count in collections.Counter(row["id"] for row in rows).items() if count > 1]
                self.assertEqual(twice, [], f"{named} {kind} is stored twice")
                if kind != "kline":
                    continue
                bars = [stored_bar(row["exchange"], each) for each in rows]
                self.assertEqual(len(bars), len(set(bars)), f"{named}: bars are stored twice")
                self.assertEqual(set(bars), told[row["exchange"], named], f"{named}: bars")
        conflicts = self.system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0, "both say the same of every event")


if __name__ == "__main__":
    cases.main()
