"""A raw capture, replayed, gives the same stored events to the bit: whatever was received is in it, with its time, on
every venue, by stream and by request; but no secret of a login."""

import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import segments
from system import System, eventually

RATE = 1000
VENUES = ("binance", "okx", "deribit", "bybit")
KINDS = ("trade", "book_delta", "book_snapshot", "bbo", "ticker", "kline", "funding_rate", "open_interest", "liquidation",
         "mark_price", "instrument")
TOKENS = (b"simulated-access", b"simulated-refresh", b"not-for-the-disk")


class CaptureTest(unittest.TestCase):
    def system(self, *arguments, **settings):
        system = System(arguments, {"collector": {"book.derived_interval": "2s", **settings}})
        self.addCleanup(system.__exit__, None, None, None)
        return system

    def rows(self, system):
        """{(exchange, market, symbol, kind): every event as the API shows it}"""
        found = {}
        for row in system.all_rows("instruments", start=None):
            name = {key: row[key] for key in ("exchange", "market", "symbol")}
            for kind in KINDS:
                events = system.all_rows("events", **name, data_type=kind)
                if events:
                    found[*name.values(), kind] = events
        return found

    def poll(self, system):
        """What no stream tells is asked for."""
        def asked():
            answer = system.service("gateway", "/api/v1/jobs/funding_rates/run", "POST", {})
            return answer.json()["data"]["task_id"] if answer.status // 100 == 2 else None
        task = eventually("the job is run", asked, 60)

        def ended():
            rows = [row for row in system.get("tasks", kind="funding_rates", limit=100)["data"] if row["id"] == task]
            return rows[0] if rows and rows[0]["status"] in ("succeeded", "dead") else None
        result = eventually("funding rates are asked for", ended, 60)
        self.assertEqual((result["status"], result["result"]["failed"]), ("succeeded", 0), result)
        return result["result"]["events"]

    def test_a_replay_stores_the_same_events(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mp-raw-")))
        first = self.system("--generate", "--venues", ",".join(VENUES), "--seed", "3", "--rate", str(RATE), "--symbols",
                            "BTC-USDT,ETH-USDT", **{"raw_capture.path": folder, "raw_capture.segment_bytes": "64KiB"})
        first.start_nats()
        first.start_sim()
        names = re.findall(r"^  (deribit\w*):", (first.folder / "collector-config/local.yaml").read_text(), re.MULTILINE)
        self.assertTrue(names)
        for name in names:
            first.settings["collector"].update({f"venues.{name}.api_key": "somebody",
                                                f"venues.{name}.api_secret": TOKENS[-1].decode()})
        for name in System.SERVICES:
            first.start_service(name)
        eventually("there is something to capture", lambda: first.sim_status()["sent"] > RATE * 8, 90)
        self.assertGreater(self.poll(first), 0)
        first.end_market()
        wanted = self.rows(first)
        self.assertEqual(first.metric("collector", "marketprism_raw_capture_dropped_total"), 0)
        self.assertEqual(first.processes["collector"].terminate(), 0)
        self.assertGreater(len(sorted(folder.glob("*.jsonl.zst"))), 1, "segments are rotated")
        self.check_secrets(first, folder)

        second = self.system("--replay", folder, "--speed", "max", "--clock", "recorded",
                             **{"connection.recorded_clock": "true"})
        second.start_nats()
        second.start_sim()
        # The same is asked for as the first time, told then or not.
        config = (first.folder / "collector-config/local.yaml").read_text()
        (second.folder / "collector-config/local.yaml").write_text(
            config.replace(f":{first.ports['sim']}", f":{second.ports['sim']}"))
        for name in System.SERVICES:
            second.start_service(name)
        eventually("the replay is done", lambda: second.sim_status()["done"], 120)
        self.assertGreater(self.poll(second), 0)
        second.await_stored()
        found = self.rows(second)
        self.assertEqual({series[0] for series in wanted}, set(VENUES))
        self.assertEqual(found.keys(), wanted.keys())
        for series, events in wanted.items():
            self.assertEqual(len(found[series]), len(events), series)
            for got, want in zip(found[series], events):
                differ = {field: (got.get(field), want.get(field)) for field in got.keys() | want.keys()
                          if got.get(field) != want.get(field)}
                self.assertEqual(differ, {}, f'{series} {want["id"]}: the second and the first time')

    def check_secrets(self, system, folder):
        text = segments.text_of(folder)
        self.assertTrue(b"access_token" in text and b"xxxxxxxxxxxxxxxx" in text, "the login is there, but for its tokens")
        for token in TOKENS:
            self.assertNotIn(token, text)
        for file in system.folder.rglob("*"):
            if not file.is_file():
                continue
            data = file.read_bytes()
            for token in TOKENS:
                self.assertNotIn(token, data, file)


if __name__ == "__main__":
    cases.main()
