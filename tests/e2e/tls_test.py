"""The whole system over TLS: certificates both ways between services and with the broker, and changed under way."""

import os
import pathlib
import subprocess
import sys
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from api import MarketData
from certificates import Authority, channel_credentials, client_context
from system import BIN, HOST, SOURCE, Process, System, eventually, http
from websocket import WebSocket

NAMES = {"storage": "data-storage-service", "collector": "market-data-collector", "scheduler": "scheduler-service",
         "gateway": "api-gateway-service"}
TRADES = {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT"}


class TlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "500"], evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        folder = cls.system.folder
        cls.ours, cls.foreign = Authority(folder / "ours"), Authority(folder / "foreign", "foreign CA")
        cls.ours.issue(f"broker,localhost,{HOST}", "client",
                       *(f"{name},localhost,{HOST}" for name in NAMES.values()))
        cls.foreign.issue("client", f"{NAMES['gateway']},localhost,{HOST}")
        cls.start_broker()
        for role, name in NAMES.items():
            cls.ca_of(role).write_bytes(cls.ours.ca.read_bytes())
            cls.system.settings[role] = {
                "bus.url": f"tls://{HOST}:{cls.system.ports['nats']}", "tls.certificate_file": cls.ours.certificate(name),
                "tls.key_file": cls.ours.key(name), "tls.ca_file": cls.ca_of(role), "tls.check_every": "200ms"}
        cls.system.settings["gateway"]["tls.clients"] = "required"
        cls.system.settings["storage"]["tls.http"] = "true"
        cls.context = client_context(cls.ours.ca, cls.ours.pair("client"))
        cls.system.tls = {"gateway": cls.context, "storage": cls.context}
        cls.system.start()
        eventually("something is stored", lambda: stored.count(cls.system) > 100)

    @classmethod
    def start_broker(cls):
        config = cls.system.folder / "nats.conf"
        own, key = cls.ours.pair("broker")
        config.write_text((SOURCE / "deploy/nats/nats-server.conf").read_text() + f"""
tls {{ cert_file: "{own}", key_file: "{key}", ca_file: "{cls.ours.ca}", verify: true, timeout: 5 }}
""")
        cls.system.processes["nats"] = Process("nats", [
            "nats-server", "-c", config, "-a", HOST, "-p", cls.system.ports["nats"], "-m", cls.system.ports["nats_http"],
            "-sd", cls.system.folder / "nats"], cls.system.folder)

    @classmethod
    def ca_of(cls, role):
        return cls.system.folder / f"{role}-ca.pem"

    def target(self, role):
        return f"{HOST}:{self.system.grpc_port[role]}"

    def subscribe(self, context):
        socket = WebSocket(self.system.http_port["gateway"], "/api/v1/stream", context=context)
        socket.send({"op": "subscribe", "id": "1", "series": [{**TRADES, "data_type": "trade"}]})
        return socket

    def reloads(self, role, outcome):
        return self.system.metric(role, "marketprism_tls_reloads_total", lambda line: outcome in line)

    def assert_events(self, socket):
        eventually("an event comes", lambda: socket.receive()["type"] == "event")

    def refusal(self, context):
        with self.assertRaises(OSError) as refused:
            http("GET", f"https://{HOST}:{self.system.http_port['gateway']}/api/v1/version", context=context)
        return str(refused.exception)

    def grpc_refusal(self, role, credentials):
        client = MarketData(self.target(role), credentials=credentials)
        with self.assertRaises(grpc.RpcError) as refused:
            client.list_instruments()
        client.channel.close()
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def test_a_data_flows_to_every_face(self):
        self.assertTrue(self.system.get("trades", **TRADES, limit=5)["data"])
        socket = self.subscribe(self.context)
        self.assert_events(socket)
        socket.close()
        client = MarketData(self.target("gateway"), credentials=channel_credentials(self.ours.ca, self.ours.pair("client")))
        eventually("a quote by gRPC", lambda: client.get_bbo("BTC-USDT").HasField("event"))
        client.channel.close()
        eventually("the scheduler leads", lambda: self.system.metric("scheduler", "marketprism_jobs_leader") == 1)
        self.assertTrue(self.system.get("jobs")["data"])
        self.assertGreater(self.system.metric("storage", "marketprism_tls_certificate_expiry_timestamp_seconds"), 1e9)

    def test_a_storage_that_is_named_by_an_https_url(self):
        front = System(evidence=False)
        self.addCleanup(front.__exit__, None, None, None)
        front.start_nats()
        own, key = self.ours.pair(NAMES["gateway"])
        front.settings["gateway"] = {"upstream.storage_url": f"https://{HOST}:{self.system.http_port['storage']}",
                                     "tls.certificate_file": own, "tls.key_file": key, "tls.ca_file": self.ours.ca}
        front.tls["gateway"] = self.context
        front.start_service("gateway", wait=False)
        eventually("it is asked and answers", lambda: front.service(
            "gateway", "/api/v1/trades?exchange=binance&market=spot&symbol=BTC-USDT&limit=5").json().get("data"))

    def test_b_mpctl_shows_its_certificate(self):
        own, key = self.ours.pair("client")
        files = {"MP_CA_FILE": str(self.ours.ca), "MP_CERTIFICATE_FILE": str(own), "MP_CERTIFICATE_KEY_FILE": str(key)}
        command = [BIN / "mpctl", "--gateway", f"https://{HOST}:{self.system.http_port['gateway']}"]

        def run(*arguments, environment):
            return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60,
                                  env={**os.environ, **environment})
        self.assertIn("BTC-USDT", run("instruments", environment=files).stdout)
        streamed = run("stream", "BTC-USDT", "-t", "trade", "-n", "3", environment=files)
        self.assertEqual(streamed.returncode, 0, streamed.stderr)
        untrusted = run("services", environment={})
        self.assertEqual(untrusted.returncode, 3)
        self.assertIn("unable to get local issuer certificate\n  --ca FILE names", untrusted.stderr)
        missing = run("version", "--ca", "/nowhere.pem", environment={})
        self.assertIn("cannot read /nowhere.pem: No such file", missing.stderr)

    def test_c_who_has_no_certificate_of_ours_is_refused(self):
        before = self.system.metric("gateway", "marketprism_http_tls_failures_total")
        self.assertIn("certificate required", self.refusal(client_context(self.ours.ca)).replace("_", " ").lower())
        foreign = client_context(self.ours.ca, self.foreign.pair("client"))
        self.assertIn("unknown ca", self.refusal(foreign).replace("_", " ").lower())
        self.assertIn("certificate verify failed", self.refusal(client_context(self.foreign.ca)))
        with self.assertRaises(OSError):
            http("GET", f"http://{HOST}:{self.system.http_port['gateway']}/api/v1/version")
        self.assertGreaterEqual(self.system.metric("gateway", "marketprism_http_tls_failures_total"), before + 3)
        for role in NAMES:
            self.grpc_refusal(role, None)
            self.grpc_refusal(role, channel_credentials(self.ours.ca))
            self.grpc_refusal(role, channel_credentials(self.ours.ca, self.foreign.pair("client")))

    def test_d_a_wrong_ca_is_named_and_mended_under_way(self):
        self.system.processes["scheduler"].terminate()
        self.ca_of("scheduler").write_bytes(self.foreign.ca.read_bytes())
        self.system.start_service("scheduler", wait=False)

        def complaint():
            return self.system.service("scheduler", "/health").json()["dependencies"]["nats"].get("error", "")
        eventually("it says whose certificate is not accepted, and why", lambda: all(
            words in complaint() for words in ("the broker's certificate (/CN=broker)", "unable to get local issuer")))
        self.assertEqual(self.system.service("scheduler", "/health/ready").status, 503)
        self.assertTrue(self.system.processes["scheduler"].running())
        self.ca_of("scheduler").write_bytes(self.ours.ca.read_bytes())
        self.system.wait_ready("scheduler")

    def test_e_a_new_generation_is_taken_up_and_old_connections_live_on(self):
        own, key = self.ours.pair(NAMES["gateway"])
        old = own.read_bytes(), key.read_bytes()
        socket = self.subscribe(self.context)
        self.assert_events(socket)
        # Both generations are trusted while the change lasts.
        before = {role: self.reloads(role, "taken") for role in NAMES}
        for role in NAMES:
            self.ca_of(role).write_bytes(self.ours.ca.read_bytes() + self.foreign.ca.read_bytes())
        eventually("all trust both", lambda: all(self.reloads(role, "taken") > before[role] for role in NAMES))
        for file, fresh in zip((own, key), self.foreign.pair(NAMES["gateway"])):
            file.write_bytes(fresh.read_bytes())
        next_client = client_context(self.foreign.ca, self.foreign.pair("client"))
        eventually("a client of the new generation is served", lambda: http(
            "GET", f"https://{HOST}:{self.system.http_port['gateway']}/health/ready", context=next_client).status == 200)
        self.system.tls["gateway"] = next_client
        self.assertIn("certificate verify failed", self.refusal(self.context))
        client = MarketData(self.target("gateway"),
                            credentials=channel_credentials(self.foreign.ca, self.foreign.pair("client")))
        self.assertTrue(client.list_instruments().instruments)
        client.channel.close()
        self.assert_events(socket)
        socket.close()

        before = self.reloads("gateway", "refused")
        key.write_bytes(self.ours.key("client").read_bytes())
        eventually("a key that does not fit is refused",
                   lambda: self.system.metric("gateway", "marketprism_tls_files_refused") == 1)
        self.assertIn("does not fit the certificate in", self.system.processes["gateway"].log.read_text())
        self.assertEqual(self.reloads("gateway", "refused"), before + 1)

        for file, content in zip((own, key), old):
            file.write_bytes(content)
        eventually("the old generation is back", lambda: http(
            "GET", f"https://{HOST}:{self.system.http_port['gateway']}/health/ready", context=self.context).status == 200)
        self.system.tls["gateway"] = self.context
        self.assertEqual(self.system.metric("gateway", "marketprism_tls_files_refused"), 0)

    def test_f_check_config_names_file_and_fault(self):
        own, _ = self.ours.pair(NAMES["storage"])
        done = subprocess.run([
            BIN / "mp-storage", "--config-dir", SOURCE / "services/storage/config", "--check-config",
            "--set", f"tls.certificate_file={own}", "--set", f"tls.key_file={self.foreign.key('client')}",
            "--set", "tls.ca_file=/nowhere.pem"], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"tls.key_file: {self.foreign.key('client')} does not fit the certificate in {own}", done.stderr)
        self.assertIn("tls.ca_file: cannot read /nowhere.pem: No such file or directory", done.stderr)


if __name__ == "__main__":
    cases.main()
