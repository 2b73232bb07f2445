"""A fleet that begins with 500 instruments of a venue never asks for more than the venue allows, by the venue's own count, and
keeps quiet as a whole when one of it is refused."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import collectors
from exchange_log import BY_THE_READER, ExchangeLog
from system import System, eventually

INSTRUMENTS = 500
SECOND = 1_000_000_000
NAMES = ("collector-1", "collector-2", "collector-3")
# A request that another collector had under way when one was refused.
UNDER_WAY = SECOND


class ColdStartTest(unittest.TestCase):
    def begin(self, venue, symbols, *arguments, **settings):
        names = ",".join(f"C{number:03}-USDT" for number in range(symbols))
        self.system = System(["--generate", "--venues", venue, "--rate", "1000", "--symbols", names, "--log-raw", "0", *arguments],
                             {"collector": {"instruments.refresh": "1h", **settings}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start_nats()
        self.system.start_sim()
        for name in NAMES:
            self.system.start_service(name, wait=False)

    def all_live(self):
        shares = [collectors.instruments(self.system, name) for name in NAMES]
        found = [key for share in shares for key in share]
        return len(found) == len(set(found)) == INSTRUMENTS and all(live for share in shares for live in share.values())

    def end(self, seconds=90):
        eventually("every book of every instrument is live", self.all_live, seconds)
        self.system.sim("flush", "POST")
        self.log = ExchangeLog(self.system.folder / "evidence.jsonl")
        self.assertEqual(set(self.log.closed) - set(BY_THE_READER), set(), "nobody is cut off")
        budgets = self.system.sim_status()["budgets"]
        print(budgets)
        self.assertTrue(budgets)
        for name, budget in budgets.items():
            self.assertLessEqual(budget["most"], budget["limit"], name)
            self.assertEqual(budget["refused"], 0, name)
        return budgets

    def refuse(self, kind, retry_after):
        self.assertEqual(self.system.sim("fault", "POST", {"kind": kind, "retry_after": retry_after}).status, 200)
        eventually(f"a request meets {kind}", lambda: self.system.sim_status()["faults_active"] == 0, 90)

    def check_quiet(self, status, seconds):
        """Behind the refusal nobody asked for so long."""
        refused = next(at for at, _, answered in self.log.rest if answered == status)
        behind = [at for at, _, _ in self.log.rest if at > refused + UNDER_WAY]
        self.assertGreaterEqual((min(behind) - refused) / SECOND, seconds - 0.1, f"requests after a {status}")

    def test_binance_spot(self):
        limit = 2400
        self.begin("binance", INSTRUMENTS, "--weight-limit", str(limit), **{
            "venues.binance_spot.max_requests_per_minute": limit, "venues.binance_spot.snapshot_depth": 100})
        eventually("it has begun", lambda: self.system.sim_status()["requests"].get("/api/v3/depth", 0) > 20, 60)
        self.refuse("http_429", 3)
        self.refuse("http_418", 6)
        self.end(240)
        self.check_quiet(429, 3)
        self.check_quiet(418, 6)
        self.assertGreater(sum("/depth" in target for _, target, _ in self.log.rest) * 5, limit,
                           "it was more than one minute's worth")

    def test_contracts_of_binance(self):
        self.begin("binance-contracts", INSTRUMENTS // 2, **{
            "venues.binance_linear.snapshot_depth": 50, "venues.binance_inverse.snapshot_depth": 50})
        self.end(240)
        self.assertEqual(list(self.system.sim_status()["budgets"]), ["binance contracts 127.0.0.1"])

    def test_okx(self):
        self.begin("okx", INSTRUMENTS // 2)
        self.end()

    def test_deribit(self):
        self.begin("deribit", INSTRUMENTS)
        self.assertIn("deribit credits", self.end())

    def test_bybit(self):
        self.begin("bybit", INSTRUMENTS // 2)
        self.end()


if __name__ == "__main__":
    cases.main()
