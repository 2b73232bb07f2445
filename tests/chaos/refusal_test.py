"""One request that is refused keeps a whole fleet quiet towards that venue, in whatever words the venue refuses, and towards no other."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from system import System, eventually

SECOND = 1_000_000_000
NAMES = ("collector-1", "collector-2", "collector-3")
# What counts its requests together, by the beginnings of paths.
POOLS = {"binance": ("/api/v3/",), "binance contracts": ("/fapi/", "/dapi/"), "okx": ("/api/v5/",), "deribit": ("/api/v2/",),
         "bybit": ("/v5/",)}
RETRY_AFTER = 6
# Venues that name no time: with which status they refuse, and for how long they are left alone then.
OWN_WORDS = {"okx": ("200", "50011", 2), "deribit": ("400", "10028", 5), "bybit": ("200", "10006", 5)}


def pool_of(target):
    return next((pool for pool, beginnings in POOLS.items() if target.startswith(beginnings)), None)


class RefusalTest(unittest.TestCase):
    def setUp(self):
        # Each collector asks each venue what it lists every second.
        self.system = System(
            ["--generate", "--venues", "binance,binance-contracts,okx,deribit,bybit", "--seed", "5", "--rate", "200", "--symbols",
             "BTC-USDT"], {"collector": {"instruments.refresh": "1s"}})
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start_nats()
        self.system.start_sim()
        self.system.start_services(NAMES)
        self.all_ask()

    def answered(self, name):
        """How often each exchange has answered a collector so far."""
        found = dict.fromkeys(("binance", "okx", "deribit", "bybit"), 0)
        for exchange in found:
            found[exchange] = self.system.metric(
                name, "datasource_api_calls_total",
                lambda line, wanted=f'source="{exchange}"': wanted in line and 'status="200"' in line)
        return found

    def all_ask(self, but=()):
        """Every collector asks every venue, again and again."""
        before = {name: self.answered(name) for name in NAMES}
        eventually("every collector asks every venue", lambda: all(
            after >= before[name][exchange] + 2 for name in NAMES for exchange, after in self.answered(name).items()
            if exchange not in but), 60)

    def refuse(self, pool, **fault):
        answer = self.system.sim("fault", "POST", {"kind": "http_429", "path": POOLS[pool][0], **fault})
        self.assertEqual(answer.status, 200, answer.body)

    def refused(self):
        eventually("all of them are refused", lambda: self.system.sim_status()["faults_active"] == 0, 60)

    def requests(self):
        self.system.sim("flush", "POST")
        with open(self.system.folder / "evidence.jsonl") as file:
            records = [json.loads(line) for line in file if '"rest"' in line]
        return [record for record in records if record["what"] == "rest"]

    def check_quiet(self, pool, is_refusal, seconds):
        """Between the refusal, given what is under way by then, and the end of that time nobody asked."""
        asked = [record for record in self.requests() if pool_of(record["target"]) == pool]
        refusals = [record["ns"] for record in asked if is_refusal(record)]
        self.assertEqual(len(refusals), 1, pool)
        under_way = min(seconds / 2, 2)
        quiet = [record["ns"] for record in asked
                 if under_way < (record["ns"] - refusals[0]) / SECOND < seconds - 0.1]
        self.assertEqual(quiet, [], f"{pool}: requests behind {refusals[0]}")

    def test_a_refusal_keeps_the_whole_fleet_quiet(self):
        for pool in POOLS:
            self.refuse(pool, retry_after=RETRY_AFTER)
        self.refused()
        self.all_ask()
        for pool in POOLS:
            self.check_quiet(pool, lambda record: record["status"] == 429, RETRY_AFTER)

        for pool, (status, _, _) in OWN_WORDS.items():
            self.refuse(pool, variant=status)
        self.refused()
        self.all_ask()
        for pool, (status, code, seconds) in OWN_WORDS.items():
            self.check_quiet(pool, lambda record, words=(int(status), code): record["status"] == words[0] and
                             words[1] in record.get("raw", "")[:200], seconds)

        # Bybit's ban. The others are asked on.
        self.refuse("bybit", variant="403")
        self.refused()
        banned = next(record["ns"] for record in self.requests() if record["status"] == 403)
        eventually("the others are asked on", lambda: self.requests()[-1]["ns"] - banned > 6 * SECOND, 60)
        self.all_ask(but=("bybit",))
        self.check_quiet("bybit", lambda record: record["status"] == 403, 600)


if __name__ == "__main__":
    cases.main()
