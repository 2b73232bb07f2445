"""What two gateways share through a real Redis, and that nobody misses it when it is gone."""

import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from redis_server import Redis
from stored import ns
from system import BIN, SOURCE, System, eventually

SERIES = "exchange=binance&symbol=BTC-USDT"
GATEWAYS = ("gateway", "gateway-2")


def outcome(system, gateway, metric, wanted=""):
    return system.metric(gateway, f"marketprism_{metric}", lambda line: f'outcome="{wanted}' in line)


def connected(system, gateway):
    return system.metric(gateway, "marketprism_redis_connected") == 1


def redis_health(system, gateway):
    answer = system.service(gateway, "/health")
    assert answer.status == 200, answer.body
    return answer.json()


class AnswersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "300", "--symbols", "BTC-USDT"], evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.redis = Redis(cls.system.folder).start()
        cls.addClassCleanup(cls.redis.kill)
        # A busy machine is no reason to load an answer.
        cls.system.settings["gateway"] = {"redis.url": cls.redis.url, "redis.timeout": "10s"}
        cls.system.start(("storage", "collector", *GATEWAYS))
        for gateway in GATEWAYS:
            eventually("the gateway has a connection to Redis", lambda g=gateway: connected(cls.system, g))
        eventually("fifty trades are stored", cls.trades, 60)
        rows = cls.trades()
        # Nobody can say that the stream showed all of the first instant.
        cls.start_ts, cls.end_ts = rows[1], rows[-1]
        eventually("the interval is settled, and so kept", lambda: time.time_ns() - ns(cls.end_ts) > 11_000_000_000)

    @classmethod
    def trades(cls):
        answer = cls.system.service("gateway", f"/api/v1/trades?{SERIES}&start=0&limit=50")
        rows = answer.json()["data"] if answer.status == 200 else []
        instants = sorted({row["order_ts"] for row in rows})
        return instants if len(rows) == 50 and len(instants) > 2 else None

    def ask(self, gateway, more=""):
        path = f"/api/v1/trades?{SERIES}&start={self.start_ts}&end={self.end_ts}{more}"
        answer = self.system.service(gateway, path)
        self.assertEqual(answer.status, 200, answer.body)
        return answer

    def answers_left(self):
        """How many Redis has."""
        return int(self.redis.ask("EVAL", "\"return #redis.call('KEYS','marketprism:answer:*')\"", "0").lstrip(":"))

    def asked(self, gateway):
        """How often the gateway asked storage for rows."""
        return self.system.metric(gateway, "marketprism_bulkhead_calls_total", lambda line:
                                  'name="data-storage-service-streams"' in line and 'outcome="entered"' in line)

    def test_a_what_one_gateway_loaded_another_finds(self):
        for more in ("", "&limit=4", "&format=csv&limit=5", "&format=ndjson&limit=5"):
            left = self.answers_left()
            first = self.ask("gateway", more)
            eventually("it is left for others", lambda n=left: self.answers_left() == n + 1)
            hits, before = outcome(self.system, "gateway-2", "shared_answers_total", "hit"), self.asked("gateway-2")
            second = self.ask("gateway-2", more)
            self.assertEqual(outcome(self.system, "gateway-2", "shared_answers_total", "hit"), hits + 1, more)
            self.assertEqual(self.asked("gateway-2"), before, "storage is not asked")
            self.assertEqual(second.body, first.body)
            for name in ("Content-Type", "X-Next-Cursor", "X-Coverage-Complete"):
                self.assertEqual(second.headers[name], first.headers[name], more)

    def test_b_what_may_change_is_not_shared(self):
        before = outcome(self.system, "gateway", "shared_answers_total")
        for path in (f"trades?{SERIES}&limit=3", f"bbo?{SERIES}", f"orderbook?{SERIES}", "instruments"):
            self.assertEqual(self.system.service("gateway", f"/api/v1/{path}").status, 200, path)
        self.assertEqual(outcome(self.system, "gateway", "shared_answers_total"), before)

    def test_c_a_killed_redis_harms_no_answer(self):
        for number in range(60):
            if number == 20:
                self.redis.kill()
            if number == 40:
                self.redis.start()
            for gateway in GATEWAYS:
                rows = self.ask(gateway, f"&limit={100 + number}").json()["data"]
                self.assertGreater(len(rows), 10)
                live = self.system.service(gateway, f"/api/v1/trades?{SERIES}&limit=3")
                self.assertEqual(live.status, 200, live.body)
        for gateway in GATEWAYS:
            eventually("the connection is back", lambda g=gateway: connected(self.system, g))

    def test_d_health_shows_redis_and_does_not_depend_on_it(self):
        self.assertEqual(redis_health(self.system, "gateway")["status"], "healthy")
        self.redis.kill()
        eventually("it is missed", lambda: not connected(self.system, "gateway"))
        health = redis_health(self.system, "gateway")
        self.assertEqual(health["status"], "healthy", health)
        self.assertIn("redis", str(health["dependencies"]))
        self.assertEqual(self.system.service("gateway", "/health/ready").status, 200)
        self.redis.start()
        eventually("it is back", lambda: connected(self.system, "gateway"))


class LimitsTest(unittest.TestCase):
    LIMIT = 50

    @classmethod
    def setUpClass(cls):
        cls.system = System(evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.redis = Redis(cls.system.folder, "--requirepass", "open-sesame").start()
        cls.addClassCleanup(cls.redis.kill)
        cls.settings = {"redis.url": cls.redis.url, "redis.password": "open-sesame", "limits.anonymous": cls.LIMIT}
        cls.system.settings["gateway"] = cls.settings
        cls.system.start_nats()
        cls.system.start_services(GATEWAYS)
        for gateway in GATEWAYS:
            eventually("the gateway has a connection to Redis", lambda g=gateway: connected(cls.system, g))

    def settled(self):
        """What was charged until now is known to Redis: after a round that began later."""
        for gateway in GATEWAYS:
            until = outcome(self.system, gateway, "shared_limits_rounds_total") + 2
            eventually("rates are settled",
                       lambda g=gateway, n=until: outcome(self.system, g, "shared_limits_rounds_total") >= n)

    def test_a_two_gateways_have_one_limit(self):
        began, allowed = time.monotonic(), []
        for number in range(100):
            if number % 5 == 0:
                self.settled()
            answer = self.system.service(GATEWAYS[number % 2], "/api/v1/version")
            self.assertIn(answer.status, (200, 429))
            if answer.status == 429:
                self.assertGreater(int(answer.headers["Retry-After"]), 0)
            allowed.append(answer.status == 200)
        earned = (time.monotonic() - began) * self.LIMIT / 60
        self.assertGreaterEqual(sum(allowed), self.LIMIT)
        # Beyond it no more than each admits before it has heard of the other.
        self.assertLessEqual(sum(allowed), self.LIMIT + 2 * 5 + earned + 1)

    def test_b_a_wrong_password_is_said_and_never_shown(self):
        self.system.settings["gateway"] = {**self.settings, "redis.password": "hunter2-hunter2"}
        self.system.start_service("gateway-3")
        def said():
            dependencies = str(self.system.service("gateway-3", "/health").json()["dependencies"])
            self.assertNotIn("hunter2", dependencies)
            return "WRONGPASS" in dependencies
        eventually("/health says that the password is wrong", said)
        self.assertEqual(self.system.service("gateway-3", "/api/v1/version").status, 200)
        log = self.system.processes["gateway-3"].log.read_text()
        self.assertIn("WRONGPASS", log)
        self.assertNotIn("hunter2", log)

    def test_c_a_malformed_url_is_refused_by_its_name(self):
        def check(url):
            run = subprocess.run(
                [BIN / "mp-gateway", "--config-dir", SOURCE / "services/gateway/config", "--check-config"],
                capture_output=True, text=True, timeout=20, env={**os.environ, "REDIS_URL": url})
            self.assertNotIn("hunter2", run.stdout + run.stderr)
            return run.returncode, run.stdout + run.stderr
        for url in ("redis://gw:hunter2@host:none", "http://gw:hunter2@host", "redis://gw@host"):
            code, said = check(url)
            self.assertEqual(code, 2, said)
            self.assertIn("redis.url", said)
        code, said = check("redis://gw:hunter2@host:6380/1")
        self.assertEqual(code, 0, said)
        self.assertIn("redis://gw:******@host:6380/1", said)


if __name__ == "__main__":
    cases.main()
