"""Faults of the exchange: the book is right again within seconds, the gap is in /api/v1/coverage, the feed goes on."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import capture
import cases
import stored
from accounting import Accounting
from evidence import Evidence
from system import System, eventually

RATE = 500
SECOND = 1_000_000_000
SYMBOLS = (("BTC-USDT", "BTCUSDT"), ("ETH-USDT", "ETHUSDT"))


class FaultTest(Accounting, unittest.TestCase):
    def setUp(self):
        # A stream is judged silent sooner than it should be in production, where 5 minutes teach its pace.
        self.sim = System(["--generate", "--seed", "11", "--rate", str(RATE), "--symbols", "BTC-USDT,ETH-USDT"],
                          {"collector": {"connection.stream_warmup": "3s", "connection.stream_min_silence": "3s",
                                         "connection.silence": "10s"}})
        self.addCleanup(self.sim.__exit__, None, None, None)
        self.sim.start(("storage", "collector", "gateway"))
        eventually("books are live", lambda: self.book("BTC-USDT") and self.book("ETH-USDT"), 30)

    def book(self, symbol):
        answer = self.sim.service("gateway", f"/api/v1/orderbook?exchange=binance&market=spot&symbol={symbol}&depth=5")
        return answer.json()["data"] if answer.status == 200 else None

    def fault(self, **fault):
        answer = self.sim.sim("fault", "POST", fault)
        self.assertEqual(answer.status, 200, answer.body)

    def sent(self):
        return self.sim.sim_status()["sent"]

    def let_it_run(self, messages):
        goal = self.sent() + messages
        eventually("the market goes on", lambda: self.sent() > goal, 60)

    def finish(self):
        self.sim.end_market()
        return Evidence(self.sim.folder / "evidence.jsonl")

    def check_books_against_the_exchange(self):
        """Best quotes and depth share one id space: where both carry the same id, the book's top is the quote."""
        for symbol, venue in SYMBOLS:
            points = self.points_to_compare(venue)[-10:]
            self.assertGreater(len(points), 2, f"{symbol}: nothing to compare")
            for event_time, quote in points:
                book = self.sim.get("orderbook", exchange="binance", symbol=symbol, at=event_time * 1_000_000,
                                    depth=1)["data"]
                self.assertEqual(int(book["last_update_id"]), quote["u"], symbol)
                self.assertTrue(capture.same_levels(book["bids"], [[quote["b"], quote["B"]]]), f"{symbol} {quote} {book}")
                self.assertTrue(capture.same_levels(book["asks"], [[quote["a"], quote["A"]]]), f"{symbol} {quote} {book}")

    def points_to_compare(self, venue):
        """[(event time of a delta, the quote with the same update id)] as they were sent, in order; of one time the last delta."""
        quotes, deltas = {}, {}
        for line in open(self.sim.folder / "evidence.jsonl"):
            record = json.loads(line)
            if record["what"] != "sent" or record.get("symbol") != venue:
                continue
            data = json.loads(record["raw"])
            if record["stream"].endswith("@bookTicker"):
                quotes[data["u"]] = data
            elif "@depth" in record["stream"]:
                deltas[data["E"]] = data["u"]
        return [(event_time, quotes[u]) for event_time, u in deltas.items() if u in quotes]

    def gaps(self, symbol, kind):
        return stored.final_gaps_of(self.sim, stored.series(symbol, kind), self.begin, self.end)

    def check_one_gap(self, symbol, seconds):
        """The book of this symbol has one gap and was right again within so many seconds of the market."""
        found = self.gaps(symbol, "book_delta")
        self.assertEqual(len(found), 1, f"{symbol}: {found}")
        begin, end, reason = found[0]
        print(f"{symbol}: {(end - begin) / SECOND:.1f} s, {reason}")
        self.assertLess(end - begin, seconds * SECOND, f"{symbol}: {found}")

    def measure(self, evidence):
        times = [at for rows in evidence.sent.values() for at in rows.values()]
        self.begin, self.end = min(times) + 3 * SECOND, max(times) - 2 * SECOND

    def test_a_dropped_delta_resynchronises_that_symbol_alone(self):
        self.let_it_run(RATE * 4)
        self.fault(kind="drop_delta", symbol="BTCUSDT", count=1)
        self.let_it_run(RATE * 4)
        evidence = self.finish()
        self.measure(evidence)
        self.check(self.sim, evidence, gaps_allowed=True)
        self.check_books_against_the_exchange()
        withheld = evidence.withheld["BTCUSDT", "book_delta"]
        self.assertEqual(len(withheld), 1)
        self.check_one_gap("BTC-USDT", 10)
        self.assertEqual(self.gaps("ETH-USDT", "book_delta"), [])
        self.assertEqual(self.gaps("BTC-USDT", "trade"), [])

    def test_a_cut_connection_comes_back(self):
        self.let_it_run(RATE * 4)
        self.fault(kind="cut")
        self.let_it_run(RATE * 5)
        evidence = self.finish()
        self.measure(evidence)
        self.check(self.sim, evidence, gaps_allowed=True)
        self.check_books_against_the_exchange()
        # A book whose updates join those before the cut lacks nothing.
        found = [gap for symbol, _ in SYMBOLS for gap in self.gaps(symbol, "book_delta")]
        self.assertIn(len(found), (1, 2), found)
        for begin, end, reason in found:
            self.assertLess(end - begin, 10 * SECOND, reason)

    def test_silence_is_noticed(self):
        self.let_it_run(RATE * 4)
        self.fault(kind="silent", seconds=25)
        eventually("the collector gives the silent connection up and goes on elsewhere",
                   lambda: self.sim.metric("collector", "marketprism_sessions_ended_total") >= 1, 120)
        before = stored.count(self.sim)
        eventually("data flows again", lambda: stored.count(self.sim) > before + RATE, 60)
        # Books stand anew well before the last points that are compared.
        self.let_it_run(RATE * 3)
        evidence = self.finish()
        self.measure(evidence)
        self.check(self.sim, evidence, gaps_allowed=True)
        self.check_books_against_the_exchange()
        for symbol in ("BTC-USDT", "ETH-USDT"):
            self.check_one_gap(symbol, 30)

    def test_garbage_is_counted_and_the_feed_goes_on(self):
        self.let_it_run(RATE * 4)
        for variant in ("invalid_json", "truncated", "wrong_type", "bad_number", "nested"):
            before = self.unreadable()
            self.fault(kind="garbage", variant=variant)
            eventually(f"{variant} is counted", lambda: self.unreadable() > before, 20)
        self.fault(kind="garbage", variant="huge")  # 5 MB, but a message
        before = stored.count(self.sim)
        eventually("the feed goes on", lambda: stored.count(self.sim) > before + RATE * 4, 60)
        evidence = self.finish()
        self.measure(evidence)
        self.check(self.sim, evidence, gaps_allowed=True)
        self.check_books_against_the_exchange()
        # A stream that was unreadable for a moment lacks that message; nothing else does.
        gaps = [(symbol, kind, *gap) for symbol in ("BTC-USDT", "ETH-USDT") for kind in ("book_delta", "trade")
                for gap in self.gaps(symbol, kind)]
        self.assertLessEqual(len(gaps), 6, gaps)
        for gap in gaps:
            self.assertLess(gap[3] - gap[2], 10 * SECOND, gap)

    def unreadable(self):
        return self.sim.metric("collector", "marketprism_errors_total", lambda line: 'error_type="data"' in line)

    def test_a_refused_snapshot_is_asked_for_again_later(self):
        self.let_it_run(RATE * 5)
        before = self.resyncs()
        self.fault(kind="http_429", count=2, retry_after=1)
        self.fault(kind="drop_delta", symbol="BTCUSDT", count=1)
        eventually("the book stands again", lambda: self.refused() >= 1 and self.resyncs() > before, 60)
        self.let_it_run(RATE * 4)
        evidence = self.finish()
        self.measure(evidence)
        self.check(self.sim, evidence, gaps_allowed=True)
        self.check_books_against_the_exchange()
        self.check_one_gap("BTC-USDT", 15)

    def refused(self):
        return self.sim.metric("collector", "datasource_api_calls_total", lambda line: 'status="429"' in line)

    def resyncs(self):
        return self.sim.metric("collector", "marketprism_book_resyncs_total")


if __name__ == "__main__":
    cases.main()
