"""The broker's users of deploy/nats/users.conf: enough for each service, and no more."""

import json
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import HOST, SOURCE, Process, System, eventually

SERVICES = ("collector", "storage", "gateway", "scheduler")
# What each is refused.
FOREIGN = {
    "collector": ["$JS.API.STREAM.PURGE.MARKET_DATA", "$JS.API.CONSUMER.MSG.NEXT.MARKET_DATA.storage"],
    "storage": ["md.binance.spot.trade.0", "$JS.API.STREAM.DELETE.MARKET_DATA"],
    "gateway": ["md.binance.spot.trade.0", "$JS.API.STREAM.PURGE.MARKET_DATA", "$JS.ACK.MARKET_DATA.storage.1.1.1.1.0"],
    "scheduler": ["md.binance.spot.trade.0", "$JS.API.STREAM.DELETE.TASKS", "$JS.API.CONSUMER.DELETE.MARKET_DATA.storage"],
}


def password(service):
    return f"{service}-secret"


def answers(port, user, given, *lines):
    """What the broker says to a client of this name: its errors, then PONG when it stays connected."""
    with socket.create_connection((HOST, port), timeout=10) as connection:
        stream = connection.makefile("rwb")
        stream.readline()  # INFO
        options = {"user": user, "pass": given, "verbose": False, "pedantic": False, "lang": "test", "version": "1"}
        stream.write(f"CONNECT {json.dumps(options)}\r\n".encode())
        for line in (*lines, "PING"):
            stream.write(f"{line}\r\n".encode())
        stream.flush()
        said = []
        while (line := stream.readline().decode().strip()) not in ("PONG", ""):
            said.append(line)
        return said, line == "PONG"


class BusUsersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "500"], evidence=False)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        folder = cls.system.folder
        config = folder / "nats.conf"
        config.write_text((SOURCE / "deploy/nats/nats-server.conf").read_text() +
                          (SOURCE / "deploy/nats/users.conf").read_text())
        cls.port = cls.system.ports["nats"]
        cls.system.processes["nats"] = Process("nats", [
            "nats-server", "-c", config, "-a", HOST, "-p", cls.port, "-m", cls.system.ports["nats_http"],
            "-sd", folder / "nats"], folder, {f"{name.upper()}_PASSWORD": password(name) for name in SERVICES})
        cls.system.settings = {name: {"bus.user": name, "bus.password": password(name)} for name in SERVICES}
        cls.system.start()

    def test_a_each_can_do_its_work(self):
        eventually("something is stored", lambda: stored.count(self.system) > 1000)
        task = self.system.service("gateway", "/api/v1/tasks", "POST", {"kind": "retention", "payload": {"older_than": "90d"}})
        self.assertLess(task.status, 300, task.body)
        wanted = task.json()["data"]["task_id"]
        eventually("a task that the gateway submits is done by storage", lambda: any(
            row["id"] == wanted and row["status"] == "succeeded" for row in self.system.get("tasks")["data"]))
        eventually("the scheduler leads", lambda: self.system.metric("scheduler", "marketprism_jobs_leader") == 1)
        self.system.processes["storage"].kill()
        self.system.start_service("storage")
        before = stored.count(self.system)
        eventually("storage goes on where it was", lambda: stored.count(self.system) > before)
        for name in SERVICES:
            self.system.processes[name].terminate()
        said = self.system.processes["nats"].log.read_text()
        self.assertNotIn("Violation", said)

    def test_b_each_is_refused_what_is_not_its_own(self):
        for name, subjects in FOREIGN.items():
            for subject in subjects:
                with self.subTest(f"{name} {subject}"):
                    said, _ = answers(self.port, name, password(name), f"PUB {subject} 0", "")
                    self.assertTrue(any("Permissions Violation" in line for line in said), said)

    def test_c_nobody_comes_in_without_a_password(self):
        for user, given in (("collector", "wrong"), ("nobody", ""), ("", "")):
            said, connected = answers(self.port, user, given)
            self.assertFalse(connected)
            self.assertTrue(any("Authorization Violation" in line for line in said), said)


if __name__ == "__main__":
    cases.main()
