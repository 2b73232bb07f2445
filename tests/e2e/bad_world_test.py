"""What a service says of a world that is not as it should be, and that it keeps itself not ready: no broker, one that
refuses it, a database that refuses it, one of a newer version. Elsewhere: wrong settings in service_contract_test, certificates in
tls_test, full disks in tests/chaos/limits_test, older stores in the unit tests of the engines."""

import pathlib
import sys
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
import stored
from system import HOST, System, eventually


def health(system, name):
    return system.service(name, "/health").json()


class WithoutABrokerTest(unittest.TestCase):
    def setUp(self):
        self.system = System(["--generate", "--rate", "100"], evidence=False)
        self.addCleanup(self.system.__exit__, None, None, None)
        self.system.start_sim()

    def test_each_names_the_broker_that_does_not_answer_and_is_ready_when_it_does(self):
        for name in System.SERVICES:
            self.system.start_service(name, wait=False)
        address = f"{HOST}:{self.system.ports['nats']}"
        for name in System.SERVICES:
            with self.subTest(name):
                eventually(f"{name} says that {address} does not answer", lambda n=name: address in
                           health(self.system, n)["dependencies"]["nats"].get("error", ""))
                eventually("its log says so", lambda n=name: all(words in self.system.processes[n].tail() for words in (
                    "no connection to the broker yet", address)))
                self.assertEqual(self.system.service(name, "/health/live").status, 200)
                if name != "collector":  # it reads and spools
                    self.assertEqual(self.system.service(name, "/health/ready").status, 503)
        self.system.start_nats()
        for name in System.SERVICES:
            self.system.wait_ready(name, 60)


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class DatabaseTest(unittest.TestCase):
    def setUp(self):
        self.system = System(["--generate", "--rate", "300"], evidence=False)
        self.addCleanup(self.system.__exit__, None, None, None)
        server = clickhouse.ClickHouse(self.system.folder / "clickhouse")
        self.url = server.url
        self.system.processes["clickhouse"] = server.process
        server.start()
        self.system.settings["storage"] = {"storage.engine": "clickhouse", "clickhouse.url": self.url,
                                           "clickhouse.batch.max_delay": "300ms"}
        self.system.start_nats()
        self.system.start_sim()

    def ask(self, query):
        with urllib.request.urlopen(self.url, data=query.encode(), timeout=20) as answer:
            return answer.read().decode()

    def tables(self):
        return self.ask("SELECT name, create_table_query FROM system.tables WHERE database = 'marketprism' ORDER BY name")

    def restart(self):
        self.assertEqual(self.system.processes["storage"].terminate(), 0)
        self.system.start_service("storage", wait=False)

    def refused(self, *words):
        """Storage says so, whether it waits or ends, and is not ready."""
        def said():
            process = self.system.processes["storage"]
            if not process.running():
                return all(word in process.tail() for word in words)
            error = health(self.system, "storage")["dependencies"]["engine"].get("error", "")
            return all(word in error for word in words)
        eventually(f"storage says {words}", said, 60)
        if self.system.processes["storage"].running():
            self.assertEqual(self.system.service("storage", "/health/ready").status, 503)

    def test_a_newer_database_is_refused_and_left_alone(self):
        self.system.start_services(("storage", "collector"))
        eventually("something is stored", lambda: stored.count(self.system) > 100, 60)
        self.assertEqual(self.system.processes["storage"].terminate(), 0)
        newest = int(self.ask("SELECT max(version) FROM marketprism.schema_versions"))
        self.ask("INSERT INTO marketprism.schema_versions SELECT 99, 99, now()")
        before, rows = self.tables(), self.ask("SELECT count(), sum(order_ts) FROM marketprism.trade")
        self.system.start_service("storage", wait=False)
        self.refused(f"of schema 99, made by a newer version of storage; this one knows {newest}")
        self.assertEqual((self.tables(), self.ask("SELECT count(), sum(order_ts) FROM marketprism.trade")), (before, rows))

    def test_a_password_that_is_refused_is_said_and_not_shown(self):
        self.system.settings["storage"] |= {"clickhouse.user": "storage", "clickhouse.password": "hunter2-hunter2"}
        self.system.start_service("storage", wait=False)
        self.refused("PERMISSION_DENIED", "clickhouse")
        self.assertNotIn("hunter2", self.system.processes["storage"].tail(1000))


if __name__ == "__main__":
    cases.main()
