"""Every command of mpctl once against a live system: tables for people, JSON for programs, exit codes, advice."""

import http.server
import json
import os
import pathlib
import pty
import select
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import BIN, HOST, System, eventually
from system import http as ask_http

SYMBOL = ("BTC-USDT",)


class Mpctl:
    def __init__(self, port):
        self.gateway = f"http://{HOST}:{port}"

    def __call__(self, *arguments, key=None, timeout=30):
        environment = {**os.environ, "MP_GATEWAY": self.gateway, **({"MP_API_KEY": key} if key else {})}
        return subprocess.run([str(BIN / "mpctl"), *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout, env=environment)

    def start(self, *arguments):
        return subprocess.Popen([str(BIN / "mpctl"), "--gateway", self.gateway, *map(str, arguments)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "500", "--symbols", "BTC-USDT,ETH-USDT"])
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start()
        cls.mpctl = Mpctl(cls.system.http_port["gateway"])

        def flowing():
            for route in ("klines?interval=1m&", "ticker?", "trades?", "orderbook?", "bbo?"):
                answer = cls.system.service("gateway", f"/api/v1/{route}exchange=binance&symbol=BTC-USDT")
                if answer.status != 200 or not answer.json()["data"]:
                    return False
            return len(cls.system.get("services")["data"]) == 4
        eventually("every kind of data is there", flowing, 60)

    def people(self, *arguments):
        run = self.mpctl(*arguments)
        self.assertEqual(run.returncode, 0, f"{arguments}\n{run.stdout}\n{run.stderr}")
        self.assertTrue(run.stdout.strip(), arguments)
        self.assertNotIn("\x1b[", run.stdout, "no colours where nobody looks")
        return run.stdout

    def program(self, *arguments):
        run = self.mpctl(*arguments, "--json")
        self.assertEqual(run.returncode, 0, f"{arguments}\n{run.stdout}\n{run.stderr}")
        return json.loads(run.stdout)

    def test_market_data_as_tables_and_as_json(self):
        commands = {
            ("trades", *SYMBOL, "-n", 3): ("PRICE", "price"),
            ("bbo", *SYMBOL): ("BID", "bid_price"),
            ("ticker", *SYMBOL): ("LAST", "last_price"),
            ("klines", *SYMBOL, "-n", 2): ("OPEN", "open"),
            ("candles", *SYMBOL, "-n", 2): ("OPEN", "open"),
            ("events", *SYMBOL, "-t", "book_delta", "-n", 2): ("", "first_update_id"),
        }
        for arguments, (heading, field) in commands.items():
            with self.subTest(arguments[0]):
                table = self.people(*arguments)
                self.assertIn(heading, table.upper())
                answer = self.program(*arguments)
                data = answer["data"] if isinstance(answer, dict) and "data" in answer else answer
                row = data[0] if isinstance(data, list) else data
                self.assertIn(field, row)

    def test_events_of_several_instruments_thinned_out(self):
        names = ("BTC-USDT", "binance:spot:ETH-USDT")
        rows = self.program("events", *names, "-n", 1000)["data"]
        self.assertEqual({row["symbol"] for row in rows}, {"BTC-USDT", "ETH-USDT"})
        times = [stored.ns(row["order_ts"]) for row in rows]
        self.assertEqual(times, sorted(times))
        table = self.people("events", *names, "-n", 50)
        self.assertIn("SYMBOL", table.upper())
        self.assertIn("ETH-USDT", table)
        seconds = [(row["symbol"], stored.ns(row["order_ts"]) // 1_000_000_000)
                   for row in self.program("events", *names, "--every", "1s", "--start", 0)["data"]]
        self.assertGreater(len(seconds), 2)
        self.assertEqual(len(seconds), len(set(seconds)), "one of each in a second")
        self.assertNotIn("SYMBOL", self.people("events", *SYMBOL, "-n", 2).upper())
        lines = self.people("events", *names, "--all", "--end", rows[-1]["order_ts"]).splitlines()
        self.assertEqual({json.loads(line)["symbol"] for line in lines}, {"BTC-USDT", "ETH-USDT"})
        wrong = self.mpctl("events", "BTC-USDT", "--every", "never")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("every", wrong.stderr)

    def test_the_book(self):
        lines = self.people("book", *SYMBOL).splitlines()
        self.assertGreater(len(lines), 5)
        book = self.program("book", *SYMBOL)["data"]
        self.assertLess(float(book["bids"][0][0]), float(book["asks"][0][0]))

    def test_prices_are_shown_as_they_were_sent(self):
        row = self.program("trades", *SYMBOL, "-n", 1)["data"][0]
        self.assertIsInstance(row["price"], str)

    def test_services_versions_coverage_jobs_and_tasks(self):
        for service in ("api-gateway-service", "market-data-collector", "data-storage-service", "scheduler-service"):
            self.assertIn(service, self.people("services"))
        self.assertEqual(len(self.program("services")["data"]), 4)
        self.assertEqual(set(self.program("version")), {"mpctl", "gateway"})
        self.assertIn("trade", self.people("coverage", *SYMBOL))
        self.assertTrue(any(row["data_type"] == "trade" for row in self.program("coverage", *SYMBOL)["data"]))
        self.assertIn("retention", self.people("jobs"))
        self.assertIn("leader:", self.people("jobs", "list"))
        self.assertTrue(self.program("jobs")["leader"])

    def collected(self):
        return self.system.metric("collector", "marketprism_instruments_collected")

    def test_instruments_are_removed_and_added_for_good(self):
        self.assertIn("ETH-USDT", self.people("instruments"))
        self.assertEqual(self.collected(), 2)
        self.assertIn("ETHUSDT", self.people("instruments", "remove", "ETH-USDT"))
        eventually("it is collected no longer", lambda: self.collected() == 1)
        self.assertIn("ETH-USDT", self.people("instruments", "list", "-e", "binance"), "what is stored stays")
        twice = self.mpctl("instruments", "remove", "ETH-USDT")
        self.assertNotEqual(twice.returncode, 0)
        self.assertIn("not collected", twice.stderr)
        self.system.processes["collector"].kill()
        self.system.start_service("collector")
        eventually("the next collector remembers", lambda: self.collected() == 1)
        added = self.program("instruments", "add", "ETHUSDT", "BTCUSDT", "-t", "trade,bbo")["data"]
        self.assertEqual([row["symbol"] for row in added], ["ETH-USDT", "BTC-USDT"])
        eventually("it is collected again", lambda: self.collected() == 2)
        unknown = self.mpctl("instruments", "add", "NO-SUCH")
        self.assertNotEqual(unknown.returncode, 0)
        self.assertIn("NO-SUCH", unknown.stderr)

    def test_jobs_and_tasks_are_acted_upon(self):
        self.assertIn("paused", self.people("jobs", "pause", "recover_stuck_tasks"))
        job = next(j for j in self.program("jobs")["data"] if j["id"] == "recover_stuck_tasks")
        self.assertTrue(job["paused"])
        self.assertIn("resumed", self.people("jobs", "resume", "recover_stuck_tasks"))
        self.assertRegex(self.people("jobs", "run", "retention"), r"^task \S+")
        submitted = self.program("tasks", "submit", "no_such_worker", "--priority", "low", "--payload", '{"a":1}')
        task = submitted["data"]["task_id"]
        self.assertIn(task, self.people("tasks", "list", "--kind", "no_such_worker"))
        self.assertIn("CANCELLED", self.people("tasks", "cancel", task).upper())
        self.assertTrue(self.program("tasks")["data"])

    def test_events_are_exported_to_a_file_with_a_progress_bar(self):
        target = self.system.folder / "export.ndjson"
        run = self.on_a_terminal("events", *SYMBOL, "-t", "trade", "--all", "-o", target)
        self.assertIn("%", run)
        rows = [json.loads(line) for line in target.read_text().splitlines()]
        ids = [int(row["trade_id"]) for row in rows]
        self.assertGreater(len(ids), 10)
        self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))

    def test_an_export_that_fails_leaves_the_earlier_one_and_one_that_goes_on_adds_to_it(self):
        target = self.system.folder / "kept.ndjson"
        export = ("events", *SYMBOL, "-t", "trade", "--all", "-o", target)
        self.mpctl(*export)
        first = target.read_text()
        self.assertIn("trade_id", first)
        nobody = subprocess.run([str(BIN / "mpctl"), "--gateway", "http://127.0.0.1:1", *map(str, export)], capture_output=True)
        self.assertEqual(nobody.returncode, 3, nobody.stderr)
        self.assertEqual(target.read_text(), first)
        page = self.system.get("events", exchange="binance", symbol="BTC-USDT", data_type="trade", start=0, limit=5)
        self.mpctl(*export, "--start", "0", "--cursor", page["next_cursor"])
        added = target.read_text()
        self.assertTrue(added.startswith(first))
        self.assertEqual(json.loads(added[len(first):].splitlines()[0])["trade_id"], json.loads(first.splitlines()[5])["trade_id"])
        self.mpctl(*export)
        self.assertTrue(target.read_text().startswith(first), "another export replaces it")
        self.assertNotIn(added, target.read_text())

    def on_a_terminal(self, *arguments):
        """What a person sees on stdout and stderr."""
        own, other = pty.openpty()
        process = subprocess.Popen([str(BIN / "mpctl"), "--gateway", self.mpctl.gateway, *map(str, arguments)],
                                   stdin=other, stdout=other, stderr=other)
        os.close(other)
        seen, deadline = b"", time.monotonic() + 30
        while time.monotonic() < deadline:
            if select.select([own], [], [], 0.2)[0]:
                try:
                    part = os.read(own, 65536)
                except OSError:
                    break
                if not part:
                    break
                seen += part
        self.assertEqual(process.wait(timeout=10), 0, seen)
        os.close(own)
        return seen.decode(errors="replace")

    def test_the_stream_is_live_until_it_is_interrupted(self):
        process = self.mpctl.start("--json", "stream", *SYMBOL, "-t", "trade")
        frames = (json.loads(line) for line in process.stdout)
        events = (frame for frame in frames if frame["type"] == "event")
        ids = [int(next(events)["data"]["trade_id"]) for _ in range(5)]
        process.send_signal(2)
        _, errors = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(ids, list(range(ids[0], ids[0] + 5)))

    def test_top_shows_rates_latencies_rows_and_services(self):
        table = self.people("top", "--once")
        for text in ("MSG/S", "TO STORE", "ROWS STORED", "GAPS", "trade", "book_delta", "market-data-collector"):
            self.assertIn(text, table)
        self.assertTrue(self.program("top", "--once"))

    def test_wrong_usage_is_2_failure_is_1_nobody_there_is_3(self):
        for arguments, code, word in (
                (("no_such_command",), 2, "no_such_command"), (("trades",), 2, "symbol"),
                (("trades", *SYMBOL, "--start", "yesterday"), 2, "start"),
                (("trades", *SYMBOL, "-n", 0), 2, "limit"), (("tasks", "submit", "x", "--payload", "{"), 2, "JSON"),
                (("--gateway", "ftp://nowhere", "jobs"), 2, "http"), (("trades", "NO-SUCH"), 1, "NO-SUCH"),
                (("jobs", "run", "no_such_job"), 1, "no_such_job"),
                (("--gateway", f"http://{HOST}:1", "services"), 3, "make run")):
            with self.subTest(arguments=arguments):
                run = self.mpctl(*arguments)
                self.assertEqual(run.returncode, code, run.stdout + run.stderr)
                self.assertIn(word, run.stdout + run.stderr)


class DoctorTest(unittest.TestCase):
    def test_it_finds_what_is_wrong_and_says_what_to_do(self):
        system = System(["--generate", "--rate", "500", "--symbols", "BTC-USDT"])
        self.addCleanup(system.__exit__, None, None, None)
        system.start()
        mpctl = Mpctl(system.http_port["gateway"])
        eventually("data flows", lambda: stored.count(system) > 200)

        def well():
            run = mpctl("doctor", "--seconds", 1)
            return run.returncode == 0 and "growth is unknown so early" in run.stdout
        eventually("nothing is broken, and the disk has room", well, 30)

        system.processes["storage"].terminate()
        run = mpctl("--json", "doctor", "--seconds", 1)
        self.assertEqual(run.returncode, 1, run.stdout)
        failures = [f for f in json.loads(run.stdout)["data"] if f["level"] == "failure"]
        about = [f for f in failures if "data-storage-service" in f["what"] or "storage" in f["area"]]
        self.assertTrue(about, failures)
        self.assertTrue(all(f["advice"] for f in about), about)
        people = mpctl("doctor", "--seconds", 1)
        self.assertEqual(people.returncode, 1)
        self.assertIn("FAIL", people.stdout)
        self.assertIn("->", people.stdout)


class BoastfulStore(http.server.BaseHTTPRequestHandler):
    """Stands before a storage and says of itself what it says, but for events that it has no account of."""

    missing = 0

    def do_GET(self):
        try:
            answer = ask_http("GET", self.storage + self.path)
        except OSError:
            return self.send_error(503)
        body = answer.body.decode()
        name = "marketprism_storage_reconciliation_difference"
        lines = [f"{line.rpartition(' ')[0]} {self.missing}" if line.startswith(name + "{") and 'data_type="trade"' in line
                 else line for line in body.split("\n")]
        self.send_response(answer.status)
        self.end_headers()
        self.wfile.write("\n".join(lines).encode())
        return None

    def log_message(self, *_):
        pass


class AccountsTest(unittest.TestCase):
    def test_the_doctor_shows_accounts_that_are_even_and_those_that_are_not(self):
        system = System(["--generate", "--rate", "500", "--symbols", "BTC-USDT"])
        self.addCleanup(system.__exit__, None, None, None)
        port, behind = system.http_port["storage"], "127.0.0.2"
        store = type("Store", (BoastfulStore,), {"storage": f"http://{behind}:{port}"})
        server = http.server.ThreadingHTTPServer((HOST, port), store)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        system.settings["storage"] = {"http.host": behind, "service.advertise_host": HOST}
        system.start()
        mpctl = Mpctl(system.http_port["gateway"])
        eventually("data flows", lambda: stored.count(system) > 200)

        def accounts(code):
            run = mpctl("--json", "doctor", "--seconds", 1)
            found = [f for f in json.loads(run.stdout)["data"] if f["area"] == "accounts"]
            return found if found and run.returncode == code else None
        even = eventually("all is accounted for", lambda: accounts(0), 30)
        self.assertEqual([finding["level"] for finding in even], ["ok"])
        store.missing = 3
        (odd,) = eventually("it is told", lambda: accounts(1), 30)
        self.assertEqual(odd["level"], "failure")
        self.assertIn("3 events of binance trade received and not accounted for", odd["what"])
        self.assertIn("FAIL", mpctl("doctor", "--seconds", 1).stdout)


class KeysTest(unittest.TestCase):
    def test_keys_are_made_listed_used_and_revoked(self):
        system = System(["--generate", "--rate", "100", "--symbols", "BTC-USDT"])
        self.addCleanup(system.__exit__, None, None, None)
        system.start(("storage", "scheduler", "gateway"))
        mpctl = Mpctl(system.http_port["gateway"])
        file = ("keys", "--file", system.folder / "keys.json")
        self.assertEqual(mpctl("jobs").returncode, 0, "no key is needed while there is none")

        def create(role):
            run = mpctl("--json", *file, "create", "--role", role, "--name", f"{role}'s")
            self.assertEqual(run.returncode, 0, run.stderr)
            return json.loads(run.stdout)
        reader, operator = create("reader"), create("operator")
        self.assertNotIn(reader["key"], (system.folder / "keys.json").read_text(), "stored hashed")
        listed = mpctl(*file, "list").stdout
        for key in (reader, operator):
            self.assertIn(key["id"], listed)
            self.assertNotIn(key["key"], listed)

        eventually("the gateway asks for a key", lambda: mpctl("jobs").returncode == 1, 15)
        self.assertIn("mpctl keys create", mpctl("jobs").stderr)
        self.assertEqual(mpctl("jobs", key=reader["key"]).returncode, 0)
        refused = mpctl("jobs", "run", "retention", key=reader["key"])
        self.assertEqual(refused.returncode, 1)
        self.assertIn("operator", refused.stderr)
        self.assertEqual(mpctl("jobs", "run", "retention", key=operator["key"]).returncode, 0)

        self.assertEqual(mpctl(*file, "revoke", reader["id"]).returncode, 0)
        eventually("the revoked key is refused", lambda: mpctl("jobs", key=reader["key"]).returncode == 1, 15)
        self.assertEqual(mpctl(*file, "revoke", "no-such-key").returncode, 1)
        self.assertEqual(mpctl(*file, "create", "--role", "emperor", "--name", "x").returncode, 2)


if __name__ == "__main__":
    cases.main()
