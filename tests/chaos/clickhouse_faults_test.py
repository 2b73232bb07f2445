"""What can be wrong with a ClickHouse server while a market is stored: slow, read-only, full, out of merges. Acks wait, the bus
keeps the data, health says what and since when, and afterwards everything is there once."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
from system import BIN, HOST, SIGCONT, SIGSTOP, System, eventually

EVENTS, SEED = 20_000, 3
MESSAGES_A_SECOND = 20
SOURCE = BIN / "mp-chaos-source"
# So few pieces may a day of a table be in; servers refuse further ones until some are merged.
MOST_PARTS = 20
FEW_PARTS = (f"<merge_tree><parts_to_delay_insert>{MOST_PARTS}</parts_to_delay_insert>"
             f"<parts_to_throw_insert>{MOST_PARTS}</parts_to_throw_insert></merge_tree>")


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class ClickHouseFaultsTest(unittest.TestCase):
    def begin(self, disk=None, config=""):
        """A store that takes a market, and has some of it; the rest is sent when the fault is there."""
        system = self.system = System(evidence=False)
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        folder = system.folder / "clickhouse"
        if disk is not None:
            folder.mkdir()
            disk(folder)
        self.server = clickhouse.ClickHouse(folder, config=config)
        system.processes["clickhouse"] = self.server.process
        self.server.start()
        system.settings["storage"] = {
            "storage.engine": "clickhouse", "clickhouse.url": self.server.url, "clickhouse.request_timeout": "3s",
            "clickhouse.batch.max_delay": "50ms", "clickhouse.batch.max_messages": 5, "bus.ack_wait": "3s"}
        system.start_service("storage")
        self.publisher = subprocess.Popen(
            [str(SOURCE), "publish", str(EVENTS), str(SEED), f'nats://{HOST}:{system.ports["nats"]}', str(MESSAGES_A_SECOND)],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.publisher.kill)
        eventually("something is stored", lambda: self.floor() > 0, 30)
        self.publisher.send_signal(SIGSTOP)
        self.assertIsNone(self.publisher.poll(), "there is more to be sent")

    def floor(self):
        return self.system.metric("storage", "marketprism_store_ack_floor")

    def health(self):
        return self.system.service("storage", "/health").json()

    def await_word(self, *words):
        self.publisher.send_signal(SIGCONT)

        def says():
            engine = str(self.health())
            return engine if all(word in engine for word in words) else None
        print(eventually(f"health says {words}", says, 60)[:600], flush=True)

    def finish(self, heal):
        """The rest of the market is sent while nothing can be stored; then the fault goes."""
        sent = int(self.publisher.communicate(timeout=60)[0])
        self.assertEqual(self.system.stream_end(), sent)
        self.assertLess(self.floor(), sent, "acks wait")
        heal()
        eventually("everything is stored", lambda: self.floor() == sent, 90)
        eventually("health is well again", lambda: self.health()["status"] == "healthy", 30)
        compared = subprocess.run(
            [str(SOURCE), "compare", str(EVENTS), str(SEED), f'{HOST}:{self.system.grpc_port["storage"]}', "20"],
            capture_output=True, text=True)
        self.assertEqual(compared.returncode, 0, compared.stderr)
        self.assertEqual(self.system.metric("storage", "marketprism_storage_reconciliation_difference"), 0)
        self.assertEqual(self.system.metric("storage", "marketprism_dead_letters_total"), 0)

    def test_slow(self):
        self.begin()
        self.server.process.signal(SIGSTOP)
        self.await_word("clickhouse", "(since ")
        self.finish(lambda: self.server.process.signal(SIGCONT))

    def test_read_only(self):
        self.begin()
        self.restart("<readonly>2</readonly>")
        self.await_word("readonly", "(since ")
        self.finish(lambda: self.restart(""))

    def restart(self, profile):
        self.server.process.kill()
        self.server.set_profile(profile)
        self.server.start()

    def test_too_many_parts(self):
        self.begin(config=FEW_PARTS)
        self.server.ask("SYSTEM STOP MERGES")
        self.await_word("Too many parts", "(since ")
        self.finish(lambda: self.server.ask("SYSTEM START MERGES"))

    def test_full(self):
        self.begin(disk=self.mount)
        filler = self.server.folder / "filler"
        with open(filler, "wb") as out:
            try:
                while out.write(bytes(1 << 20)):
                    out.flush()
            except OSError:
                pass
        self.await_word("space", "(since ")
        self.finish(filler.unlink)

    def mount(self, folder):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", folder], capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"no file system of its own can be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", folder])


if __name__ == "__main__":
    cases.main()
