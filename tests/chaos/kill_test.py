"""Kills and cuts under load, counting every event: whatever the simulator sent is stored once, or lies in a listed gap.

MP_CHAOS_RATE (messages/s, default 5000) and MP_CHAOS_OUTAGE (seconds without broker, default 10) scale the load.
"""

import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from api import MarketData, pb
from evidence import Evidence
from system import HOST, System, eventually

RATE = int(os.environ.get("MP_CHAOS_RATE", "5000"))
OUTAGE = float(os.environ.get("MP_CHAOS_OUTAGE", "10"))
SECOND = 1_000_000_000
# An event's place in time is the venue's clock, the evidence's is the moment of the sending.
CLOCK_SLACK = 150_000_000
# How much longer than the collector's absence a gap may be, in seconds.
GAP_BEYOND_ABSENCE = 1.0


class Subscriber(threading.Thread):
    """Follows trades over gRPC, resumes with its last token whenever the stream ends."""

    def __init__(self, system, symbol):
        super().__init__(daemon=True)
        self.system, self.symbol = system, symbol
        self.token, self.seen, self.stop = "", [], threading.Event()
        self.resumed = 0
        self.started = threading.Event()

    def run(self):
        target = f'{HOST}:{self.system.grpc_port["gateway"]}'
        while not self.stop.is_set():
            client = MarketData(target)
            try:
                for answer in client.subscribe([client.series(self.symbol, "trade")], token=self.token):
                    self.started.set()
                    self.seen += [entry.event.trade.number for entry in answer.entries]
                    self.token = answer.token or self.token
                    if self.stop.is_set():
                        break
            except Exception:  # the gateway was killed: what the test is about
                self.resumed += 1
                time.sleep(0.2)
            finally:
                client.channel.close()


class KillTest(unittest.TestCase):
    def system(self, services=("storage", "collector", "gateway"), settings=None):
        system = System(["--generate", "--seed", "7", "--rate", str(RATE), "--log-raw", "0"], settings)
        self.addCleanup(system.__exit__, None, None, None)
        return system.start(services)

    def let_it_run(self, system, seconds):
        """Until so many more seconds' worth of messages were sent."""
        before = system.sim_status()["sent"]
        eventually("the market goes on", lambda: system.sim_status()["sent"] > before + RATE * seconds * 0.5,
                   seconds * 4 + 20)

    def finish(self, system):
        """Stops the market and waits until the store holds what the evidence says, or says why not."""
        system.sim("stop_market", "POST")
        eventually("the market stands still", lambda: self.still(system), 20)
        system.sim("flush", "POST")
        evidence = Evidence(system.folder / "evidence.jsonl")
        self.assertGreater(evidence.total(), RATE, "there was a load")
        eventually("everything published is consumed",
                   lambda: system.metric("collector", "marketprism_spool_records") == 0 and self.settled(system), 60)
        return evidence

    @staticmethod
    def still(system):
        before = system.sim_status()["sent"]
        time.sleep(0.3)
        return system.sim_status()["sent"] == before

    @staticmethod
    def settled(system):
        before = stored.count(system)
        time.sleep(1.0)
        return stored.count(system) == before

    def check(self, system, evidence, gaps_allowed=False):
        """Every sent event is stored once or, where gaps are allowed, lies in a listed one."""
        names = stored.symbols(system)
        missing = doubled = 0
        for (symbol, kind), sent in evidence.sent.items():
            if not gaps_allowed:
                # What a killed consumer held is delivered again after its ack_wait.
                eventually(f"every {kind} of {symbol} is stored", lambda n=names[symbol], k=kind, wanted=set(sent):
                           wanted <= {stored.identity_of(k, row) for row in stored.rows(system, n, k)}, 40)
            identities = [stored.identity_of(kind, row) for row in stored.rows(system, names[symbol], kind)]
            there = set(identities)
            doubled += len(identities) - len(there)
            lost = {key: at for key, at in sent.items() if key not in there}
            missing += len(lost)
            first, last = min(sent.values()) - SECOND, max(sent.values()) + SECOND
            gaps = stored.gaps(system, names[symbol], kind, first, last) if lost else []
            for key, at in lost.items():
                self.assertTrue(any(begin - CLOCK_SLACK <= at < end + CLOCK_SLACK for begin, end, _ in gaps),
                                f"{symbol} {kind} {key} is lost at {at} outside of every gap: {gaps}")
        self.assertEqual(doubled, 0, "events stored twice")
        return missing

    def test_storage_killed(self):
        system = self.system()
        self.let_it_run(system, 3)
        system.processes["storage"].kill()
        self.let_it_run(system, 3)
        system.start_service("storage")
        self.let_it_run(system, 2)
        self.check(system, self.finish(system))

    def test_storage_killed_again_and_again_while_the_stream_is_purged(self):
        # Brokers before 2.9.15 forget what is on its way to a consumer when the stream is purged.
        system = self.system(settings={"storage": {"bus.keep": "1s"}})
        for _ in range(3):
            self.let_it_run(system, 2)
            system.processes["storage"].kill()
            system.start_service("storage")
        self.let_it_run(system, 4)
        self.assertGreater(system.metric("storage", "marketprism_stream_purged_messages_total"), 0)
        self.check(system, self.finish(system))

    def test_broker_killed_and_away(self):
        system = self.system()
        self.let_it_run(system, 3)
        system.processes["nats"].kill()
        self.let_it_run(system, OUTAGE)
        system.start_nats()
        self.let_it_run(system, 2)
        self.check(system, self.finish(system))

    def test_collector_killed(self):
        system = self.system()
        self.let_it_run(system, 3)
        killed = time.time()
        system.processes["collector"].kill()
        system.start_service("collector")
        eventually("the new collector reads", lambda: self.reads(system))
        absence = time.time() - killed
        self.let_it_run(system, 3)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, killed, absence)

    @staticmethod
    def reads(system):
        """Whether the streams flow; the list of instruments alone is not enough."""
        return system.metric("collector", "marketprism_messages_total",
                             lambda line: 'data_type="trade"' in line and 'status="ok"' in line) > 0

    def check_gaps(self, system, evidence, gone, absence, beyond=GAP_BEYOND_ABSENCE):
        """The only cause of gaps is the collector's absence, and they are hardly longer than it."""
        names = stored.symbols(system)
        for (symbol, kind), sent in evidence.sent.items():
            first = int((gone - 2) * SECOND)
            for begin, end, reason in stored.gaps(system, names[symbol], kind, first, max(sent.values())):
                self.assertLess((end - begin) / SECOND, absence + beyond, f"{symbol} {kind}: {reason}")

    def test_gateway_killed_while_a_subscriber_resumes_by_token(self):
        system = self.system()
        symbol = "BTC-USDT"
        subscriber = Subscriber(system, symbol)
        subscriber.start()
        eventually("the subscriber is live", subscriber.started.is_set)
        self.let_it_run(system, 2)
        system.processes["gateway"].kill()
        self.let_it_run(system, 2)
        system.start_service("gateway")
        self.let_it_run(system, 3)
        evidence = self.finish(system)
        self.check(system, evidence)
        last = max(int(key) for key in evidence.sent["BTCUSDT", "trade"])
        eventually("the subscriber has caught up", lambda: subscriber.seen and subscriber.seen[-1] >= last)
        subscriber.stop.set()
        self.assertGreater(subscriber.resumed, 0)
        self.assertEqual(len(subscriber.seen), len(set(subscriber.seen)), "an event was seen twice")
        stored_ids = [int(row["trade_id"]) for row in stored.rows(system, symbol, "trade")]
        self.assertEqual([i for i in stored_ids if i >= subscriber.seen[0]], sorted(subscriber.seen),
                         "what is stored since the subscription began was seen")

    def test_orderly_restart_of_each(self):
        system = self.system(("storage", "collector", "scheduler", "gateway"))
        for name in ("storage", "gateway", "scheduler", "nats"):
            self.let_it_run(system, 2)
            code = system.processes[name].terminate()
            if name == "nats":
                system.start_nats()
                continue
            self.assertEqual(code, 0, f"{name} exits cleanly\n{system.processes[name].tail()}")
            system.start_service(name)
        self.let_it_run(system, 2)
        stopped = time.time()
        self.assertEqual(system.processes["collector"].terminate(), 0, system.processes["collector"].tail())
        system.start_service("collector")
        eventually("the new collector reads", lambda: self.reads(system))
        absence = time.time() - stopped
        self.let_it_run(system, 2)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        # Klines come every two seconds: their gap ends at what the other streams show a little later.
        self.check_gaps(system, evidence, stopped, absence, beyond=1.25)
        names = stored.symbols(system)
        for (symbol, kind), sent in evidence.sent.items():
            if kind == "trade":
                self.assertEqual(stored.gaps(system, names[symbol], kind, min(sent.values()) + 2 * SECOND,
                                             int((stopped - 1) * SECOND)), [], "what the others' restarts cost")


if __name__ == "__main__":
    cases.main()
