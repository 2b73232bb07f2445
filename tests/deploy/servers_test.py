"""Real brokers, caches and stores take the configuration and the users of Kubernetes' config maps and secrets, over TLS."""

import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import cluster_secrets
import manifests
from certificates import client_context
from system import HOST, Process, System, eventually, free_ports, http

CLICKHOUSE_FILE = """<yandex><path>{folder}/store/</path><tmp_path>{folder}/tmp/</tmp_path><format_schema_path>{folder}/formats/</format_schema_path>
<users_config>{folder}/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size><http_port>8123</http_port><tcp_port>9000</tcp_port><interserver_http_port>9009</interserver_http_port></yandex>"""


def config_map(name):
    return next(item["data"] for item in manifests.of_kind("ConfigMap") if item["metadata"]["name"] == name)


class ServersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.secrets = cluster_secrets.make(cls.folder)

    def mounted(self, text, secret, **paths):
        """A configuration with the paths of its mounts replaced by files here; the certificate's are those of `secret`."""
        tls = self.secrets[f"{secret}-tls"]
        for path, file in {**paths, **{f"/run/tls/{key}": file for key, file in tls.items()}}.items():
            text = text.replace(path, str(file))
        return text

    def start(self, name, *arguments, environment=None):
        process = Process(name, arguments, self.folder, environment)
        self.addCleanup(process.kill)
        return process.start()

    def context(self, secret):
        """Verifies by our CA, and shows the certificate of a secret; names are looked at in kubernetes_test."""
        tls = self.secrets[f"{secret}-tls"]
        context = client_context(tls["ca.crt"], (tls["tls.crt"], tls["tls.key"]))
        context.check_hostname = False
        return context

    @unittest.skipUnless(shutil.which("redis-server"), "no redis-server is installed")
    def test_the_cache_lets_gateways_do_their_work_and_nothing_else(self):
        port, = free_ports(1)
        config = self.folder / "redis.conf"
        config.write_text(self.mounted(config_map("redis")["redis.conf"], "redis", **{
            "/run/secrets/redis/users.acl": self.secrets["redis"]["users.acl"], "tls-port 6379": f"tls-port {port}"}) + f"bind {HOST}\n")
        process = self.start("redis", "redis-server", config)
        eventually("Redis is up", lambda: "eady to accept connections" in process.tail())

        def ask(*commands, context=self.context("api-gateway-service")):
            with socket.create_connection((HOST, port), timeout=10) as plain, context.wrap_socket(plain) as connection:
                stream = connection.makefile("rwb")
                said = []
                for command in commands:
                    stream.write(f"{command}\r\n".encode())
                    stream.flush()
                    said.append(stream.readline().decode().strip())
                return said
        self.assertEqual(ask("PING")[0][:7], "-NOAUTH", "what the probes look for")
        self.assertTrue(ask("AUTH gateway wrong")[0].startswith("-WRONGPASS"))
        password = self.secrets["gateway"]["redis-password"].read_text()
        said = ask(f"AUTH gateway {password}", "SET marketprism:a 1 PX 60000", "SET other 1", "GET other", "CONFIG GET maxmemory", "KEYS *", "FLUSHALL")
        self.assertEqual(said[:2], ["+OK", "+OK"])
        for refused in said[2:]:
            self.assertTrue(refused.startswith("-NOPERM"), refused)
        anonymous = client_context(self.secrets["redis-tls"]["ca.crt"])
        anonymous.check_hostname = False
        with self.assertRaises(OSError):
            ask("PING", context=anonymous)
        cli = ["redis-cli", "-p", str(port), "--tls", "--cacert", self.secrets["redis-tls"]["ca.crt"], "--cert",
               self.secrets["redis-tls"]["tls.crt"], "--key", self.secrets["redis-tls"]["tls.key"], "ping"]
        self.assertIn("NOAUTH", subprocess.run(cli, capture_output=True, text=True, timeout=20).stdout)

    @unittest.skipUnless(shutil.which("nats-server"), "no nats-server is installed")
    def test_three_brokers_find_each_other_and_know_the_services(self):
        clients, routes, monitors = free_ports(3), free_ports(3), free_ports(3)
        passwords = {key: file.read_text() for key, file in self.secrets["message-broker-users"].items()}
        config, brokers = config_map("message-broker"), []
        for number in range(3):
            folder = self.folder / f"broker-{number}"
            folder.mkdir()
            text = self.mounted(config["nats-server.conf"], "message-broker", **{"store_dir: /data": f"store_dir: {folder}/data"})
            # Names of pods lead nowhere here: the address stands in for each, and for it no certificate is made.
            for other in range(3):
                text = text.replace(f"nats://message-broker-{other}.message-broker-nodes:6222", f"nats://localhost:{routes[other]}")
            for old, new in (("port: 4222", f"port: {clients[number]}"), ("port: 6222", f"port: {routes[number]}"),
                             ("http_port: 8222", f"http_port: {monitors[number]}")):
                self.assertEqual(text.count(old), 1)
                text = text.replace(old, new)
            (folder / "nats-server.conf").write_text(text)
            (folder / "users.conf").write_text(config["users.conf"])
            brokers += [self.start(f"broker-{number}", "nats-server", "-c", folder / "nats-server.conf",
                       environment={**passwords, "POD_NAME": f"message-broker-{number}"})]

        def clustered():
            for process in brokers:
                self.assertTrue(process.running(), process.tail())
            return all(http("GET", f"http://{HOST}:{port}/routez").json()["num_routes"] >= 2 for port in monitors)
        eventually("each has a route to the two others", clustered, 60)
        for path in ("/healthz", "/healthz?js-enabled-only=true", "/healthz?js-server-only=true"):
            eventually(f"the probe of {path} is content",
                       lambda: http("GET", f"http://{HOST}:{monitors[0]}{path}").status == 200, 60)
        self.assertIn("+OK", self.connect(clients[0], "storage", passwords["STORAGE_PASSWORD"]))
        self.assertIn("Authorization Violation", self.connect(clients[0], "storage", "wrong"))
        with self.assertRaises(OSError):
            self.connect(clients[0], "storage", passwords["STORAGE_PASSWORD"], with_certificate=False)

        # A renewed certificate, in place; docs/operations.md has the command.
        before = self.shown(clients[0])
        for key, file in self.secrets["message-broker-tls"].items():
            file.write_bytes(self.secrets["redis-tls"][key].read_bytes())
        subprocess.run(["nats-server", "--signal", f"reload={brokers[0].pid}"], check=True, capture_output=True, timeout=20)
        eventually("the renewed certificate is shown", lambda: self.shown(clients[0]) != before)

    def shown(self, port):
        """The broker's certificate."""
        with socket.create_connection((HOST, port), timeout=10) as plain:
            plain.recv(65536)
            with self.context("data-storage-service").wrap_socket(plain) as connection:
                return connection.getpeercert()["serialNumber"]

    def connect(self, port, user, password, with_certificate=True):
        context = self.context("data-storage-service") if with_certificate else client_context(self.secrets["redis-tls"]["ca.crt"])
        context.check_hostname = False
        with socket.create_connection((HOST, port), timeout=10) as plain:
            greeting = plain.recv(65536).decode()
            self.assertNotIn("connect_urls", greeting, "addresses that stand in no certificate")
            with context.wrap_socket(plain) as connection:
                options = {"user": user, "pass": password, "verbose": True, "pedantic": False, "lang": "test", "version": "1"}
                connection.sendall(f"CONNECT {json.dumps(options)}\r\n".encode())
                return connection.recv(65536).decode()

    @unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
    def test_the_store_lets_storage_into_its_own_database_alone(self):
        port, = free_ports(1)
        folder = self.folder / "clickhouse"
        for name in ("store", "tmp", "formats", "config.d", "users.d"):
            (folder / name).mkdir(parents=True)
        (folder / "config.xml").write_text(CLICKHOUSE_FILE.format(folder=folder))
        (folder / "users.xml").write_text(clickhouse.USERS)
        ours = self.mounted(config_map("clickhouse")["marketprism.xml"], "clickhouse")
        # The root element and the name of the server that Debian's is too old for.
        ours = ours.replace("clickhouse>", "yandex>").replace("8443", str(port)).replace("<listen_host>::</listen_host>", "")
        ours = ours.replace("0.0.0.0", HOST).replace("<server>", '<server><dhParamsFile remove="1"/>')
        (folder / "config.d/marketprism.xml").write_text(ours)
        shutil.copy(self.secrets["clickhouse"]["users.xml"], folder / "users.d/marketprism.xml")
        process = self.start("clickhouse", clickhouse.SERVER, f"--config-file={folder}/config.xml")
        context = self.context("data-storage-service")
        url = f"https://{HOST}:{port}"

        def ping():
            self.assertTrue(process.running(), process.tail())
            return http("GET", f"{url}/ping", context=context).body == b"Ok.\n"
        eventually("the probe is content", ping, 60)

        def ask(query, user, password):
            given = urllib.parse.urlencode({"user": user, "password": password})
            return http("POST", f"{url}/?{given}", body=query.encode(), context=context)
        password = self.secrets["clickhouse"]["password"].read_text()
        for query in ("CREATE DATABASE IF NOT EXISTS marketprism", "CREATE TABLE marketprism.a (x UInt8) ENGINE = MergeTree ORDER BY x",
                      "INSERT INTO marketprism.a VALUES (1)", "SELECT x FROM marketprism.a", "SELECT count() FROM system.parts",
                      "ALTER TABLE marketprism.a DROP PARTITION tuple()", "DROP TABLE marketprism.a"):
            answer = ask(query, "storage", password)
            self.assertEqual(answer.status, 200, (query, answer.body))
        for query in ("CREATE DATABASE other", "CREATE TABLE default.a (x UInt8) ENGINE = Memory"):
            answer = ask(query, "storage", password)
            self.assertGreaterEqual(answer.status, 400, query)
            self.assertIn(b"denied", answer.body)
        for user, given in (("default", ""), ("storage", "wrong"), ("storage", "")):
            self.assertGreaterEqual(ask("SELECT 1", user, given).status, 400, user)
        with self.assertRaises(OSError):
            http("GET", f"http://{HOST}:{port}/ping")


if __name__ == "__main__":
    cases.main()
