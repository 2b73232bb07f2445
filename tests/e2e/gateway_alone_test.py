"""What a gateway answers by itself: limits, keys, refused starts; and POSTs whose outcome nobody knows."""

import concurrent.futures
import pathlib
import socket
import subprocess
import sys
import time
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from api import MarketData
from gateway_case import keys
from system import BIN, HOST, SIGCONT, SIGSTOP, System, eventually
from websocket import WebSocket


class GatewayAlone(unittest.TestCase):
    """A broker and a gateway; what it answers by itself."""

    def start(self, **settings):
        system = System(settings={"gateway": settings})
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        system.start_service("gateway")
        return system

    def test_who_asks_too_much_is_told_when_to_come_back(self):
        system = self.start(**{"limits.anonymous": 5, "limits.per_key": 5})
        answers = [system.service("gateway", "/api/v1/version") for _ in range(8)]
        self.assertEqual([a.status for a in answers][:5], [200] * 5)
        self.assertEqual([a.status for a in answers][6:], [429] * 2)
        self.assertEqual([int(a.headers["X-RateLimit-Remaining"]) for a in answers][:5], [4, 3, 2, 1, 0])
        for answer in answers:
            self.assertEqual(answer.headers["X-RateLimit-Limit"], "5")
        refused = answers[-1]
        self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
        self.assertEqual(refused.json()["error"]["code"], "RESOURCE_EXHAUSTED")
        for path in ("/health", "/metrics", "/health/ready"):
            self.assertEqual(system.service("gateway", path).status, 200, "exempt")
        with self.assertRaises(grpc.RpcError) as thrown:
            MarketData(f'{HOST}:{system.grpc_port["gateway"]}').list_instruments()
        self.assertEqual(thrown.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.frames_count_too(system)
        key = keys(system, "create", "--name", "other", "--role", "reader")["key"]
        eventually("a user of their own has limits of their own", lambda: system.service(
            "gateway", "/api/v1/version", headers={"X-API-Key": key}).status == 200, 10)

    def frames_count_too(self, system):
        key = keys(system, "create", "--name", "frames", "--role", "reader")["key"]
        def opened():
            stream = WebSocket(system.http_port["gateway"], "/api/v1/stream", {"X-API-Key": key})
            return stream if b"101" in stream.status else None
        stream = eventually("the key is known", opened, 10)
        codes = []
        for number in range(6):
            stream.send({"op": "unsubscribe", "id": str(number)})
            codes.append(stream.receive()["code"])
        stream.close()
        self.assertEqual((codes[0], codes[-1]), ("NOT_FOUND", "RESOURCE_EXHAUSTED"), codes)

    def test_beyond_loopback_a_key_is_needed_and_made_once(self):
        system = self.start(**{"http.host": "0.0.0.0", "grpc.host": "0.0.0.0"})
        gateway = system.processes["gateway"]
        printed = [word for line in gateway.log.read_text().splitlines() if "not shown again" in line
                   for word in line.split() if word.startswith("mp_")]
        self.assertEqual(len(printed), 1, gateway.tail())
        key = printed[0]
        kept = (system.folder / "keys.json").read_text()
        self.assertNotIn(key.rsplit("_", 1)[1], kept, "only a hash is kept")
        refused = system.service("gateway", "/api/v1/version")
        self.assertEqual((refused.status, refused.headers["WWW-Authenticate"]), (401, "Bearer"))
        self.assertEqual(system.service("gateway", "/api/v1/version", headers={"X-API-Key": key[:-1] + "x"}).status, 401)
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer {key}"}):
            self.assertEqual(system.service("gateway", "/api/v1/version", headers=headers).status, 200)
        self.assertEqual(system.service("gateway", "/health").status, 200, "probes need no key")
        with self.assertRaises(grpc.RpcError) as thrown:
            MarketData(f'{HOST}:{system.grpc_port["gateway"]}').list_instruments()
        self.assertEqual(thrown.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        gateway.terminate()
        system.start_service("gateway")
        self.assertEqual(gateway.log.read_text().count("not shown again"), 1)
        self.assertEqual(system.service("gateway", "/api/v1/version", headers={"X-API-Key": key}).status, 200)
        self.roles(system, key)

    def roles(self, system, admin):
        made = {role: keys(system, "create", "--name", role, "--role", role)["key"] for role in ("reader", "operator")}
        made["admin"] = admin
        eventually("the new keys are known", lambda: all(system.service(
            "gateway", "/api/v1/version", headers={"X-API-Key": key}).status == 200 for key in made.values()), 10)
        for role, key in made.items():
            answer = system.service("gateway", "/api/v1/tasks", "POST", {"kind": "retention"}, {"X-API-Key": key})
            # There is no scheduler: who may ask learns that.
            self.assertEqual(answer.status, 403 if role == "reader" else 503, f"{role}: {answer.body}")

    def test_a_start_that_fails_makes_no_key(self):
        system = System(settings={"gateway": {"http.host": "0.0.0.0", "grpc.host": "0.0.0.0"}})
        self.addCleanup(system.__exit__, None, None, None)
        for taken in (system.http_port["gateway"], system.grpc_port["gateway"]):
            with socket.create_server(("0.0.0.0", taken)):
                system.start_service("gateway", wait=False)
                gateway = system.processes["gateway"]
                eventually("it has given up", lambda: not gateway.running(), 20)
            self.assertIn("in use", gateway.log.read_text())
            self.assertNotIn("not shown again", gateway.log.read_text())
            self.assertFalse((system.folder / "keys.json").exists())

    def test_a_page_of_somebody_else_cannot_command_a_gateway_without_keys(self):
        system = self.start()
        port = system.http_port["gateway"]
        # There is no scheduler: who may ask learns that.
        def post(headers):
            return system.service("gateway", "/api/v1/tasks", "POST", {"kind": "retention"}, headers).status
        def upgrade(headers):
            stream = WebSocket(port, "/api/v1/stream", headers)
            stream.close()
            return int(stream.status.split()[1])
        for origin in ("http://evil.example", "null", f"http://127.evil.example:{port}"):
            refused = system.service("gateway", "/api/v1/jobs/retention/run", "POST", b"", {"Origin": origin})
            self.assertEqual((refused.status, refused.json()["error"]["code"]), (403, "PERMISSION_DENIED"), refused.body)
            self.assertIn("Origin", refused.json()["error"]["message"])
            self.assertEqual(post({"Origin": origin}), 403)
            self.assertEqual(upgrade({"Origin": origin}), 403)
        for origin in ("http://localhost:3000", f"http://{HOST}:{port}"):
            self.assertEqual((post({"Origin": origin}), upgrade({"Origin": origin})), (503, 101), origin)
        for host, status in (("evil.example", 403), (f"127.evil.example:{port}", 403), ("localhost", 200), ("[::1]:1", 200)):
            answer = system.service("gateway", "/api/v1/version", headers={"Host": host})
            self.assertEqual(answer.status, status, host)
            self.assertEqual(system.service("gateway", "/health", headers={"Host": host}).status, 200, "probes may")
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = system.service("gateway", "/api/v1/tasks", "POST", b'{"kind":"retention"}', {"Content-Type": kind})
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (415, "INVALID_ARGUMENT"))
        key = keys(system, "create", "--name", "page", "--role", "operator")["key"]
        foreign = {"X-API-Key": key, "Origin": "http://evil.example", "Host": "gateway.example"}
        eventually("who shows a key may come from anywhere", lambda: post(foreign) == 503, 10)

    def test_insecure_warns_at_every_start(self):
        system = self.start(**{"http.host": "0.0.0.0", "auth.insecure": "true"})
        gateway = system.processes["gateway"]
        self.assertEqual(system.service("gateway", "/api/v1/version").status, 200)
        self.assertFalse((system.folder / "keys.json").exists())
        gateway.terminate()
        system.start_service("gateway")
        warnings = [line for line in gateway.log.read_text().splitlines() if "insecure" in line and "warn" in line.lower()]
        self.assertEqual(len(warnings), 2, gateway.tail())

    def test_a_wrong_url_of_an_upstream_is_refused(self):
        run = subprocess.run([BIN / "mp-gateway", "--config-dir", pathlib.Path(__file__).resolve().parents[2] /
                              "services/gateway/config", "--check-config", "--set", "upstream.storage_url=ftp://x"],
                             capture_output=True, text=True, timeout=20)
        self.assertEqual(run.returncode, 2, run.stdout)
        self.assertIn("storage_url", run.stdout + run.stderr)


    def test_a_limit_that_nobody_can_count_is_refused_by_its_name(self):
        config = pathlib.Path(__file__).resolve().parents[2] / "services/gateway/config"
        for name in ("anonymous", "per_key", "control", "global"):
            run = subprocess.run([BIN / "mp-gateway", "--config-dir", config, "--check-config", "--set",
                                  f"limits.{name}=100000000000"], capture_output=True, text=True, timeout=20)
            self.assertEqual(run.returncode, 2, run.stdout)
            self.assertIn(f"limits.{name}", run.stdout + run.stderr)
        system = self.start(**{"limits.anonymous": 1_000_000_000, "limits.global": 1_000_000_000})
        answer = system.service("gateway", "/api/v1/version")
        self.assertEqual((answer.status, answer.headers["X-RateLimit-Limit"]), (200, "1000000000"))


class OutcomeTest(unittest.TestCase):
    """The broker stops while a POST is under way: nobody knows whether it happened."""

    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start_nats()
        for name in ("scheduler", "gateway"):
            cls.system.start_service(name)

    def reserved(self):
        return self.system.metric("gateway", "marketprism_idempotent_requests_total", lambda line: '"reserved"' in line)

    def post(self, path, body, key):
        return self.system.service("gateway", f"/api/v1/{path}", "POST", body, {"Idempotency-Key": key})

    def post_without_outcome(self, path, body, key):
        """The answer to a POST whose key is reserved before, and whose task is queued after the broker has stopped."""
        before, scheduler, nats = self.reserved(), self.system.processes["scheduler"], self.system.processes["nats"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            scheduler.signal(SIGSTOP)
            try:
                asked = pool.submit(self.post, path, body, key)
                eventually("the key is reserved", lambda: self.reserved() > before)
                nats.signal(SIGSTOP)
                scheduler.signal(SIGCONT)
                return asked.result()
            finally:
                scheduler.signal(SIGCONT)
                nats.signal(SIGCONT)

    def test_a_repeat_after_an_unknown_outcome_is_the_same_task(self):
        kind = f"once-{time.time_ns()}"
        for path, body, wanted in (("tasks", {"kind": kind}, lambda row: row["kind"] == kind),
                                   ("jobs/retention/run", b"", lambda row: row["origin"] == "job:retention@now")):
            key = f"unknown-{time.time_ns()}"
            first = self.post_without_outcome(path, body, key)
            self.assertIn(first.status, (503, 504), first.body)
            def answered():
                answer = self.post(path, body, key)
                return answer if answer.status == 200 else None
            repeat = eventually("the repeat is answered", answered, 60)
            rows = [row["id"] for row in self.system.get("tasks")["data"] if wanted(row)]
            self.assertEqual(rows, [repeat.json()["data"]["task_id"]], path)


if __name__ == "__main__":
    cases.main()
