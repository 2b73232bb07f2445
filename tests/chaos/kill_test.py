"""Kills and cuts under load, counting every event: whatever the simulator sent is stored once, or lies in a listed gap.

MP_CHAOS_RATE (messages/s, default 5000) and MP_CHAOS_OUTAGE (seconds without broker, default 10) scale the load.
"""

import os
import pathlib
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from accounting import SECOND, Accounting
from subscriber import Subscriber
from system import eventually

RATE = int(os.environ.get("MP_CHAOS_RATE", "5000"))
OUTAGE = float(os.environ.get("MP_CHAOS_OUTAGE", "10"))


class KillTest(Accounting, unittest.TestCase):
    rate = RATE

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
        # What was in flight is sent again: neither the store nor a subscriber gets it twice.
        system = self.system()
        subscriber = Subscriber(system, "BTC-USDT")
        subscriber.start()
        eventually("the subscriber is live", subscriber.started.is_set)
        self.let_it_run(system, 3)
        system.processes["nats"].kill()
        self.let_it_run(system, OUTAGE)
        system.start_nats()
        self.let_it_run(system, 2)
        evidence = self.finish(system)
        self.check(system, evidence)
        self.check_subscriber(system, evidence, subscriber)

    def test_broker_comes_back_with_an_empty_disk(self):
        system = self.system(("storage", "collector", "scheduler", "gateway"))
        self.let_it_run(system, 3)
        system.processes["nats"].kill()
        shutil.rmtree(system.folder / "nats")
        system.start_nats()
        self.let_it_run(system, 3)
        for service in ("storage", "collector", "gateway", "scheduler"):
            eventually(f"{service} is well again", lambda name=service:
                       system.service(name, "/health").json()["status"] == "healthy", 30)
        # What the broker had acknowledged and storage not yet committed went with the disk.
        self.check(system, self.finish(system), gaps_allowed=True)

    def test_collector_killed(self):
        system = self.system()
        self.let_it_run(system, 10)
        killed = time.time()
        system.processes["collector"].kill()
        system.start_service("collector")
        self.back(system)
        self.let_it_run(system, 10)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, killed)

    def test_collector_comes_back_before_the_broker(self):
        # It knows the stream from its life before, so it reads at once and spools.
        system = self.system()
        self.let_it_run(system, 10)
        killed = time.time()
        for name in ("nats", "collector"):
            system.processes[name].kill()
        system.start_service("collector", wait=False)
        self.back(system)
        self.let_it_run(system, OUTAGE)
        system.start_nats()
        self.let_it_run(system, 10)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, killed)

    @staticmethod
    def back(system):
        """The streams flow to the new collector; the list of instruments alone is not enough."""
        eventually("the new collector reads", lambda: system.metric(
            "collector", "marketprism_messages_total",
            lambda line: 'data_type="trade"' in line and 'status="ok"' in line) > 0)

    def test_gateway_killed_while_a_subscriber_resumes_by_token(self):
        system = self.system()
        subscriber = Subscriber(system, "BTC-USDT")
        subscriber.start()
        eventually("the subscriber is live", subscriber.started.is_set)
        self.let_it_run(system, 2)
        system.processes["gateway"].kill()
        self.let_it_run(system, 2)
        system.start_service("gateway")
        self.let_it_run(system, 3)
        evidence = self.finish(system)
        self.check(system, evidence)
        self.check_subscriber(system, evidence, subscriber)
        self.assertGreater(subscriber.resumed, 0)

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
        self.let_it_run(system, 10)
        stopped = time.time()
        self.assertEqual(system.processes["collector"].terminate(), 0, system.processes["collector"].tail())
        system.start_service("collector")
        self.back(system)
        self.let_it_run(system, 10)
        evidence = self.finish(system)
        self.check(system, evidence, gaps_allowed=True)
        self.check_gaps(system, evidence, stopped)
        names = stored.symbols(system)
        for (symbol, kind), sent in evidence.sent.items():
            if kind == "trade":
                self.assertEqual(stored.gaps(system, names[symbol], kind, min(sent.values()) + 2 * SECOND,
                                             int((stopped - 1) * SECOND)), [], "what the others' restarts cost")


if __name__ == "__main__":
    cases.main()
