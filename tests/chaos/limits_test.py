"""What is full, too large or unreadable stops nothing else, says so, and is right again once there is room.

Disks that fill up are small memory file systems; where nothing may be mounted those cases are skipped.
"""

import bisect
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from broker import Broker
from evidence import Evidence
from system import HOST, System, eventually

SECOND = 1_000_000_000
CLOCK_SLACK = 150_000_000


class LimitsTest(unittest.TestCase):
    def system(self, rate=2000, settings=None, symbols="BTC-USDT,ETH-USDT"):
        system = System(["--generate", "--seed", "5", "--rate", str(rate), "--log-raw", "0", "--symbols", symbols],
                        settings)
        self.addCleanup(system.__exit__, None, None, None)
        return system

    def broker(self, system):
        broker = Broker(HOST, system.ports["nats"])
        self.addCleanup(broker.close)
        return broker

    def small_disk(self, megabytes):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-small-disk-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(folder)])
        return folder

    def let_it_run(self, system, messages):
        goal = system.sim_status()["sent"] + messages
        eventually("the market goes on", lambda: system.sim_status()["sent"] > goal, 60)

    def health(self, system, service):
        return system.service(service, "/health").json()

    def check_nothing_is_lost(self, system, reason=None):
        """Every event that was sent is stored once, or lies in a gap of this reason."""
        system.end_market()
        evidence, names, lost = Evidence(system.folder / "evidence.jsonl"), stored.symbols(system), 0

        def missing(symbol, kind):
            sent = evidence.sent[symbol, kind]
            identities = [stored.identity_of(kind, row) for row in stored.rows(system, names[symbol], kind)]
            there = set(identities)
            self.assertEqual(len(identities), len(there), f"{symbol} {kind}: stored twice")
            return {key: at for key, at in sent.items() if key not in there}

        def unexplained(symbol, kind):
            sent, left = evidence.sent[symbol, kind], missing(symbol, kind)
            if not left or reason is None:
                return left
            gaps = stored.gaps(system, names[symbol], kind, min(sent.values()) - SECOND, max(sent.values()) + SECOND)
            begins = [begin - CLOCK_SLACK for begin, _, _ in gaps]

            def listed(at):
                last = bisect.bisect_right(begins, at) - 1
                return last >= 0 and at < gaps[last][1] + CLOCK_SLACK
            return {key: at for key, at in left.items() if not listed(at)}
        for symbol, kind in evidence.sent:
            eventually(f"{symbol} {kind} is accounted for", lambda: not unexplained(symbol, kind), 40)
            lost += len(missing(symbol, kind))
        return lost

    def test_what_nobody_can_read_goes_to_the_dead_letters_and_blocks_nothing(self):
        system = self.system(rate=500).start(("storage", "collector", "gateway"))
        broker = self.broker(system)
        eventually("data flows", lambda: stored.count(system) > 100)
        newer = b"\x08\x63"  # schema_version: 99
        sequences = [broker.put("md.binance.spot.trade.0", payload)
                     for payload in (b"\xff\xfe no batch at all", newer, b"x" * 200_000)]
        eventually("storage commits beyond them", lambda: system.metric(
            "storage", "marketprism_store_ack_floor") > max(sequences), 20)
        letters = eventually("they are kept", lambda: (lambda found: found if len(found) >= 3 else None)(
            [letter for letter in broker.messages("DEAD_LETTER") if letter[0].startswith("dead.storage")]), 20)
        self.assertEqual(len(letters), 3)
        bodies = {letter[2] for letter in letters}
        self.assertIn(newer, bodies)
        for _, headers, body in letters:
            self.assertTrue(headers["Mp-Reason"])
            self.assertEqual(len(headers["Mp-Sha256"]), 64)
            self.assertEqual(len(body), min(int(headers["Mp-Size"]), 65536))
        before = stored.count(system)
        eventually("data flows on", lambda: stored.count(system) > before + 100)
        self.assertEqual(self.check_nothing_is_lost(system), 0)

    def test_a_frame_of_6_mb_is_read_like_any_other(self):
        system = self.system(rate=500).start(("storage", "collector", "gateway"))
        eventually("data flows", lambda: stored.count(system) > 100)
        self.assertEqual(system.sim("fault", "POST", {"kind": "garbage", "variant": "huge", "count": 3}).status, 200)
        self.let_it_run(system, 500)
        self.assertEqual(system.metric("collector", "marketprism_sessions_ended_total"), 0)
        self.assertEqual(self.check_nothing_is_lost(system), 0)

    def test_a_frame_beyond_the_limit_costs_its_connection_and_is_a_gap(self):
        system = self.system(rate=500, settings={"collector": {"connection.max_message_bytes": "1MiB"}})
        system.start(("storage", "collector", "gateway"))
        eventually("data flows", lambda: stored.count(system) > 100)
        system.sim("fault", "POST", {"kind": "garbage", "variant": "huge"})
        eventually("the connection ends", lambda: system.metric("collector", "marketprism_sessions_ended_total") >= 1)
        eventually("it is counted", lambda: system.metric("collector", "marketprism_errors_total") >= 1)
        before = stored.count(system)
        eventually("data flows again", lambda: stored.count(system) > before + 500)
        self.check_nothing_is_lost(system, "disconnected")

    def test_a_full_stream_refuses_and_the_spool_takes_over(self):
        limits = {"bus.stream_max_bytes": "2MiB"}
        system = self.system(rate=3000, settings={"collector": limits, "storage": {**limits, "bus.keep_bytes": "2MiB"}})
        system.start(("storage", "collector", "gateway"))
        eventually("data flows", lambda: stored.count(system) > 100)
        system.processes["storage"].terminate()
        eventually("the stream is full", lambda: not self.health(system, "collector")["checks"]["publishing"], 60)
        self.assertEqual(self.health(system, "collector")["status"], "degraded")
        self.assertGreater(system.metric("collector", "marketprism_publish_failures_total"), 0)
        eventually("the spool grows", lambda: system.metric("collector", "marketprism_spool_records") > 100)
        received = system.metric("collector", "marketprism_messages_total")
        eventually("the feed goes on", lambda: system.metric(
            "collector", "marketprism_messages_total") > received + 1000)
        system.sim("stop_market", "POST")
        system.start_service("storage")
        eventually("publishing works again", lambda: self.health(system, "collector")["checks"]["publishing"], 60)
        self.assertEqual(self.check_nothing_is_lost(system), 0)

    def test_a_full_disk_under_the_spool_is_said_and_is_a_gap(self):
        disk = self.small_disk(2)
        system = self.system(rate=3000, settings={
            "collector": {"spool.path": disk / "spool", "spool.segment_bytes": "64KiB"}})
        system.start(("storage", "collector", "gateway"))
        eventually("data flows", lambda: stored.count(system) > 1000)
        system.processes["nats"].kill()
        eventually("the disk is full", lambda: not self.health(system, "collector")["checks"]["spool"], 60)
        self.assertEqual(self.health(system, "collector")["status"], "degraded")
        self.assertGreater(system.metric("collector", "marketprism_batches_dropped_total"), 0)
        received = system.metric("collector", "marketprism_messages_total")
        eventually("the feed goes on", lambda: system.metric(
            "collector", "marketprism_messages_total") > received + 1000)
        system.start_nats()
        eventually("there is room again", lambda: self.health(system, "collector")["checks"]["spool"], 60)
        dropped = system.metric("collector", "marketprism_batches_dropped_total")
        self.let_it_run(system, 2000)
        self.assertEqual(system.metric("collector", "marketprism_batches_dropped_total"), dropped)
        lost = self.check_nothing_is_lost(system, "spool_full")
        self.assertGreater(lost, 0)
        names = stored.symbols(system)
        reasons = {reason for _, _, reason in stored.gaps(system, names["BTCUSDT"], "trade", 1, time.time_ns())}
        self.assertIn("spool_full", reasons)

    def fill(self, disk, leave):
        """Takes all of a disk but `leave` bytes."""
        room = shutil.disk_usage(disk).free - leave
        with open(disk / "ballast", "wb") as ballast:
            for _ in range(max(0, room) // 65536):
                ballast.write(b"\0" * 65536)

    def disk_full_under_the_store(self, **settings):
        disk = self.small_disk(96)
        settings = {"storage.path": disk / "store", "storage.write_buffer_bytes": "8MiB", **settings}
        system = self.system(settings={"storage": settings}).start(("storage", "collector", "gateway"))
        eventually("data flows", lambda: stored.count(system) > 1000)
        self.fill(disk, 1 << 20)
        eventually("storage stops accepting", lambda: self.health(system, "storage")["status"] == "degraded", 60)
        engine = self.health(system, "storage")["dependencies"]["engine"]
        self.assertNotEqual(engine["status"], "healthy")
        self.assertIn("error", engine)
        before = stored.count(system)
        self.assertTrue(system.get("trades", exchange="binance", symbol="BTC-USDT", start=0, limit=10)["data"],
                        "reads go on")
        received = system.metric("collector", "marketprism_messages_total")
        eventually("the feed goes on", lambda: system.metric(
            "collector", "marketprism_messages_total") > received + 1000)
        (disk / "ballast").unlink()
        eventually("storage accepts again", lambda: stored.count(system) > before + 1000, 60)
        eventually("it is well again", lambda: self.health(system, "storage")["status"] == "healthy", 30)
        self.assertEqual(self.check_nothing_is_lost(system), 0)

    def test_storage_stops_accepting_before_its_disk_is_full_and_goes_on_when_there_is_room(self):
        self.disk_full_under_the_store(**{"storage.min_free_bytes": "16MiB"})

    def test_storage_survives_a_disk_that_is_full_to_the_last_byte(self):
        self.disk_full_under_the_store(**{"storage.min_free_bytes": "0"})


if __name__ == "__main__":
    cases.main()
