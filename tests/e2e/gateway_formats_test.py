"""What the gateway answers as JSON, CSV and NDJSON is the same, and what is whole is kept."""

import csv
import io
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from gateway_case import SERIES, GatewayCase
from stored import ns
from system import eventually


class FormatTest(GatewayCase):
    services = ("storage", "collector", "gateway")

    def table(self, path):
        answer = self.ask(path)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/csv"), answer.headers)
        self.assertIn(b"\r\n", answer.body)
        return answer, list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))

    def test_csv_holds_what_json_holds(self):
        start, end = self.closed()
        interval = f"{SERIES}&start={start}&end={end}"
        for path in (f"trades?{interval}", f"events?data_type=book_delta&{interval}", f"events?data_type=bbo&{interval}",
                     f"ticker?{SERIES}&start={start}&limit=3", f"klines?interval=1m&{SERIES}&start=0&limit=2",
                     f"candles?interval=1s&{SERIES}&start=0&limit=2"):
            expected = self.ask(path).json()["data"]
            _, rows = self.table(f"{path}&format=csv")
            self.assertGreater(len(expected), 0, path)
            if "start=0" not in path:  # a bar may change between two questions
                self.assertEqual(len(rows), len(expected), path)
            for row, wanted in zip(rows, expected):
                for name, value in wanted.items():
                    if "start=0" in path and name not in ("exchange", "symbol", "interval", "open_time"):
                        continue
                    if isinstance(value, (list, dict)):
                        self.assertEqual(json.loads(row[name]), value, path)
                    elif isinstance(value, bool):
                        self.assertEqual(row[name], "true" if value else "false", path)
                    else:
                        self.assertEqual(row[name], str(value), path)

    def test_a_book_side_is_json_in_one_cell(self):
        _, rows = self.table(f"events?data_type=book_delta&{SERIES}&limit=5&format=csv")
        for row in rows:
            for price, quantity in json.loads(row["bids"]) + json.loads(row["asks"]):
                self.assertIsInstance(price, str)
                self.assertIsInstance(quantity, str)

    def test_cursor_and_coverage_come_as_headers(self):
        start, end = self.closed()
        for form in ("csv", "ndjson"):
            path, cursor, ids = f"trades?{SERIES}&start={start}&end={end}&limit=4&format={form}", None, []
            while True:
                answer = self.ask(path + (f"&cursor={cursor}" if cursor else ""))
                self.assertEqual(answer.status, 200, answer.body)
                self.assertIn(answer.headers["X-Coverage-Complete"], ("true", "false"))
                rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline=""))) if form == "csv" else \
                    [json.loads(line) for line in answer.body.splitlines()]
                ids += [int(row["trade_id"]) for row in rows]
                cursor = answer.headers["X-Next-Cursor"]
                if not cursor:
                    break
            self.assertGreater(len(ids), 4, "several pages")
            self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))

    def test_metadata_and_coverage_have_their_columns(self):
        _, instruments = self.table("instruments?exchange=binance&format=csv")
        btc = next(row for row in instruments if row["symbol"] == "BTC-USDT")
        self.assertEqual(btc["venue_symbol"], "BTCUSDT")
        self.assertIn("trade", json.loads(btc["data_types"]))
        _, coverage = self.table(f"coverage?{SERIES}&format=csv")
        trade = next(row for row in coverage if row["data_type"] == "trade")
        self.assertGreater(len(json.loads(trade["intervals"])), 0)

    def test_what_has_a_gap_is_asked_anew_and_what_is_whole_is_not(self):
        """Whatever the format: a kept answer with a gap would hide for a minute that it has been filled."""
        start, end = self.closed()
        eventually("the interval is settled, and so kept", lambda: time.time_ns() - ns(end) > 11_000_000_000)
        def asked():
            return self.system.metric("gateway", "marketprism_bulkhead_calls_total", lambda line:
                                      'name="data-storage-service-streams"' in line and 'outcome="entered"' in line)
        def loads(path, times=3):
            before = asked()
            answers = [self.ask(path) for _ in range(times)]
            self.assertEqual({answer.status for answer in answers}, {200}, path)
            return answers[0], asked() - before
        long_ago = f"{SERIES}&start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z"
        for form in ("json", "ndjson"):
            whole, times = loads(f"trades?{SERIES}&start={start}&end={end}&format={form}")
            if form == "json":
                self.assertTrue(whole.json()["coverage"]["complete"], whole.json()["coverage"])
            self.assertLessEqual(times, 1, form)
            lacking, times = loads(f"trades?{long_ago}&format={form}")
            if form == "json":
                self.assertFalse(lacking.json()["coverage"]["complete"])
            self.assertGreaterEqual(times, 3, form)

    def test_an_empty_answer_has_its_header_row(self):
        _, rows = self.table(f"funding-rates?{SERIES}&format=csv")
        self.assertEqual(rows, [])

    def test_where_lines_make_no_sense_the_parameter_is_named(self):
        for path in (f"bbo?{SERIES}&format=csv", f"orderbook?{SERIES}&format=ndjson", "services?format=csv",
                     "version?format=csv", f"trades?{SERIES}&format=xml"):
            answer = self.ask(path)
            self.assertEqual((answer.status, answer.json()["error"]["details"]), (400, {"parameter": "format"}), path)


if __name__ == "__main__":
    cases.main()
