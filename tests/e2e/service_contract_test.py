"""What every service promises, whichever it is: reflection, health, metrics, configuration, reload, orderly stop."""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import reflection
import stored
from system import BIN, HOST, SOURCE, System, eventually

REGISTRY_NAMES = {"gateway": "api-gateway-service", "collector": "market-data-collector",
                  "storage": "data-storage-service", "scheduler": "scheduler-service"}
GRPC_SERVICES = {"gateway": "MarketDataService", "collector": "CollectorService", "storage": "StorageService",
                 "scheduler": "SchedulerService"}
# A call of each, its request, and a field that its answer must have.
CALLS = {"gateway": ("ListInstruments", {}, "instruments"), "collector": ("ListFeeds", {}, "feeds"),
         "storage": ("GetStatistics", {}, "events"), "scheduler": ("ListJobs", {}, "jobs")}


def health_of(target, service):
    """grpc.health.v1.HealthCheckResponse.status (1: SERVING); two fields are not worth generated code."""
    request = bytes([0x0A, len(service)]) + service.encode()
    with grpc.insecure_channel(target) as channel:
        answer = channel.unary_unary("/grpc.health.v1.Health/Check")(request, timeout=10)
    return answer[1]


class RunningTest(unittest.TestCase):
    """All four in one system, with their configuration in folders of their own."""

    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "2000", "--symbols", "BTC-USDT,ETH-USDT"])
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.folders = {}
        for name in System.SERVICES:
            if name == "collector":
                cls.folders[name] = cls.system.folder / "collector-config"
                continue
            folder = cls.folders[name] = cls.system.folder / f"{name}-config"
            shutil.copytree(SOURCE / f"services/{name}/config", folder)
            cls.system.config[name] = folder
        cls.system.start()
        eventually("something is stored", lambda: stored.count(cls.system) > 0)

    def server(self, name):
        return reflection.Server(f"{HOST}:{self.system.grpc_port[name]}")

    def log(self, name):
        return self.system.processes[name].log.read_text(errors="replace")

    def test_reflection_lists_the_services_and_is_enough_to_call_them(self):
        for name in System.SERVICES:
            with self.subTest(name):
                server = self.server(name)
                service = "marketprism.v1." + GRPC_SERVICES[name]
                self.assertEqual(server.services(), ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection",
                                                     service])
                method, request, field = CALLS[name]
                self.assertTrue(server.call(service, method, request)[field])

    def test_grpc_health_says_serving(self):
        for name in System.SERVICES:
            with self.subTest(name):
                for service in ("", "marketprism.v1." + GRPC_SERVICES[name]):
                    self.assertEqual(health_of(f"{HOST}:{self.system.grpc_port[name]}", service), 1, service)

    def test_health_has_its_shape(self):
        for name in System.SERVICES:
            with self.subTest(name):
                answer = self.system.service(name, "/health")
                self.assertEqual(answer.status, 200, answer.body)
                health = answer.json()
                self.assertEqual(set(health), {"service", "instance", "version", "grpc_port", "status", "timestamp",
                                               "uptime_seconds", "dependencies", "checks"})
                self.assertEqual(health["service"], REGISTRY_NAMES[name])
                self.assertEqual(health["grpc_port"], self.system.grpc_port[name])
                self.assertEqual(health["status"], "healthy", health)
                self.assertGreaterEqual(health["uptime_seconds"], 0)
                self.assertGreater(stored.ns(health["timestamp"]), 0)
                self.assertIn("nats", health["dependencies"])
                for dependency in health["dependencies"].values():
                    self.assertIn(dependency["status"], ("healthy", "degraded", "unhealthy"))
                    self.assertGreaterEqual(dependency["latency_ms"], 0)
                self.assertTrue(all(isinstance(value, bool) for value in health["checks"].values()))

    def test_liveness_readiness_and_metrics_answer(self):
        for name in System.SERVICES:
            with self.subTest(name):
                self.assertEqual(self.system.service(name, "/health/live").status, 200)
                self.assertEqual(self.system.service(name, "/health/ready").status, 200)
                metrics = self.system.service(name, "/metrics")
                self.assertIn("text/plain", metrics.headers["Content-Type"])
                self.assertIn(b"# HELP", metrics.body)
                self.assertIn(b"\nmarketprism_build_info{", metrics.body)
                self.assertIn(b"\nprocess_resident_memory_bytes ", metrics.body)
                for line in metrics.body.decode().splitlines():
                    self.assertNotIn("BTC", line, "labels never hold a symbol")

    def test_a_hangup_reloads_and_a_wrong_configuration_is_refused(self):
        for name in System.SERVICES:
            with self.subTest(name):
                local = self.folders[name] / "local.yaml"
                before = local.read_text() if local.exists() else ""
                process = self.system.processes[name]
                try:
                    seen = len(self.log(name))
                    local.write_text(before + "\nlog:\n  level: nonsense\nno_such_section:\n  key: 1\n")
                    process.signal(1)
                    eventually("the wrong one is refused", lambda: "refused" in self.log(name)[seen:], 10)
                    said = self.log(name)[seen:]
                    self.assertIn("log.level", said)
                    self.assertIn("no_such_section", said)
                    self.assertIn("local.yaml", said)
                    seen = len(self.log(name))
                    local.write_text(before + "\nlog:\n  level: debug\nshutdown:\n  drain_timeout: 25s\n")
                    process.signal(1)
                    eventually("the right one is taken", lambda: "configuration" in self.log(name)[seen:], 10)
                    eventually("what waits is named", lambda: "wait for a restart" in self.log(name)[seen:], 10)
                    self.assertIn("shutdown.drain_timeout", self.log(name)[seen:])
                    self.assertNotIn("refused", self.log(name)[seen:])
                finally:
                    local.write_text(before) if before else local.unlink()
                self.assertTrue(process.running())
                self.assertEqual(self.system.service(name, "/health/ready").status, 200)


class StoppingTest(unittest.TestCase):
    def test_each_stops_in_order_under_load(self):
        system = System(["--generate", "--rate", "3000", "--symbols", "BTC-USDT,ETH-USDT"])
        self.addCleanup(system.__exit__, None, None, None)
        system.start()
        eventually("data flows", lambda: stored.count(system) > 1000)
        for name in ("gateway", "collector", "scheduler", "storage"):
            with self.subTest(name):
                registered = {row["service"] for row in system.get("services")["data"]} if name != "gateway" else None
                if registered is not None:
                    self.assertIn(REGISTRY_NAMES[name], registered)
                started = time.monotonic()
                code = system.processes[name].terminate(25)
                self.assertEqual(code, 0, system.processes[name].tail())
                self.assertLess(time.monotonic() - started, 20, "longer than shutdown.drain_timeout")
                if name == "gateway":
                    system.start_service("gateway")
                else:
                    eventually(f"{name} has left the registry", lambda: REGISTRY_NAMES[name] not in {
                        row["service"] for row in system.get("services")["data"]}, 2.5)


class ConfigurationTest(unittest.TestCase):
    def check(self, name, *settings, environment=None, config=None):
        return self.start(name, "--check-config", settings=settings, environment=environment, config=config)

    def start(self, name, *flags, settings=(), environment=None, config=None):
        arguments = [BIN / f"mp-{name}", *flags, "--config-dir", config or SOURCE / f"services/{name}/config"]
        for setting in settings:
            arguments += ["--set", setting]
        return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=20,
                              env={"PATH": "/usr/bin:/bin", **(environment or {})})

    def test_the_effective_configuration_is_shown_with_secrets_masked(self):
        for name in System.SERVICES:
            with self.subTest(name):
                run = self.check(name, "bus.password=hunter2", "http.port=18123",
                                 environment={"MP_GRPC__PORT": "18124", "NATS_URL": "nats://broker:4222"})
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertNotIn("hunter2", run.stdout + run.stderr)
                for text in ("18123", "18124", "nats://broker:4222", "password"):
                    self.assertIn(text, run.stdout)

    def effective(self, name, base):
        """What --check-config prints with this base.yaml alone: {key path: (value, where from)}."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-config-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "base.yaml").write_text(base)
        run = self.check(name, config=folder)
        self.assertEqual(run.returncode, 0, run.stderr)
        found, path = {}, []
        for line in run.stdout.splitlines():
            key, _, rest = line.strip().partition(":")
            path = path[:(len(line) - len(line.lstrip())) // 2] + [key]
            if rest:
                value, _, origin = rest.rpartition("  # ")
                found[".".join(path)] = (value.strip(), origin)
        return found

    def test_the_shipped_base_says_every_key_with_its_default(self):
        computed = {"service.instance", "service.advertise_host", "service.version"}
        for name in System.SERVICES:
            with self.subTest(name):
                text = (SOURCE / f"services/{name}/config/base.yaml").read_text()
                shipped = self.effective(name, text)
                # Jobs may leave out what their comment names; so may other venues than the first.
                missing = {key for key, (_, origin) in shipped.items() if origin == "default"}
                self.assertEqual({key for key in missing if not key.startswith("jobs.")}, computed)
                for key in computed:
                    self.assertRegex(text, rf"(?m)^  {key.split('.')[1]}: ")
                for key, (value, _) in self.effective(name, "# nothing\n").items():
                    if key not in computed:
                        self.assertEqual(shipped[key][0], value, key)

    def test_every_mistake_is_named_at_once(self):
        for name in System.SERVICES:
            with self.subTest(name):
                folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-config-"))
                self.addCleanup(shutil.rmtree, folder)
                shutil.copytree(SOURCE / f"services/{name}/config", folder / "config")
                (folder / "config/local.yaml").write_text("http:\n  port: many\nbus:\n  colour: red\n")
                run = self.check(name, "shutdown.drain_timeout=soon", config=folder / "config")
                self.assertEqual(run.returncode, 2, run.stdout)
                for text in ("local.yaml:2", "http.port", "local.yaml:4", "bus.colour", "shutdown.drain_timeout"):
                    self.assertIn(text, run.stderr)

    def test_what_can_never_work_is_refused_at_once(self):
        """By --check-config and by a start alike: what passes the one must not end the other."""
        settings = ("service.name=bogus", "http.host=nosuchhost", "grpc.host=other.example", "bus.url=http://x",
                    "bus.credentials_file=/nowhere/nats.creds")
        for name in System.SERVICES:
            with self.subTest(name):
                checked = self.check(name, *settings)
                started = self.start(name, settings=settings)
                for run in (checked, started):
                    self.assertEqual(run.returncode, 2, run.stdout + run.stderr)
                    for setting in settings:
                        self.assertIn(f"--set {setting.split('=')[0]}", run.stderr)
                for url in ("", "foo", "nats://:4222"):
                    run = self.check(name, f"bus.url={url}")
                    self.assertEqual(run.returncode, 2, run.stdout)
                    self.assertIn("bus.url: must be nats://host:port", run.stderr)

    def test_a_service_has_its_own_name_alone(self):
        for name in System.SERVICES:
            with self.subTest(name):
                for given, code in ((REGISTRY_NAMES[name], 0), ("bogus", 2), ("monitoring-service", 2),
                                    ("api-gateway", 0 if name == "gateway" else 2)):
                    run = self.check(name, environment={"SERVICE_NAME": given})
                    self.assertEqual(run.returncode, code, given + run.stderr)
                    if code:
                        self.assertIn(REGISTRY_NAMES[name], run.stderr)

    def test_localhost_is_an_address_of_both_ports(self):
        system = System(settings={"scheduler": {"http.host": "localhost", "grpc.host": "localhost"}})
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        system.start_service("scheduler")
        self.assertEqual(system.service("scheduler", "/health/live").status, 200)
        self.assertEqual(health_of(f"127.0.0.1:{system.grpc_port['scheduler']}", ""), 1)

    def test_usage_version_and_help(self):
        for name in System.SERVICES:
            with self.subTest(name):
                binary = str(BIN / f"mp-{name}")
                self.assertEqual(subprocess.run([binary, "--no-such-flag"], capture_output=True).returncode, 2)
                version = subprocess.run([binary, "--version"], capture_output=True, text=True)
                self.assertEqual(version.returncode, 0)
                self.assertRegex(version.stdout, r"\d+\.\d+\.\d+")
                shown = subprocess.run([binary, "--help"], capture_output=True, text=True)
                self.assertEqual(shown.returncode, 0)
                for flag in ("--config-dir", "--env", "--set", "--check-config"):
                    self.assertIn(flag, shown.stdout)

    def test_a_port_in_use_is_a_clear_failure(self):
        system = System()
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        system.start_service("scheduler")
        second = subprocess.run(system.processes["scheduler"].arguments, capture_output=True, text=True, timeout=20)
        self.assertEqual(second.returncode, 1)
        self.assertIn("in use", second.stdout + second.stderr)


if __name__ == "__main__":
    cases.main()
