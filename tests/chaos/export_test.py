"""Exports under load with the real binaries: killed in the middle they go on, and hold what REST gives."""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from accounting import SECOND, Accounting
from system import BIN, HOST, eventually

SERVICES = ("storage", "collector", "scheduler", "gateway")
TYPES = ("trade", "book_delta", "bbo")


class ExportTest(Accounting, unittest.TestCase):
    rate = 1000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mp-exports-")
        self.addCleanup(folder.cleanup)
        self.exports = pathlib.Path(folder.name)

    def running(self):
        return self.system(SERVICES, settings={"storage": {"export.path": self.exports}})

    def what_is_settled(self, system, seconds):
        """Lets the market run; an instant before which no event comes any more, although it goes on."""
        self.let_it_run(system, seconds)
        symbol = next(iter(stored.symbols(system).values()))
        newest = stored.ns(system.get("trades", exchange="binance", market="spot", symbol=symbol, limit=1)["data"][0]["order_ts"])
        published = system.stream_end()
        eventually("storage has what was published",
                   lambda: system.metric("storage", "marketprism_store_ack_floor") >= published, 60)
        return newest - 10 * SECOND

    def submit(self, system, payload):
        answer = system.service("gateway", "/api/v1/tasks", "POST", {"kind": "export", "payload": payload})
        self.assertLess(answer.status, 300, answer.body)
        return answer.json()["data"]["task_id"]

    def outcome(self, system, task, seconds=300):
        """The task's record at its end. A lost worker's task comes again after half a minute."""
        def over():
            record = system.get(f"tasks/{task}")["data"]
            return record if record["status"] in ("succeeded", "dead", "cancelled") else None
        return eventually(f"task {task} is over", over, seconds)

    def lines(self, system, symbol, kind, form, start, end):
        """What REST gives for a series, page for page."""
        lines, cursor = [], None
        while True:
            query = {**stored.series(symbol, kind), "start": start, "end": end, "limit": 10000, "format": form}
            if cursor:
                query["cursor"] = cursor
            answer = system.service("gateway", "/api/v1/events?" + urllib.parse.urlencode(query))
            self.assertEqual(answer.status, 200, answer.body[:300])
            page = answer.body.splitlines(keepends=True)
            head, page = (page[:1], page[1:]) if form == "csv" else ([], page)
            lines += page
            cursor = answer.headers["X-Next-Cursor"]
            if not cursor:
                return head, lines

    def check_files(self, system, folder, form, start, end):
        """Checksums hold, and the parts of a series are the lines that REST gives, each once and in order."""
        manifest = json.loads((folder / "manifest.json").read_text())
        self.assertFalse((folder / "progress.ndjson").exists())
        self.assertEqual([file.name for file in folder.iterdir() if file.name.endswith(".part")], [])
        total = 0
        for series in manifest["series"]:
            what = f'{series["symbol"]} {series["data_type"]}'
            head, expected = self.lines(system, series["symbol"], series["data_type"], form, start, end)
            found = []
            for part in series["parts"]:
                packed = (folder / part["file"]).read_bytes()
                self.assertEqual(hashlib.sha256(packed).hexdigest(), part["sha256"], part["file"])
                self.assertEqual(len(packed), part["bytes"], part["file"])
                lines = gzip.decompress(packed).splitlines(keepends=True)
                if head:
                    self.assertEqual(lines[:1], head, part["file"])
                    lines = lines[1:]
                self.assertEqual(len(lines), part["rows"], part["file"])
                found += lines
            self.assertTrue(found == expected, f"{what}: {len(found)} lines, {len(expected)} over REST")
            self.assertEqual(series["rows"], len(expected), what)
            total += len(expected)
        self.assertEqual(manifest["rows"], total)
        return manifest

    def killed_in_the_middle(self, system, payload):
        """Submits an export and kills storage while it is being written; its task, or nothing where it was too quick."""
        folder = self.exports / payload["to"]
        task = self.submit(system, payload)
        eventually("some parts are written", lambda: len(list(folder.glob("*.csv.gz"))) >= 5, 60)
        system.processes["storage"].kill()
        return None if (folder / "manifest.json").exists() else task

    def test_an_export_that_is_killed_goes_on_and_holds_what_rest_gives(self):
        system = self.running()
        start, end = 0, self.what_is_settled(system, 20)
        payload = {"series": [{"exchange": "binance", "data_type": kind} for kind in TYPES], "start": start, "end": end,
                   "format": "csv", "compression": "gz", "rows_per_part": 20}
        task = None
        for attempt in range(5):
            task = self.killed_in_the_middle(system, {**payload, "to": f"attempt-{attempt}"})
            system.start_service("storage")
            if task:
                payload["to"] = f"attempt-{attempt}"
                break
        self.assertIsNotNone(task, "the export was over before it could be killed, five times")
        record = self.outcome(system, task)
        self.assertEqual(record["status"], "succeeded", record)
        self.assertGreaterEqual(record["result"]["kept_parts"], 4, "what was finished was not written again")
        self.assertLess(record["result"]["kept_parts"], record["result"]["parts"])
        folder = self.exports / payload["to"]
        self.check_files(system, folder, "csv", start, end)

        before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
        again = self.outcome(system, self.submit(system, payload))
        self.assertEqual(again["result"]["kept_parts"], again["result"]["parts"])
        self.assertEqual({file.name: file.stat().st_mtime_ns for file in folder.iterdir()}, before)
        other = self.outcome(system, self.submit(system, {**payload, "compression": "none"}))
        self.assertEqual(other["status"], "dead")
        self.assertIn("another request", other["error"])
        self.check(system, self.finish(system))

    def test_mpctl_exports_and_a_cancelled_one_can_go_on(self):
        system = self.running()
        end = self.what_is_settled(system, 16)
        symbol = next(iter(stored.symbols(system).values()))
        arguments = ["export", symbol, "--start", "0", "--end", end, "-f", "ndjson", "-c", "gz", "--to", "by-hand"]
        run = self.mpctl(system, *arguments)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        folder = self.exports / "by-hand"
        manifest = self.check_files(system, folder, "ndjson", 0, end)
        self.assertEqual(len(manifest["series"]), 1)
        self.assertIn(f"in {folder}", run.stdout)
        run = self.mpctl(system, *arguments[:-1], "../elsewhere")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("to: must be one name", run.stderr)

        payload = {"series": [{"exchange": "binance"}], "start": 0, "end": end, "compression": "gz", "rows_per_part": 10,
                   "to": "cancelled"}
        task = self.submit(system, payload)
        folder = self.exports / "cancelled"
        eventually("some parts are written", lambda: len(list(folder.glob("*.csv.gz"))) >= 5, 60)
        answer = system.service("gateway", f"/api/v1/tasks/{task}/cancel", "POST", {})
        self.assertLess(answer.status, 300, answer.body)
        self.assertIn(self.outcome(system, task)["status"], ("cancelled", "succeeded"))
        # One at a time: the cancelled one ends first.
        record = eventually("the same request goes on", lambda: self.succeeded(system, payload), 300)
        self.assertGreaterEqual(record["result"]["kept_parts"], 5)
        self.assertEqual(system.service("storage", "/health").json()["status"], "healthy")

    def succeeded(self, system, payload):
        record = self.outcome(system, self.submit(system, payload))
        return record if record["status"] == "succeeded" else None

    def mpctl(self, system, *arguments):
        environment = {**os.environ, "MP_GATEWAY": f'http://{HOST}:{system.http_port["gateway"]}'}
        return subprocess.run([str(BIN / "mpctl"), *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              env=environment)


if __name__ == "__main__":
    cases.main()
