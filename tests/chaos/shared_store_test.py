"""Several storages share one ClickHouse store and what the stream brings. While a made-up market is sent, whose messages overtake
each other and come twice, one of them is killed, one is frozen for longer than its lease and woken, one is added, the server is
killed, and one storage is drained. Afterwards each that is left answers with what was sent: every event, sums to the last decimal, pages from anywhere.

MP_EVENTS sets the size (default 240000), MP_SECONDS in what time it is sent (default 200).
"""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import clickhouse
from system import BIN, HOST, SIGCONT, SIGSTOP, System, eventually

EVENTS = int(os.environ.get("MP_EVENTS", "240000"))
SECONDS = int(os.environ.get("MP_SECONDS", "200"))
PATIENCE = 120 + EVENTS // 5_000
SEED = 11
PAGES = 100
LANES = 8  # as the stream has shards
SOURCE = BIN / "mp-chaos-source"


@unittest.skipUnless(clickhouse.SERVER, "no clickhouse-server is installed")
class SharedStoreTest(unittest.TestCase):
    def setUp(self):
        system = self.system = System(evidence=False)
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        self.server = clickhouse.ClickHouse(system.folder / "clickhouse")
        system.processes["clickhouse"] = self.server.process
        self.server.start()
        system.settings["storage"] = {
            "storage.engine": "clickhouse", "clickhouse.shared": "true", "clickhouse.lease": "3s", "clickhouse.url": self.server.url,
            "clickhouse.batch.max_delay": "200ms", "bus.ack_wait": "3s", "bus.keep": "24h", "bus.keep_bytes": "16GiB",
            "bus.stream_max_bytes": "16GiB"}
        self.wrote = {}  # events that each has committed, as far as it could be asked

    def start(self, *names):
        for name in names:
            self.system.start_service(name, wait=False)
        for name in names:
            self.system.wait_ready(name, PATIENCE)

    def lanes(self, name):
        return self.system.metric(name, "marketprism_storage_lane_led")

    def shared_by(self, *names):
        """Whether all lanes are theirs, and each has some."""
        lanes = [self.lanes(name) for name in names]
        return sum(lanes) == LANES and min(lanes) > 0

    def await_shared_by(self, *names):
        eventually(f"the lanes are shared by {names}", lambda: self.shared_by(*names), PATIENCE)
        before = self.floor(names[0])
        eventually("they go on", lambda: self.floor(names[0]) > before or self.publisher.poll() is not None, PATIENCE)

    def floor(self, name):
        return self.system.metric(name, "marketprism_store_ack_floor")

    def await_work_of(self, name):
        """Until it has committed something; how much."""
        committed = lambda: self.system.metric(name, "marketprism_store_committed_events_total")
        self.wrote[name] = eventually(f"{name} writes", committed, PATIENCE)

    def source(self, what, *arguments):
        done = subprocess.run([str(a) for a in (SOURCE, what, EVENTS, SEED, *arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"{what}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def test_whoever_comes_and_goes_nothing_is_lost_or_doubled(self):
        system = self.system
        self.start("storage-1", "storage-2", "storage-3")
        self.publisher = subprocess.Popen(
            [str(SOURCE), "publish", str(EVENTS), str(SEED), f'nats://{HOST}:{system.ports["nats"]}', str(EVENTS / 200 / SECONDS)],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.publisher.kill)
        self.await_shared_by("storage-1", "storage-2", "storage-3")
        for name in ("storage-1", "storage-2", "storage-3"):
            self.await_work_of(name)

        system.processes["storage-2"].kill()
        self.await_shared_by("storage-1", "storage-3")

        system.processes["storage-3"].signal(SIGSTOP)
        self.await_shared_by("storage-1")
        system.processes["storage-3"].signal(SIGCONT)
        self.await_shared_by("storage-1", "storage-3")

        self.start("storage-4")
        self.await_shared_by("storage-1", "storage-3", "storage-4")
        self.await_work_of("storage-4")

        system.processes["clickhouse"].kill()
        self.server.start()
        self.await_shared_by("storage-1", "storage-3", "storage-4")

        self.assertEqual(system.processes["storage-1"].terminate(), 0)
        self.await_shared_by("storage-3", "storage-4")
        self.assertIsNone(self.publisher.poll(), "everything was sent before the last one had gone: raise MP_SECONDS")

        sent = int(self.publisher.communicate(timeout=PATIENCE + SECONDS)[0])
        self.assertEqual(self.publisher.returncode, 0)
        self.assertEqual(system.stream_end(), sent)
        self.start("storage-2")
        for name in ("storage-2", "storage-3", "storage-4"):
            eventually(f"{name} knows that everything is stored", lambda: self.floor(name) == sent, PATIENCE)
        self.compare("storage-2", "storage-3", "storage-4")
        print(f"{EVENTS} events in {sent} messages; committed by each when it was asked: {self.wrote}", flush=True)

    def compare(self, *names):
        sums = {name: self.source("compare", f"{HOST}:{self.system.grpc_port[name]}", PAGES) for name in names}
        for name in names:
            self.assertEqual(sums[name], sums[names[0]])
            self.assertEqual(self.system.metric(name, "marketprism_storage_reconciliation_difference"), 0, name)
            self.assertEqual(self.system.metric(name, "marketprism_dead_letters_total"), 0, name)
        self.assertEqual(sum(int(line[2]) for line in sums[names[0]]), EVENTS)
        for table in ("trade", "book_delta", "bbo", "ticker", "mark_price"):
            stored = self.server.ask(f"SELECT exchange, market, symbol, count() FROM {table} GROUP BY exchange, market, symbol",
                                     "marketprism")
            self.assertEqual({("|".join(row[:3]), row[3]) for row in stored},
                             {(line[0], line[2]) for line in sums[names[0]] if line[1] == table})
        print(f"{len(sums[names[0]])} series and {PAGES} pages from each of {len(names)} instances, counts in SQL: equal", flush=True)


if __name__ == "__main__":
    cases.main()
