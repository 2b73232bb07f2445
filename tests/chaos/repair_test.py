"""What a cut connection loses is asked for afterwards: every trade of the evidence is stored once and coverage says
`repaired`; what no venue tells any more is `unrepairable`, with the reason."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from evidence import Evidence
from system import System, eventually
from venue_evidence import Bybit, VenueEvidence

RATE = 500
SECOND = 1_000_000_000
NAMES = {"BTCUSDT": "BTC-USDT", "ETHUSDT": "ETH-USDT"}


class RepairTest(unittest.TestCase):
    def setUp(self):
        self.system = System(["--generate", "--seed", "5", "--rate", str(RATE), "--symbols", "BTC-USDT,ETH-USDT"],
                             {"collector": {"connection.reconnect_min": "2s", "connection.reconnect_max": "3s"}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start()
        eventually("instruments are stored", lambda: set(NAMES) <= set(stored.symbols(self.system)))
        eventually("trades are stored", lambda: all(self.trades(name) for name in NAMES.values()), 30)

    def trades(self, name):
        return [int(row["trade_id"]) for row in stored.rows(self.system, name, "trade")]

    def let_it_run(self, messages):
        goal = self.system.sim_status()["sent"] + messages
        eventually("the market goes on", lambda: self.system.sim_status()["sent"] > goal, 60)

    def lose_trades(self):
        """Two cuts at once: the second connection, which comes at once, is lost as well."""
        self.let_it_run(RATE * 3)
        before = time.time_ns()
        for _ in range(2):
            self.assertEqual(self.system.sim("fault", "POST", {"kind": "cut"}).status, 200)
            eventually("the connection is up again", lambda: self.system.sim_status()["connections"] > 0, 30)
        self.let_it_run(RATE * 3)
        return before

    def repair(self, **payload):
        body = {"kind": "gap_repair", "payload": {"settle": "1s", **payload}}
        answer = self.system.service("gateway", "/api/v1/tasks", "POST", body)
        self.assertEqual(answer.status // 100, 2, answer.body)
        task = answer.json()["data"]["task_id"]
        return eventually("the repair has run", lambda: self.result(task), 60)

    def result(self, task):
        rows = [row for row in self.system.get("tasks", kind="gap_repair", limit=100)["data"] if row["id"] == task]
        if rows and rows[0]["status"] == "succeeded":
            return rows[0]["result"]
        self.assertNotIn(rows[0]["status"] if rows else "", ("failed", "dead"), rows)
        return None

    def repaired(self, begin, end, **payload):
        """Runs repairs until no trade is missing any more."""
        def none_open():
            self.results.append(self.repair(**payload))
            return not any(stored.gaps(self.system, name, "trade", begin, end) for name in NAMES.values())
        self.results = []
        eventually("no gap of trades is left", none_open, 120)

    def coverage(self, name, kind, begin, end):
        data = self.system.get("coverage", exchange="binance", market="spot", symbol=name, data_type=kind, start=begin,
                               end=end)["data"]
        return data[0]["intervals"]

    def finish(self):
        self.system.end_market()
        return Evidence(self.system.folder / "evidence.jsonl")

    def check_every_trade_once(self, begin):
        """All numbers from the first one of the evidence behind `begin` on: the venue counts without holes."""
        evidence = self.finish()
        for venue, name in NAMES.items():
            sent = {int(key): at for key, at in evidence.sent[venue, "trade"].items()}
            withheld = {int(key): at for key, at in evidence.withheld[venue, "trade"].items()}
            self.assertTrue(any(at > begin for at in withheld.values()) or self.lost, "something was lost")
            wanted = {key for key, at in {**sent, **withheld}.items() if at > begin - SECOND}
            eventually(f"all trades of {name} are stored", lambda n=name, w=wanted: w <= set(self.trades(n)), 30)
            ids = self.trades(name)
            self.assertEqual(len(ids), len(set(ids)), "a trade is stored twice")
            self.assertEqual(sorted(ids), list(range(min(ids), max(ids) + 1)), f"{name}: numbers without a hole")
        conflicts = self.system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0)

    def test_trades_lost_by_a_cut_are_repaired(self):
        begin = self.lose_trades()
        end = time.time_ns()
        open_gaps = eventually("a gap of trades is listed", lambda: [
            gap for name in NAMES.values() for gap in stored.gaps(self.system, name, "trade", begin - SECOND, end)])
        self.lost = len(open_gaps)
        self.repaired(begin - SECOND, end)
        self.assertGreater(sum(result["events"] for result in self.results), 0, self.results)
        states = {name: {row["state"] for row in self.coverage(name, "trade", begin - SECOND, end)}
                  for name in NAMES.values()}
        self.assertTrue(any("repaired" in found for found in states.values()), states)
        for name in NAMES.values():
            for row in self.coverage(name, "trade", begin - SECOND, end):
                if row["state"] == "repaired":
                    self.assertEqual((row["basis"], row["source"]), ("sequence", "rest:/api/v3/historicalTrades"))
            self.assertTrue(stored.coverage(self.system, name, "trade", begin, end)["complete"])
        again = self.repair()
        self.assertEqual(again["events"], 0, "a repair that is repeated changes nothing")
        self.check_every_trade_once(begin)

    def test_a_killed_collector_leaves_no_hole_in_trades(self):
        self.let_it_run(RATE * 2)
        begin = time.time_ns()
        self.system.processes["collector"].kill()
        self.system.start_service("collector")
        self.let_it_run(RATE * 3)
        end = time.time_ns()
        self.lost = 1
        # One page at a time: every run goes on where the last one was.
        self.repaired(begin - 2 * SECOND, end, max_pages=1)
        self.check_every_trade_once(begin)

    def test_a_book_gap_is_beyond_repair_and_says_why(self):
        self.let_it_run(RATE * 3)
        begin = time.time_ns()
        self.assertEqual(self.system.sim("fault", "POST", {"kind": "drop_delta", "symbol": "BTCUSDT", "count": 1}).status,
                         200)
        self.let_it_run(RATE * 3)
        end = time.time_ns()
        eventually("the gap is listed", lambda: ["sequence_gap"] == [
            reason for _, _, reason in stored.gaps(self.system, "BTC-USDT", "book_delta", begin - SECOND, end)])

        def given_up():
            self.repair()
            rows = [row for row in self.coverage("BTC-USDT", "book_delta", begin - SECOND, end)
                    if row["state"] == "unrepairable"]
            return rows
        rows = eventually("it is given up", given_up, 60)
        self.assertEqual([row["reason"] for row in rows], ["sequence_gap: not_offered"])
        answer = stored.coverage(self.system, "BTC-USDT", "book_delta", begin - SECOND, end)
        self.assertFalse(answer["complete"])
        self.assertEqual([(gap["state"], gap["reason"]) for gap in answer["gaps"]],
                         [("unrepairable", "sequence_gap: not_offered")])

    def test_bars_that_ended_meanwhile_are_repaired(self):
        self.let_it_run(RATE * 2)
        begin = time.time_ns()
        self.system.processes["collector"].kill()
        self.system.start_service("collector")
        self.let_it_run(RATE * 3)
        end = time.time_ns()
        eventually("bars are claimed anew", lambda: stored.gaps(self.system, "BTC-USDT", "kline", begin - SECOND, end))

        def whole():
            self.repair()
            return [row for row in self.coverage("BTC-USDT", "kline", begin - SECOND, end) if row["state"] == "repaired"]
        rows = eventually("the gap of bars is repaired", whole, 60)
        self.assertEqual({row["source"] for row in rows}, {"rest:/api/v3/klines"})


class FurtherVenuesTest(unittest.TestCase):
    """The same on venues that tell their past in other words."""

    def system_of(self, venue, rate=RATE):
        system = System(["--generate", "--venues", venue, "--seed", "5", "--rate", str(rate), "--symbols", "BTC-USDT,ETH-USDT"],
                        {"collector": {"connection.reconnect_min": "2s", "connection.reconnect_max": "3s"}})
        self.addCleanup(system.__exit__, None, None, None)
        system.start()
        eventually("instruments are stored", lambda: stored.symbols(system))
        return system

    def lose_and_repair(self, venue, step=1):
        system = self.system_of(venue)
        series = [row for row in system.all_rows("instruments", start=None) if row["exchange"] == venue]
        where = [{key: row[key] for key in ("exchange", "market", "symbol")} for row in series]
        eventually("trades are stored", lambda: all(self.trades(system, one) for one in where), 60)
        before = time.time_ns()
        for _ in range(2):
            self.assertEqual(system.sim("fault", "POST", {"kind": "cut"}).status, 200)
            eventually("the connection is up again", lambda: system.sim_status()["connections"] > 0, 30)
        goal = system.sim_status()["sent"] + RATE * 3
        eventually("the market goes on", lambda: system.sim_status()["sent"] > goal, 60)
        end = time.time_ns()
        self.assertTrue(eventually("gaps are listed", lambda: self.open_gaps(system, where, before, end)))

        def none_open():
            answer = system.service("gateway", "/api/v1/tasks", "POST", {"kind": "gap_repair", "payload": {"settle": "1s"}})
            self.assertEqual(answer.status // 100, 2, answer.body)
            return not self.open_gaps(system, where, before, end)
        eventually("no gap of trades is left", none_open, 60)
        states = {row["state"] for one in where for row in self.coverage(system, one, before, end)["intervals"]}
        self.assertIn("repaired", states)
        for one in where:
            numbers = [self.number(row) for row in self.trades(system, one)]
            self.assertEqual(len(numbers), len(set(numbers)), "a trade is stored twice")
            self.assertEqual(sorted(numbers), list(range(min(numbers), max(numbers) + 1, step)), one)
        conflicts = system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0)

    @staticmethod
    def number(row):
        return int(row["trade_id"].rsplit("-", 1)[-1])

    @staticmethod
    def trades(system, where):
        return system.all_rows("trades", **where)

    @staticmethod
    def coverage(system, where, begin, end):
        # A beginning of its own asks anew.
        return system.get("coverage", **where, data_type="trade", start=begin - time.time_ns() % 1000, end=end)["data"][0]

    def open_gaps(self, system, where, begin, end):
        return [gap for one in where for gap in self.coverage(system, one, begin, end)["gaps"]]

    def test_okx(self):
        self.lose_and_repair("okx")

    def test_deribit(self):
        # Trades of one instrument are numbered apart from their ids, which are the simulator's hundreds.
        self.lose_and_repair("deribit", step=100)


    def test_bybit(self):
        """It tells the newest thousand trades of a contract and no others: a gap that they reach across is repaired."""
        system = self.system_of("bybit", rate=60)
        series = [row for row in system.all_rows("instruments", start=None) if row["market"] == "linear"]
        where = [{key: row[key] for key in ("exchange", "market", "symbol")} for row in series]
        eventually("trades are stored", lambda: all(self.trades(system, one) for one in where), 60)
        before = time.time_ns()
        self.assertEqual(system.sim("fault", "POST", {"kind": "cut"}).status, 200)
        eventually("the connection is up again", lambda: system.sim_status()["connections"] > 0, 30)
        goal = system.sim_status()["sent"] + 60 * 3
        eventually("the market goes on", lambda: system.sim_status()["sent"] > goal, 60)
        end = time.time_ns()
        self.assertTrue(eventually("gaps are listed", lambda: self.open_gaps(system, where, before, end)))

        def none_open():
            answer = system.service("gateway", "/api/v1/tasks", "POST", {"kind": "gap_repair", "payload": {"settle": "1s"}})
            self.assertEqual(answer.status // 100, 2, answer.body)
            return not self.open_gaps(system, where, before, end)
        eventually("no gap of trades is left", none_open, 60)
        rows = [row for one in where for row in self.coverage(system, one, before, end)["intervals"]]
        repaired = [row for row in rows if row["state"] == "repaired"]
        self.assertEqual({(row["basis"], row["source"]) for row in repaired}, {("connection", "rest:/v5/market/recent-trade")})
        system.end_market()
        evidence = VenueEvidence(Bybit, system.folder / "evidence.jsonl")
        for row, one in zip(series, where):
            key = Bybit.named(row), "trade"
            wanted = {id for id, at in {**evidence.sent[key], **evidence.withheld[key]}.items() if at * 1_000_000 >= before}
            ids = [trade["trade_id"] for trade in self.trades(system, one)]
            self.assertEqual(len(ids), len(set(ids)), "a trade is stored twice")
            self.assertLessEqual(wanted, set(ids))
        conflicts = system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0)


if __name__ == "__main__":
    cases.main()
