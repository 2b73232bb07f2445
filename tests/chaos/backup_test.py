"""Backups under load with the real binaries: a store restored from one holds every event once, or lists the gap."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from accounting import SECOND, Accounting
from system import BIN, HOST, eventually

SERVICES = ("storage", "collector", "scheduler", "gateway")


class BackupTest(Accounting, unittest.TestCase):
    rate = 1000

    def mpctl(self, system, *arguments):
        environment = {**os.environ, "MP_GATEWAY": f'http://{HOST}:{system.http_port["gateway"]}'}
        return subprocess.run([str(BIN / "mpctl"), *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env=environment)

    def done(self, system, *arguments):
        run = self.mpctl(system, *arguments, "--json")
        self.assertEqual(run.returncode, 0, f"{arguments}\n{run.stdout}\n{run.stderr}\n{system.processes['storage'].tail()}")
        return json.loads(run.stdout)

    def refused(self, system, reason, *arguments, code=1):
        run = self.mpctl(system, *arguments)
        self.assertEqual(run.returncode, code, f"{arguments}\n{run.stdout}\n{run.stderr}")
        self.assertIn(reason, run.stderr)
        self.assertNotIn("key", run.stderr, "advice about something else")

    def back_up(self, system, folder):
        return self.done(system, "backup", "--to", folder)["data"]["result"]

    def lose_the_store(self, system):
        system.processes["storage"].kill()
        shutil.rmtree(system.folder / "storage")

    def test_a_restored_store_catches_up_from_the_bus(self):
        system = self.system(SERVICES)
        folder = system.folder / "backups"
        self.let_it_run(system, 3)
        first = self.back_up(system, folder)
        self.let_it_run(system, 3)
        second = self.back_up(system, folder)
        self.assertEqual(second["backup"], first["backup"] + 1)
        self.assertGreater(second["events"], first["events"])
        self.assertLess(second["copied_bytes"], second["bytes"], "what the first one has is not copied again")
        self.let_it_run(system, 3)
        self.assertEqual(system.metric("storage", "marketprism_store_backups_total", lambda line: '"made"' in line), 2)

        self.lose_the_store(system)
        listed = self.done(system, "restore", "--from", folder, "--list")["data"]
        self.assertEqual([row["backup"] for row in listed], [first["backup"], second["backup"]])
        restored = self.done(system, "restore", "--from", folder, "--to", system.folder / "storage")
        self.assertEqual(restored["backup"], second["backup"])
        system.start_service("storage")
        self.assertNotIn("the log ended in damage", system.processes["storage"].tail(200))
        self.let_it_run(system, 3)
        self.check(system, self.finish(system))

    def test_what_the_bus_has_no_more_is_a_listed_gap(self):
        system = self.system(SERVICES, settings={"storage": {"bus.keep": "1s"}})
        folder = system.folder / "backups"
        self.let_it_run(system, 5)
        floor = self.back_up(system, folder)["floor"]
        purged = "marketprism_stream_purged_messages_total"
        eventually("the bus has forgotten what came after the backup",
                   lambda: system.metric("storage", purged) > floor + 100, 60)
        self.lose_the_store(system)
        self.done(system, "restore", "--from", folder, "--to", system.folder / "storage")
        system.start_service("storage")
        self.assertGreater(system.metric("storage", "marketprism_stream_losses_total"), 0)
        self.let_it_run(system, 5)
        evidence = self.finish(system)
        self.assertGreater(self.check(system, evidence, gaps_allowed=True), 0, "something was lost")
        for (symbol, kind), sent in evidence.sent.items():
            if kind != "trade":
                continue
            gaps = stored.gaps(system, stored.symbols(system)[symbol], kind, min(sent.values()) + SECOND, max(sent.values()))
            self.assertIn("stream_truncated", {reason for _, _, reason in gaps})

    def test_bad_input_is_refused_in_clear_words_and_harms_nothing(self):
        system = self.system(SERVICES)
        folder, store = system.folder / "backups", system.folder / "storage"
        self.let_it_run(system, 2)
        self.refused(system, "inside the store", "backup", "--to", store / "backups")
        self.refused(system, "must be a full path", "backup", "--to", "backups")
        self.refused(system, "something else than backups", "backup", "--to", system.folder)
        self.refused(system, "there are no backups", "restore", "--from", folder, "--to", system.folder / "new")
        self.back_up(system, folder)
        pid = system.processes["storage"].pid
        self.refused(system, f"process {pid} has the store {store} open", "restore", "--from", folder, "--to", store)
        (system.folder / "full").mkdir()
        (system.folder / "full" / "file").write_text("precious")
        self.refused(system, "is not empty", "restore", "--from", folder, "--to", system.folder / "full")
        self.refused(system, "must not lie in each other", "restore", "--from", folder, "--to", folder / "new", code=2)
        self.refused(system, "there is no backup 77", "restore", "--from", folder, "--to", system.folder / "new",
                     "--backup", 77)
        table = max((folder / "shared_checksum").iterdir(), key=lambda file: file.stat().st_size)
        bytes_ = bytearray(table.read_bytes())
        bytes_[len(bytes_) // 2] ^= 0x10
        table.write_bytes(bytes_)
        self.refused(system, "is damaged", "restore", "--from", folder, "--to", system.folder / "new")
        self.assertFalse((system.folder / "new").exists())
        self.assertEqual((system.folder / "full" / "file").read_text(), "precious")
        self.assertEqual(system.service("storage", "/health").json()["status"], "healthy")
        self.check(system, self.finish(system))


if __name__ == "__main__":
    cases.main()
