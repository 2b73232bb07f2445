"""What a venue lists anew is collected within a minute, what it lists no longer is closed: by collectors as they are shipped."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import collectors
import stored
from exchange_log import MS, ExchangeLog
from system import System, eventually

PROMISED = 60
# By venue: what is listed later and what is not listed any more, as the log calls them, with exchange, market and symbol.
LATER = {"SOLUSDT": ("binance", "spot", "SOL-USDT"), "SOL-USDT": ("okx", "spot", "SOL-USDT"),
         "SOL_USDC-PERPETUAL": ("deribit", "linear", "SOL-USDC-PERP"), "spot:SOLUSDT": ("bybit", "spot", "SOL-USDT")}
GONE = {"ETHUSDT": ("binance", "spot", "ETH-USDT"), "ETH-USDT": ("okx", "spot", "ETH-USDT"),
        "ETH-PERPETUAL": ("deribit", "inverse", "ETH-USD-PERP"), "spot:ETHUSDT": ("bybit", "spot", "ETH-USDT")}
# Gone with those, and listed again.
BACK = {"XRPUSDT": ("binance", "spot", "XRP-USDT")}


class ListingTest(unittest.TestCase):
    def setUp(self):
        self.system = System(["--generate", "--venues", "binance,okx,deribit,bybit", "--seed", "3", "--rate", "400",
                              "--symbols", "BTC-USDT,ETH-USDT,SOL-USDT,XRP-USDT"])
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start_nats()
        self.system.start_sim()
        for symbol in LATER:
            self.command("unlist", symbol)
        self.system.start_services(("storage", "collector", "gateway"))

    def command(self, verb, symbol):
        self.assertEqual(self.system.sim(verb, "POST", {"symbol": symbol}).status, 200)

    def collected(self):
        return collectors.instruments(self.system, "collector")

    def test_what_is_listed_later_is_collected_and_what_is_gone_is_closed(self):
        eventually("what is listed is collected", lambda: all(self.collected().get(each) for each in [*GONE.values(), *BACK.values()]), 60)
        self.assertEqual([each for each in LATER.values() if each in self.collected()], [])
        listed = time.time_ns()
        for symbol in LATER:
            self.command("list", symbol)
        for symbol in [*GONE, *BACK]:
            self.command("unlist", symbol)
        eventually("what is new flows", lambda: all(self.collected().get(each) for each in LATER.values()), PROMISED)
        print(f"flowing {(time.time_ns() - listed) / 1e9:.1f} s after the listing")
        # One list without it may be a mistake.
        eventually("what is gone is closed", lambda: not any(each in self.collected() for each in [*GONE.values(), *BACK.values()]), 2 * PROMISED)
        gone = time.time_ns()
        for symbol in BACK:
            self.command("list", symbol)
        eventually("what is back flows", lambda: all(self.collected().get(each) for each in BACK.values()), PROMISED)
        began = self.system.sim_status()["sent"]
        eventually("the others go on", lambda: self.system.sim_status()["sent"] > began + 1000, 60)
        self.system.end_market()
        log = ExchangeLog(self.system.folder / "evidence.jsonl")
        self.assertEqual(dict(log.closed), {}, "no connection was given up for it")
        for symbol, (exchange, market, name) in {**LATER, **GONE}.items():
            series = {"exchange": exchange, "market": market, "symbol": name, "data_type": "trade"}
            times = [event.time for event in log.series[exchange, symbol, "trade"].values()]
            ids = [row["trade_id"] for row in self.system.all_rows("events", **series)]
            self.assertEqual(len(ids), len(set(ids)), symbol)
            self.assertEqual(set(ids), log.sent((exchange, symbol, "trade")), symbol)
            if symbol in GONE:
                self.assertLess(max(times), gone, f"{symbol} is unsubscribed")
            self.check_last_metadata(exchange, market, name, symbol in LATER)
            # Complete while it was collected, and nothing is claimed of the time behind.
            found = stored.gaps_of(self.system, series, min(times) + 2_000 * MS, max(times) - 2_000 * MS)
            self.assertEqual(found, [], symbol)
            if symbol in GONE:
                self.assertTrue(stored.gaps_of(self.system, series, gone, gone + 60_000 * MS), symbol)

        for exchange, market, name in BACK.values():
            series = {"exchange": exchange, "market": market, "symbol": name}
            rows = self.system.all_rows("events", **series, data_type="instrument")
            self.assertEqual([row["status"] for row in rows], ["trading", "delisted", "trading"])
            told = self.system.get("instruments", **series)["data"]
            self.assertEqual([row["status"] for row in told], ["trading"])

    def check_last_metadata(self, exchange, market, symbol, there):
        rows = self.system.all_rows("events", exchange=exchange, market=market, symbol=symbol, data_type="instrument")
        last = max(rows, key=lambda row: stored.ns(row["order_ts"]))
        self.assertEqual(last["status"] != "delisted", there, last)


if __name__ == "__main__":
    cases.main()
