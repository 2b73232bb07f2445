"""The venue's own end of a connection is anticipated: another one takes over while both carry everything."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from exchange_log import MS, VENUES, ExchangeLog
from system import System, eventually

RATE = 600
SECOND = 1000 * MS
LIFE = 20   # s of a connection here; 24 h there
SOONER = 8  # s before its end a collector here replaces it; 10 minutes there


class RenewalTest(unittest.TestCase):
    def test_connections_are_replaced_before_the_venue_ends_them(self):
        # What the collector believes to live for 24 h.
        replace_before = 24 * 3600 - LIFE + SOONER
        system = System(["--generate", "--venues", "binance,binance-contracts", "--seed", "3", "--rate", str(RATE),
                         "--symbols", "BTC-USDT,ETH-USDT", "--connection-life", str(LIFE), "--ping-interval", "1"],
                        {"collector": {"connection.replace_before": f"{replace_before}s", "connection.overlap": "1s"}})
        self.addCleanup(system.__exit__, None, None, None)
        system.start(("storage", "collector", "gateway"))
        first = eventually("its connections are open", lambda: system.sim_status()["connections"], 30)
        eventually("all books are there", lambda: system.metric("collector", "marketprism_book_resyncs_total") >= 6, 30)
        # A series is claimed once its stream has been flowing for a while.
        begin = time.time_ns() + 3 * SECOND
        eventually("each was replaced twice", lambda: self.closed(system) >= 2 * first, 6 * LIFE)
        system.end_market()
        log = ExchangeLog(system.folder / "evidence.jsonl")
        self.assertEqual(set(log.closed) - {"closed by client"}, set(), "the venue had none to end")
        self.assertEqual([stream for stream in log.listening if log.deaf(stream)], [], "somebody listened all the time")
        rows = {venue.named(row): row for row in system.all_rows("instruments", start=None)
                for venue in VENUES if venue.name == row["exchange"]}
        self.assertEqual(len(log.series), 12)
        for of, events in log.series.items():
            series = {**{name: rows[of[1]][name] for name in ("exchange", "market", "symbol")}, "data_type": of[2]}
            found = [row["trade_id"] if of[2] == "trade" else (int(row["first_update_id"]), int(row["last_update_id"]))
                     for row in system.all_rows("events", **series)]
            self.assertEqual(len(found), len(set(found)), of)
            self.assertEqual(set(found), log.sent(of), of)
            end = max(event.time for event in events.values()) - 3 * SECOND
            self.assertEqual(stored.final_gaps_of(system, series, begin, end), [], of)

    @staticmethod
    def closed(system):
        system.sim("flush", "POST")
        return ExchangeLog(system.folder / "evidence.jsonl").closed.total()


if __name__ == "__main__":
    cases.main()
