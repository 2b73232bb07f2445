"""What the gateway answers from memory: how much of a load as people cause it, and when it asks anew."""

import pathlib
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import System, eventually

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
CLIENTS, REQUESTS = 8, 150


class CacheTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "300", "--symbols", ",".join(SYMBOLS)],
                            {"gateway": {"limits.anonymous": 100_000}}, evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start(("storage", "collector", "gateway"))
        eventually("all that is asked for is there", cls.everything, 60)

    @classmethod
    def everything(cls):
        return all(cls.ask(f"{route}exchange=binance&symbol={symbol}").json().get("data") for symbol in SYMBOLS
                   for route in ("ticker?", "bbo?", "trades?", "klines?interval=1m&", "candles?interval=1s&"))

    @classmethod
    def ask(cls, path):
        return cls.system.service("gateway", f"/api/v1/{path}")

    def lookups(self, outcome):
        return self.system.metric("gateway", "marketprism_cache_requests_total", lambda line:
                                  'name="answers"' in line and f'outcome="{outcome}"' in line)

    def answered(self):
        return self.system.metric("gateway", "api_requests_total", lambda line:
                                  'method="GET"' in line and '"/api/v1/' in line and 'status="200"' in line)

    def asked_of_storage(self):
        return self.system.metric("gateway", "marketprism_bulkhead_calls_total", lambda line:
                                  'name="data-storage-service' in line and 'outcome="entered"' in line)

    def metadata_are_kept(self, symbol="BTC-USDT"):
        """What was announced as the collector started is stored for long enough."""
        path = f"instruments?exchange=binance&symbol={symbol}"
        def kept():
            before = self.lookups("hit")
            self.assertEqual(self.ask(path).json()["data"][0]["symbol"], symbol)
            return self.lookups("hit") > before
        eventually(f"{path} is answered from memory", kept, 40)

    def closed(self):
        """Intervals that are complete, and ended long enough ago to be kept."""
        rows = self.ask(f"trades?exchange=binance&symbol={SYMBOLS[0]}&start=0&limit=1000").json()["data"]
        first = stored.ns(rows[0]["order_ts"])
        eventually("they are settled", lambda: time.time_ns() > first + 15_000_000_000)
        return [(first + second * 1_000_000_000, first + (second + 1) * 1_000_000_000) for second in (1, 2, 3)]

    def test_most_of_a_load_is_answered_without_the_store(self):
        """Dashboards that look at quotes and metadata again and again, some history that several look at, and now and
        then what nobody has asked for: more than 80 % of lookups are hits, and of all answers the store gave few."""
        for symbol in SYMBOLS:
            self.metadata_are_kept(symbol)
        intervals = self.closed()
        def paths(chance):
            for number in range(REQUESTS):
                series = f"exchange=binance&symbol={chance.choices(SYMBOLS, (6, 3, 1))[0]}"
                start, end = chance.choice(intervals)
                yield chance.choices((
                    f"ticker?{series}", f"bbo?{series}", f"instruments?{series}",
                    f"candles?{series}&interval=1s&start={start}&end={end}", f"trades?{series}&start={start}&end={end}",
                    f"trades?{series}&limit={number + 1}"), (30, 20, 15, 15, 15, 5))[0]
        def client(seed):
            failures.extend(path for path in paths(random.Random(seed)) if self.ask(path).status != 200)
        failures, before = [], [self.lookups("hit"), self.lookups("miss"), self.answered(), self.asked_of_storage()]
        clients = [threading.Thread(target=client, args=(seed,)) for seed in range(CLIENTS)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        after = [self.lookups("hit"), self.lookups("miss"), self.answered(), self.asked_of_storage()]
        hits, misses, answers, asked = (more - less for more, less in zip(after, before))
        self.assertEqual(failures, [])
        self.assertEqual(answers, CLIENTS * REQUESTS)
        print(f"hits {hits:.0f}, misses {misses:.0f}: {hits / (hits + misses):.1%}; "
              f"{answers:.0f} answers, {asked:.0f} questions to the store")
        self.assertGreater(hits / (hits + misses), 0.8)
        self.assertLess(asked, 0.2 * answers)

    def test_new_metadata_are_asked_for_at_once(self):
        self.metadata_are_kept()
        self.assertEqual(self.system.processes["collector"].terminate(), 0)
        before = self.system.stream_end()
        self.system.start_service("collector")
        eventually("the collector says anew what there is", lambda: self.system.stream_end() > before)
        def anew():
            hits = self.lookups("hit")
            self.ask("instruments?exchange=binance&symbol=BTC-USDT")
            return self.lookups("hit") == hits
        eventually("memory is not trusted", anew)
        self.metadata_are_kept()


if __name__ == "__main__":
    cases.main()
