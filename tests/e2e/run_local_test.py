"""`make run` through its script: what is on the screen and when, what it says when it cannot, that nothing is left."""

import fcntl
import os
import pathlib
import pty
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from system import BIN, CAPTURES, HOST, SOURCE, eventually, http

PORTS = (4222, 8222, 9443, 8000, 8001, 8002, 8003, 50050, 50051, 50052, 50053)
NOBODY = 65534


def free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            return True
        except OSError:
            return False


class RunLocalTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mp-run-local-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.run_folder = self.folder / "run"
        start = os.getpid() % 7000 + 1000
        self.offset = next(n for n in range(start, start + 4000, 37) if all(free(port + n) for port in PORTS))
        self.gateway = f"http://{HOST}:{8000 + self.offset}"
        self.addCleanup(self.script, "stop")

    def environment(self, **options):
        return {**os.environ, "MP_BUILD": str(BIN.parent), "MP_RUN_DIR": str(self.run_folder),
                "MP_PORT_OFFSET": str(self.offset), **options}

    def script(self, verb, timeout=90, user=None, **options):
        # Into a file: what runs on in the background must not keep a pipe open.
        with open(self.folder / "output", "w+") as output:
            run = subprocess.run([SOURCE / "deploy/run-local.sh", verb], env=self.environment(**options), stdout=output,
                                 stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout, user=user)
            output.seek(0)
            return run.returncode, output.read()

    def start(self, **options):
        code, output = self.script("start", DETACH="1", **options)
        self.assertEqual(code, 0, output)
        return output

    def refused(self, **options):
        code, output = self.script("start", DETACH="1", **options)
        self.assertEqual(code, 1, output)
        self.assertEqual(self.processes(), [], "what was refused leaves nothing running")
        return output

    def processes(self):
        """Command lines of everything that works on this run's folder or ports."""
        mine = (str(self.run_folder), str(4222 + self.offset), str(8000 + self.offset))
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if int(folder.name) != os.getpid() and any(word in command for word in mine):
                found.append(command)
        return found

    def top(self):
        run = subprocess.run([BIN / "mpctl", "--gateway", self.gateway, "top", "--once", "--window", "0.5"],
                             capture_output=True, text=True, timeout=30)
        return run.stdout if run.returncode == 0 else ""

    def rows(self):
        """Rows stored, by data type, as the table shows them."""
        table = {}
        for line in self.top().splitlines():
            words = line.split()
            if len(words) > 3 and words[0] == "binance":
                table[words[1]] = words[-2]
        return table

    def test_detached_it_shows_data_within_ten_seconds_and_ends_on_demand(self):
        began = time.monotonic()
        output = self.start()
        self.assertIn(self.gateway, output)
        self.assertIn("make stop", output)
        eventually("data is on the screen", lambda: self.rows().get("trade", "0") != "0", 15)
        self.assertLess(time.monotonic() - began, 10)
        screen = self.top()
        for text in ("MSG/S", "TO STORE P50", "TO SUBSCRIBER P50", "ROWS STORED", "GAPS", "data-storage-service"):
            self.assertIn(text, screen)

        code, output = self.script("start")
        self.assertEqual(code, 1)
        self.assertIn("already running", output)
        self.assertIn("make stop", output)

        code, output = self.script("stop")
        self.assertEqual((code, output), (0, ""))
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.script("stop")[0], 0, "nothing to stop is no failure")

    def test_what_was_stored_is_there_again_unless_it_shall_be_forgotten(self):
        self.start()
        eventually("trades are stored", lambda: self.trades(), 20)
        first = self.trades()[0]["trade_id"]
        self.script("stop")
        marker = self.run_folder / "marker"
        marker.touch()
        self.start()
        eventually("the first trade is still there", lambda: self.trades()[0]["trade_id"] == first, 20)
        self.script("stop")
        for wishes in ({"FEED": "dream"}, {"CAPTURE": "/no/such/file"}, {"SPEED": "max"}):
            self.refused(CLEAN="1", **wishes)
            self.assertTrue(marker.exists(), f"a start that is refused forgets nothing: {wishes}")
        self.start(CLEAN="1")
        self.assertFalse(marker.exists())

    def trades(self):
        answer = http("GET", f"{self.gateway}/api/v1/trades?exchange=binance&symbol=BTC-USDT&start=0&limit=1")
        return answer.json()["data"] if answer.status == 200 else []

    def watched(self):
        """`make run` on a terminal: the process, the terminal and what is on it, once the table is live."""
        own, other = pty.openpty()
        process = subprocess.Popen([SOURCE / "deploy/run-local.sh", "start"], env=self.environment(), stdin=other,
                                   stdout=other, stderr=other, preexec_fn=lambda: self.become_foreground(other))
        os.close(other)
        seen = b""

        def screen():
            nonlocal seen
            while select.select([own], [], [], 0)[0]:
                try:
                    seen += os.read(own, 65536)
                except OSError:
                    break
            return seen.decode(errors="replace")
        eventually("the table is live", lambda: "MSG/S" in screen() and "trade" in screen(), 30)
        return process, own, screen

    def test_ctrl_c_ends_everything(self):
        process, own, screen = self.watched()
        self.assertIn(self.gateway, screen())
        os.write(own, b"\x03")
        eventually("it has ended", lambda: screen() and process.poll() is not None, 40)
        self.assertEqual(process.returncode, 0, screen()[-2000:])
        self.assertEqual(self.processes(), [])
        self.assertNotIn("did not stop", screen())
        os.close(own)

    def test_a_closed_terminal_ends_everything(self):
        process, own, _ = self.watched()
        os.close(own)
        eventually("it has ended", lambda: process.poll() is not None, 40)
        eventually("nothing is left", lambda: self.processes() == [], 10)

    def test_it_can_be_stopped_from_elsewhere_while_it_is_watched(self):
        process, own, screen = self.watched()
        self.assertEqual(self.script("stop"), (0, ""))
        eventually("the table has ended as well", lambda: screen() and process.poll() is not None, 20)
        self.assertEqual(process.returncode, 0, screen()[-2000:])
        self.assertEqual(self.processes(), [])
        os.close(own)

    @staticmethod
    def become_foreground(terminal):
        # A shell that runs these tests in the background has them ignore Ctrl-C, and what they start with them.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setsid()
        fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    def test_a_port_in_use_is_named_with_its_holder(self):
        with socket.socket() as holder:
            holder.bind((HOST, 8002 + self.offset))
            holder.listen()
            output = self.refused()
        self.assertIn(f"port {8002 + self.offset} is in use", output)
        self.assertIn(f"pid {os.getpid()}", output)
        self.assertIn("MP_PORT_OFFSET", output)

    def test_a_folder_that_cannot_be_written_is_named(self):
        self.folder.chmod(0o755)
        self.run_folder.mkdir(mode=0o555)
        if os.geteuid() == 0:
            (self.folder / "output").touch()
            output = self.refused(user=NOBODY)
        else:
            output = self.refused()
        self.assertIn(f"cannot write to {self.run_folder}", output)

    def test_wrong_wishes_are_refused(self):
        self.assertIn("/no/such/file does not exist", self.refused(CAPTURE="/no/such/file"))
        self.assertIn("FEED=dream", self.refused(FEED="dream"))
        for offset in ("abc", "-1", "20000"):
            self.assertIn(f"MP_PORT_OFFSET={offset}: a number", self.refused(MP_PORT_OFFSET=offset))
        nonsense = self.folder / "nonsense.jsonl"
        nonsense.write_text("this is no capture\n")
        output = self.refused(CAPTURE=str(nonsense))
        self.assertIn("nonsense.jsonl", output)
        self.assertEqual(self.script("dance")[0], 2)

    def test_wishes_that_contradict_each_other_are_refused(self):
        self.assertIn("one of them", self.refused(FEED="live", CAPTURE="/tmp"))
        self.assertIn("SPEED is for", self.refused(SPEED="max"))
        self.assertIn("VENUES and RATE", self.refused(FEED="live", RATE="100"))

    def test_data_of_one_feed_is_not_mixed_with_that_of_another(self):
        self.start()
        self.script("stop")
        output = self.refused(FEED="live")
        self.assertIn("another feed (sim)", output)
        self.assertIn("CLEAN=1", output)
        self.start(FEED="live", CLEAN="1")
        self.assertFalse((self.run_folder / "config/collector/local.yaml").exists(), "what the simulator is named by")

    def capture(self, *names):
        paths = [pathlib.Path(CAPTURES or "/nonexistent") / name for name in names]
        if not all(path.exists() for path in paths):
            self.skipTest(f"MP_CAPTURES is not set or has no {names}")
        return paths

    def test_a_capture_is_replayed(self):
        (path,) = self.capture("cryptofeed/binance-spot_20211012.jsonl")
        self.start(CAPTURE=str(path), SPEED="max")
        eventually("its deltas are stored", lambda: self.rows().get("book_delta") == "177", 20)

    def test_a_folder_of_captures_is_replayed_one_after_the_other(self):
        paths = self.capture("cryptofeed/binance-spot_20210404.jsonl", "cryptofeed/binance-spot_20210405.jsonl")
        folder = self.folder / "captures"
        folder.mkdir()
        for path in paths:
            (folder / path.name).symlink_to(path)
        self.start(CAPTURE=str(folder), SPEED="max")
        eventually("the deltas of both are stored", lambda: self.rows().get("book_delta") in ("7,397", "7397", "7.4k"), 40)

    def test_the_real_exchange_is_tried_for_ever_and_that_is_said(self):
        output = self.start(FEED="live")
        self.assertIn(self.gateway, output)
        log = self.run_folder / "log/mp-collector.log"
        if http("GET", f"http://{HOST}:{8001 + self.offset}/health").json()["status"] == "healthy":
            return  # the exchange answers here
        self.assertRegex(output, "not reached yet .*its instruments are not known yet: .+[)];", "and why")
        eventually("the log says why", lambda: "api.binance.com" in log.read_text(), 20)
        for port in range(8000, 8004):
            answer = http("GET", f"http://{HOST}:{port + self.offset}/health/ready")
            self.assertEqual(answer.status, 200)


if __name__ == "__main__":
    cases.main()
