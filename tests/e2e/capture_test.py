"""A raw capture, replayed, gives the same stored events to the bit: whatever was received is in it, with its time."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import System, eventually

RATE = 1000
KINDS = ("trade", "book_delta", "bbo", "ticker", "kline")


class CaptureTest(unittest.TestCase):
    def system(self, *arguments, **settings):
        system = System(arguments, {"collector": settings})
        self.addCleanup(system.__exit__, None, None, None)
        return system.start(("storage", "collector", "gateway"))

    def rows(self, system):
        """{(symbol, kind): every event as the API shows it}"""
        return {(name, kind): stored.rows(system, name, kind)
                for name in stored.symbols(system).values() for kind in KINDS}

    def test_a_replay_stores_the_same_events(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mp-raw-")))
        first = self.system("--generate", "--seed", "3", "--rate", str(RATE), "--symbols", "BTC-USDT,ETH-USDT",
                            **{"raw_capture.path": folder, "raw_capture.segment_bytes": "64KiB"})
        eventually("there is something to capture", lambda: first.sim_status()["sent"] > RATE * 6, 60)
        first.end_market()
        wanted = self.rows(first)
        self.assertEqual(first.metric("collector", "marketprism_raw_capture_dropped_total"), 0)
        self.assertEqual(first.processes["collector"].terminate(), 0)
        segments = sorted(folder.glob("*.jsonl.zst"))
        self.assertGreater(len(segments), 1, "segments are rotated")

        second = self.system("--replay", folder, "--speed", "max", "--clock", "recorded",
                             **{"connection.recorded_clock": "true"})
        eventually("the replay is done", lambda: second.sim_status()["done"], 60)
        second.await_stored()
        found = self.rows(second)
        self.assertEqual(found.keys(), wanted.keys())
        for series, events in wanted.items():
            self.assertGreater(len(events), 0, series)
            self.assertEqual(len(found[series]), len(events), series)
            for got, want in zip(found[series], events):
                self.assertEqual(got, want, series)


if __name__ == "__main__":
    cases.main()
