"""Several collectors share the instruments: one that dies loses what was on its way and no more, one that comes or
goes in order loses nothing, and where two collect the same one may die unnoticed.

MP_CHAOS_RATE (messages/s, default 1500) scales the load.
"""

import os
import pathlib
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import collectors
import stored
from accounting import SECOND, Accounting
from evidence import Evidence
from system import HOST, SIGCONT, SIGSTOP, eventually, http

SYMBOLS = [f"{base}-USDT" for base in
           ("BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "DOT", "LTC", "LINK", "AVAX", "UNI", "ATOM")]
PROMISED = 5.0


class Collectors:
    """Asks each collector what it collects."""

    def __init__(self, system, names):
        self.system, self.names = system, list(names)

    def series(self, name):
        """{(symbol, data type): state}"""
        return {(feed.series.instrument.symbol, feed.series.data_type): feed.state for feed in collectors.feeds(self.system, name)}

    def of(self, name):
        return {symbol for symbol, _ in self.series(name)}

    def copies(self, wanted=SYMBOLS):
        """How many live collectors have each symbol, all its series live; the fewest and the most."""
        counts = {symbol: 0 for symbol in wanted}
        for name in self.names:
            series = self.series(name)
            for symbol in {symbol for symbol, _ in series}:
                if all(state == collectors.LIVE for (other, _), state in series.items() if other == symbol):
                    counts[symbol] += 1
        return min(counts.values()), max(counts.values())

    def shared(self, copies, seconds=40, wanted=SYMBOLS):
        eventually(f"every instrument is live at {copies}", lambda: self.copies(wanted) == (copies, copies), seconds)


class FleetTest(Accounting, unittest.TestCase):
    rate = int(os.environ.get("MP_CHAOS_RATE", "1500"))
    sim_arguments = ("--symbols", ",".join(SYMBOLS))

    def fleet(self, count, redundancy=1):
        self.names = [f"collector-{number}" for number in range(1, count + 1)]
        system = self.system(("storage", *self.names, "gateway"),
                             {"collector": {"fleet.redundancy": redundancy, "book.derived_interval": "2s"}})
        self.collectors = Collectors(system, self.names)
        self.collectors.shared(min(redundancy, count))
        return system

    def check_no_gaps(self, system, evidence, begin):
        """From `begin` (wall clock) to where the streams ended nothing is missing, as the answers say."""
        names = stored.symbols(system)
        for (symbol, kind), sent in evidence.sent.items():
            # What stands at the very end waits for more of its instant, and for slower streams.
            end = max(sent.values()) - 3 * SECOND
            self.assertGreater(end, begin * SECOND, f"{symbol} {kind} was there long enough")
            found = stored.final_gaps_of(system, stored.series(names[symbol], kind), int(begin * SECOND), end)
            self.assertEqual(found, [], f"{symbol} {kind}")

    @staticmethod
    def kept_in_bucket(system):
        """Messages in KV bucket `instruments`."""
        port = system.ports["nats_http"]
        streams = http("GET", f"http://{HOST}:{port}/jsz?accounts=true&streams=true").json()["account_details"][0]["stream_detail"]
        return sum(stream["state"]["messages"] for stream in streams if stream["name"] == "KV_instruments")

    @staticmethod
    def flows_again(system, symbols, killed):
        """When the last of the symbols' streams had its first event on a connection that subscribed after the kill."""
        system.sim("flush", "POST")
        first = Evidence(system.folder / "evidence.jsonl").flows_again(int(killed * SECOND))
        wanted = {(symbol.replace("-", ""), kind) for symbol in symbols for kind in ("trade", "bbo", "book_delta")}
        return max(first[key] for key in wanted) / SECOND if wanted <= set(first) else None

    def test_one_of_three_is_killed(self):
        system = self.fleet(3)
        shares = {name: self.collectors.of(name) for name in self.names}
        self.assertEqual(sorted(symbol for share in shares.values() for symbol in share), sorted(SYMBOLS))
        dead = max(shares, key=lambda name: len(shares[name]))
        began = time.time() + 1
        self.let_it_run(system, 8)
        killed = time.time()
        system.processes[dead].kill()
        self.collectors.names.remove(dead)
        self.collectors.shared(1)
        self.let_it_run(system, 3)
        again = eventually("what was the dead one's flows", lambda: self.flows_again(system, shares[dead], killed))
        absence = again - killed
        print(f"flowing again after {absence:.2f} s")
        self.assertLess(absence, PROMISED)
        # The dead one's spool holds what it had read and not published.
        system.start_service(dead)
        self.collectors.names.append(dead)
        self.collectors.shared(1)
        self.let_it_run(system, 8)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, killed)
        survivors = {symbol.replace("-", "") for name, share in shares.items() if name != dead for symbol in share}
        for (symbol, kind), sent in evidence.sent.items():
            if symbol in survivors:
                of = stored.series(stored.symbols(system)[symbol], kind)
                found = stored.final_gaps_of(system, of, int(began * SECOND), max(sent.values()) - 3 * SECOND)
                self.assertEqual(found, [], f"{symbol} {kind} was never the dead one's")

    def test_one_joins_and_one_leaves_in_order(self):
        system = self.fleet(3)
        self.let_it_run(system, 3)
        began = time.time()
        self.let_it_run(system, 2)
        system.start_service("collector-4")
        self.collectors.names.append("collector-4")
        eventually("the newcomer has its part", lambda: self.collectors.of("collector-4"))
        self.collectors.shared(1)
        self.let_it_run(system, 4)
        leaver = max(self.names, key=lambda name: len(self.collectors.of(name)))
        asked = time.time()
        self.assertEqual(system.processes[leaver].terminate(), 0, system.processes[leaver].tail())
        print(f"handed over within {time.time() - asked:.2f} s")
        self.collectors.names.remove(leaver)
        self.collectors.shared(1)
        self.let_it_run(system, 4)
        evidence = self.finish(system)
        self.assertEqual(self.check(system, evidence), 0)
        self.check_no_gaps(system, evidence, began)

    def test_a_rolling_restart_loses_nothing(self):
        system = self.fleet(1)
        self.let_it_run(system, 3)
        began = time.time()
        self.let_it_run(system, 2)
        system.start_service("collector-2")
        # It has barely begun.
        self.assertEqual(system.processes["collector-1"].terminate(), 0, system.processes["collector-1"].tail())
        self.collectors.names = ["collector-2"]
        self.collectors.shared(1)
        self.let_it_run(system, 10)
        evidence = self.finish(system)
        self.assertEqual(self.check(system, evidence), 0)
        self.check_no_gaps(system, evidence, began)

    def test_where_two_collect_the_same_one_may_be_killed(self):
        system = self.fleet(3, redundancy=2)
        self.let_it_run(system, 3)
        began = time.time()
        self.let_it_run(system, 3)
        dead = self.names[0]
        system.processes[dead].kill()
        self.collectors.names.remove(dead)
        self.let_it_run(system, 3)
        self.collectors.shared(2)
        self.let_it_run(system, 3)
        conflicts = system.metric("storage", "marketprism_messages_total", lambda line: 'status="conflict"' in line)
        self.assertEqual(conflicts, 0, "both say the same of every event")
        evidence = self.finish(system)
        self.assertEqual(self.check(system, evidence), 0)
        self.check_no_gaps(system, evidence, began)

    def test_one_that_freezes_is_replaced_and_comes_back(self):
        system = self.fleet(3)
        frozen = max(self.names, key=lambda name: len(self.collectors.of(name)))
        share = self.collectors.of(frozen)
        self.let_it_run(system, 8)
        stopped = time.time()
        system.processes[frozen].signal(SIGSTOP)
        self.collectors.names.remove(frozen)
        self.collectors.shared(1)
        self.let_it_run(system, 2)
        again = eventually("what was the frozen one's flows", lambda: self.flows_again(system, share, stopped))
        self.assertLess(again - stopped, PROMISED)
        system.processes[frozen].signal(SIGCONT)
        self.collectors.names.append(frozen)
        eventually("it has its part again", lambda: self.collectors.of(frozen) == share)
        self.collectors.shared(1)
        self.let_it_run(system, 8)
        evidence = self.finish(system)
        # What waited for it in its sockets was read late, and claimed late.
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, stopped)

    def test_nobody_is_declared_dead_while_the_broker_is_away(self):
        system = self.fleet(3)
        shares = {name: self.collectors.of(name) for name in self.names}
        self.let_it_run(system, 3)
        began = time.time()
        self.let_it_run(system, 2)
        system.processes["nats"].kill()
        self.let_it_run(system, 8)
        self.assertEqual({name: self.collectors.of(name) for name in self.names}, shares)
        system.start_nats()
        self.let_it_run(system, 6)
        self.collectors.shared(1)
        evidence = self.finish(system)
        self.assertEqual(self.check(system, evidence), 0)
        self.check_no_gaps(system, evidence, began)

    def test_an_instrument_that_is_added_anywhere_is_collected_once_and_for_good(self):
        system = self.fleet(1)
        late = ("collector-2", "collector-3")
        for name in late:
            system.start_service(name)
        self.collectors.names += late
        self.collectors.shared(1)
        instrument = {"exchange": "binance", "market": "spot", "symbol": SYMBOLS[3]}
        for verb, copies in (("/remove", 0), ("", 1)):
            answer = system.service("gateway", f"/api/v1/instruments{verb}", "POST", {"instruments": [instrument]})
            self.assertEqual(answer.status, 200, answer.body)
            eventually(f"{SYMBOLS[3]} is collected {copies} times", lambda n=copies: n == sum(
                SYMBOLS[3] in self.collectors.of(name) for name in self.collectors.names))
        self.assertEqual(
            system.service("gateway", "/api/v1/instruments/remove", "POST", {"instruments": [instrument]}).status, 200)
        eventually("nobody collects it", lambda: not any(
            SYMBOLS[3] in self.collectors.of(name) for name in self.collectors.names))
        # A broker without its disk is told again.
        system.processes["nats"].kill()
        shutil.rmtree(system.folder / "nats")
        system.start_nats()
        self.collectors.shared(1, wanted=[symbol for symbol in SYMBOLS if symbol != SYMBOLS[3]])
        # Whoever comes later learns it, whoever dies does not forget it.
        eventually("the removal is known again", lambda: self.kept_in_bucket(system), 30)
        owner = self.collectors.names[0]
        system.processes[owner].kill()
        system.start_service(owner)
        system.start_service("collector-4")
        self.collectors.names.append("collector-4")
        rest = [symbol for symbol in SYMBOLS if symbol != SYMBOLS[3]]
        eventually("all but the removed one are collected once", lambda: sorted(
            symbol for name in self.collectors.names for symbol in self.collectors.of(name)) == sorted(rest), 40)


if __name__ == "__main__":
    cases.main()
