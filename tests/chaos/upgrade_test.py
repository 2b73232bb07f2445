"""From one version to the next, one service at a time and under load, without a gap and without anything doubled.

MP_FROM_BIN_DIR and MP_FROM_SOURCE_DIR hold the binaries and the source tree of the version that runs first
(`make test-upgrade FROM=<commit>` makes them). MP_CHAOS_RATE (messages/s, default 1500) scales the load.
"""

import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from accounting import Accounting
from subscriber import Subscriber
from system import BIN, eventually

FROM = pathlib.Path(os.environ["MP_FROM_BIN_DIR"]), pathlib.Path(os.environ["MP_FROM_SOURCE_DIR"])
COLLECTORS = ("collector-1", "collector-2")


class UpgradeTest(Accounting, unittest.TestCase):
    rate = int(os.environ.get("MP_CHAOS_RATE", "1500"))

    def begin(self):
        services = ("storage", *COLLECTORS, "scheduler", "gateway")
        system = self.system(services, release=FROM)
        subscriber = Subscriber(system, "BTC-USDT")
        subscriber.start()
        eventually("the subscriber is live", subscriber.started.is_set)
        self.let_it_run(system, 3)
        return system, subscriber

    def replace(self, system, names):
        for name in names:
            system.replace_service(name)
            running = pathlib.Path(os.readlink(f"/proc/{system.processes[name].pid}/exe"))
            self.assertEqual(running.parent, BIN.resolve(), name)
            self.let_it_run(system, 4)

    def account(self, system, subscriber):
        evidence = self.finish(system)
        self.check(system, evidence)
        self.check_subscriber(system, evidence, subscriber)

    def test_in_the_order_of_the_handbook(self):
        system, subscriber = self.begin()
        self.replace(system, ("storage", "gateway", "scheduler", *COLLECTORS))
        self.account(system, subscriber)

    def test_in_the_other_order(self):
        system, subscriber = self.begin()
        self.replace(system, (*reversed(COLLECTORS), "scheduler", "gateway", "storage"))
        self.account(system, subscriber)


if __name__ == "__main__":
    cases.main()
