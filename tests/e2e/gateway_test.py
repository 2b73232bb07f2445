"""The gateway's promises, one by one, on the real binaries: formats, errors, limits, keys, idempotency, what happens
while an upstream is away."""

import concurrent.futures
import csv
import io
import json
import pathlib
import socket
import subprocess
import sys
import time
import unittest

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from api import MarketData, pb
from stored import ns
from system import BIN, HOST, SIGCONT, SIGSTOP, System, eventually
from websocket import Closed, WebSocket

SERIES = "exchange=binance&symbol=BTC-USDT"
ALWAYS = ("X-Request-Id", "X-Process-Time")
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def raw(port, request, wait=5):
    """What the server answers to these bytes: status, headers by lower-case name, body."""
    with socket.create_connection((HOST, port), timeout=wait) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass  # refused before all was sent
        stream = connection.makefile("rb")
        status = stream.readline()
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            headers[name.strip().lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body


def keys(system, *arguments):
    """What `mpctl keys` says of the gateway's file."""
    run = subprocess.run([BIN / "mpctl", "--json", "keys", "--file", system.folder / "keys.json", *arguments],
                         capture_output=True, text=True, timeout=20)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


class GatewayCase(unittest.TestCase):
    """One running system for all tests of a class."""

    services = System.SERVICES
    settings = None
    rate = 300

    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", str(cls.rate), "--symbols", "BTC-USDT,ETH-USDT"], cls.settings)
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start(cls.services)
        eventually("every kind of data is there", cls.flowing, 60)

    @classmethod
    def flowing(cls):
        for route in ("klines?interval=1m&", "ticker?", "trades?", "orderbook?", "bbo?", "candles?interval=1s&"):
            answer = cls.system.service("gateway", f"/api/v1/{route}{SERIES}")
            if answer.status != 200 or not answer.json()["data"]:
                return False
        return True

    def ask(self, path, method="GET", body=None, headers=None):
        return self.system.service("gateway", f"/api/v1/{path}", method, body, headers)

    @property
    def port(self):
        return self.system.http_port["gateway"]

    def market_data(self, key=None):
        return MarketData(f'{HOST}:{self.system.grpc_port["gateway"]}', key)

    def count(self, *labels):
        return self.system.metric("gateway", "api_requests_total", lambda line: all(label in line for label in labels))

    def closed(self):
        """A part of history that ended long enough ago not to change."""
        def rows():
            answer = self.ask(f"trades?{SERIES}&start=0&limit=50")
            data = answer.json()["data"] if answer.status == 200 else []
            instants = sorted({row["order_ts"] for row in data})
            return instants if len(data) == 50 and len(instants) > 2 else None
        instants = eventually("fifty trades are stored", rows, 60)
        # Nobody can say that the stream showed all of the first one.
        return instants[1], instants[-1]


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


class RouteTest(GatewayCase):
    def test_the_document_and_the_routes_agree(self):
        document = self.system.service("gateway", "/openapi.json").json()
        self.assertGreater(len(document["paths"]), 20)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if path == "/api/v1/stream":
                    self.assertEqual(self.system.service("gateway", path).status, 426)
                    continue
                values = {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "trade", "interval": "1m"}
                parameters = [p for p in operation.get("parameters", []) if p["in"] == "query"]
                # One symbol or several are needed where several are possible.
                several = any(p["name"] == "symbols" for p in parameters)
                query = "&".join(f'{p["name"]}={values[p["name"]]}' for p in parameters
                                 if p["required"] or several and p["name"] in ("exchange", "symbol"))
                answer = self.system.service("gateway", f'{path.replace("{id}", "nobody")}?{query}', method.upper(),
                                             b"" if method == "post" else None)
                expected = (400, 404) if method == "post" else (404,) if "{id}" in path else (200,)
                self.assertIn(answer.status, expected, f"{method} {path}: {answer.body[:200]}")
                self.assertIn(str(answer.status), {**operation["responses"]}, f"{method} {path}")

    def test_a_wrong_parameter_is_named(self):
        for path, name in (
                ("trades?exchange=binance", "symbol"), ("trades?symbol=BTC-USDT", "exchange"),
                (f"trades?{SERIES}&limit=0", "limit"), (f"trades?{SERIES}&limit=10001", "limit"),
                (f"trades?{SERIES}&limit=-1", "limit"), (f"trades?{SERIES}&limit=1e3", "limit"),
                (f"trades?{SERIES}&limit=", "limit"), (f"trades?{SERIES}&limit=99999999999999999999", "limit"),
                (f"trades?{SERIES}&start=yesterday", "start"), (f"trades?{SERIES}&start=", "start"),
                (f"trades?{SERIES}&start=2026-02-30T00:00:00Z", "start"), (f"trades?{SERIES}&end=1e99", "end"),
                (f"trades?{SERIES}&start=2000&end=1000", "end"), (f"trades?{SERIES}&cursor=nonsense", "cursor"),
                (f"trades?{SERIES}&cursor=", "cursor"), (f"candles?{SERIES}", "interval"),
                (f"candles?{SERIES}&interval=7x", "interval"), (f"klines?{SERIES}&interval=0m", "interval"),
                (f"candles?{SERIES}&interval=0t", "interval"), (f"candles?{SERIES}&interval=0v", "interval"),
                (f"trades?{SERIES}&symbols=ETH-USDT", "symbols"), ("trades?exchange=binance&symbols=A,,B", "symbols"),
                ("trades?symbols=BTC-USDT", "exchange"), (f"trades?{SERIES}&every=0s", "every"),
                (f"trades?{SERIES}&every=fast", "every"), (f"events?{SERIES}&data_type=book_delta&every=1s", "every"),
                (f"orderbook?{SERIES}&depth=10001", "depth"), (f"orderbook?{SERIES}&at=never", "at"),
                (f"trades?{SERIES}&market=moon", "market"), (f"events?{SERIES}&data_type=gossip", "data_type"),
                (f"events?{SERIES}", "data_type"), (f"events?{SERIES}&data_type=trade&interval=1m", "interval"),
                (f"trades?{SERIES}&colour=red", "colour"), (f"trades?{SERIES}&limit=1&limit=2", "limit"),
                (f"trades?{SERIES}&limit=%zz", "limit"), ("tasks?status=odd", "status")):
            answer = self.ask(path)
            self.assertEqual(answer.status, 400, f"{path}: {answer.body}")
            self.assertEqual(answer.json()["error"]["details"].get("parameter"), name, f"{path}: {answer.body}")

    def test_an_unknown_instrument_is_404(self):
        for route in ("trades?", "orderbook?", "bbo?", "candles?interval=1m&", "coverage?", "klines?interval=1m&"):
            answer = self.ask(f"{route}exchange=binance&symbol=NOPE-USDT")
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (404, "NOT_FOUND"), route)

    def test_an_empty_interval_is_no_error(self):
        start, _ = self.closed()
        answer = self.ask(f"trades?{SERIES}&start={start}&end={start}")
        self.assertEqual((answer.status, answer.json()["data"]), (200, []))

    def test_routes_that_spot_data_cannot_fill_are_empty(self):
        for route in ("funding-rates", "open-interest", "liquidations", "mark-prices"):
            answer = self.ask(f"{route}?{SERIES}")
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual((answer.json()["data"], answer.json()["next_cursor"]), ([], None), route)
            self.assertIn("complete", answer.json()["coverage"], route)

    def test_a_task_is_shown_until_it_is_done(self):
        answer = self.ask("tasks", "POST", {"kind": "retention", "payload": {"older_than": "3650d"}})
        self.assertEqual(answer.status, 200, answer.body)
        task = answer.json()["data"]["task_id"]
        done = eventually("the task is done", lambda: (
            lambda data: data if data["status"] == "succeeded" else None)(self.ask(f"tasks/{task}").json()["data"]))
        self.assertEqual((done["id"], done["kind"]), (task, "retention"))
        nobody = self.ask("tasks/nobody")
        self.assertEqual((nobody.status, nobody.json()["error"]["message"]), (404, "there is no task 'nobody'"))

    def test_a_member_that_nobody_knows_is_refused_by_its_name(self):
        instrument = {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT"}
        for path, body, name in (
                ("tasks", {"kind": "retention", "priorty": "low"}, "priorty"),
                ("tasks", {"kind": "retention", "timeout": "soon"}, "timeout"),
                ("tasks", {"kind": "retention", "timeout": 5}, "timeout"),
                ("tasks", {"kind": "retention", "timeout": "31d"}, "timeout"),
                ("instruments", {"instruments": [instrument], "types": ["trade"]}, "types"),
                ("instruments", {"instruments": [{**instrument, "colour": "red"}]}, "colour"),
                ("instruments/remove", {"instruments": [instrument], "data_types": ["trade"]}, "data_types")):
            answer = self.ask(path, "POST", body)
            self.assertEqual(answer.status, 400, f"{path}: {answer.body}")
            self.assertEqual(answer.json()["error"]["details"].get("parameter"), name, f"{path}: {answer.body}")
        stream = WebSocket(self.port, "/api/v1/stream")
        series = {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "trade"}
        for frame, name in (({"series": [series], "form": "2026-11-20T00:00:00Z"}, "form"),
                            ({"series": [{**series, "depth": 5}]}, "depth")):
            stream.send({"op": "subscribe", "id": "1", **frame})
            refused = stream.receive()
            self.assertEqual((refused["type"], refused["code"]), ("error", "INVALID_ARGUMENT"))
            self.assertTrue(refused["message"].startswith(f"{name}: "), refused)
        stream.close()

    def test_a_value_that_no_enum_has_is_refused_by_its_field(self):
        client = self.market_data()
        mode = pb["market_data"].SubscribeRequest(series=[MarketData.series("BTC-USDT", "trade")], mode=7)
        for field, call in (
                ("layout", lambda: list(client.query_events("BTC-USDT", "trade", limit=1, layout=9))),
                ("mode", lambda: next(client._stream("Subscribe", mode, pb["market_data"].SubscribeResponse)))):
            with self.assertRaises(grpc.RpcError) as refused:
                call()
            self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
            self.assertTrue(refused.exception.details().startswith(f"{field}: "), refused.exception.details())

    def test_every_answer_carries_its_headers(self):
        for path in (f"trades?{SERIES}&limit=1", "trades", f"trades?{SERIES}&limit=0", "nowhere", "version", "tasks/nobody"):
            answer = self.ask(path)
            for name in ALWAYS + LIMITS:
                self.assertTrue(answer.headers[name], f"{path}: {name}")
        stream = WebSocket(self.port, "/api/v1/stream")
        self.assertIn(b"101", stream.status)
        for name in ALWAYS + LIMITS:
            self.assertTrue(stream.headers.get(name.lower()), name)
        stream.close()
        for path in ("/health", "/health/live", "/health/ready", "/metrics"):
            answer = self.system.service("gateway", path)
            self.assertIsNone(answer.headers["X-RateLimit-Limit"], path)
            self.assertTrue(answer.headers["X-Request-Id"], path)

    def test_a_request_keeps_its_own_id(self):
        answer = self.ask("version", headers={"X-Request-Id": "mine-1"})
        self.assertEqual(answer.headers["X-Request-Id"], "mine-1")
        answer = self.ask("version", headers={"X-Request-Id": "a b\t<script>"})
        self.assertNotIn("<", answer.headers["X-Request-Id"])

    def test_what_is_no_request_gets_the_same_error_and_is_counted(self):
        host = b"Host: x\r\n"
        big = b"POST /api/v1/tasks HTTP/1.1\r\n" + host + b"Content-Length: 2000000\r\n\r\n" + b"x" * 2000000
        for request, status in (
                (b"NONSENSE\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\n" + host + b"X: " + b"y" * 20000 + b"\r\n\r\n", 431), (big, 413),
                (b"GET / HTTP/3.1\r\n" + host + b"\r\n", 505)):
            before = self.count('endpoint="unknown"', f'status="{status}"')
            got, headers, body = raw(self.port, request)
            self.assertEqual(got, status, request[:60])
            for name in ALWAYS + LIMITS:
                self.assertTrue(headers.get(name.lower()), f"{status}: {name}")
            error = json.loads(body)["error"]
            self.assertTrue(error["code"] and error["message"] and error["details"] == {}, body)
            self.assertGreater(self.count('endpoint="unknown"', f'status="{status}"'), before, status)

    def test_half_a_request_is_408(self):
        status, headers, body = raw(self.port, b"GET /api/v1/version HTTP/1.1\r\nHost", wait=20)
        self.assertEqual(status, 408)
        self.assertTrue(headers["x-request-id"])
        self.assertEqual(json.loads(body)["error"]["code"], "REQUEST_TIMEOUT")

    def test_other_methods_are_told_which_there_are(self):
        answer = self.ask("trades", "DELETE")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(answer.json()["error"]["code"], "METHOD_NOT_ALLOWED")
        self.assertEqual(self.ask("tasks", "PUT", b"{}").headers["Allow"], "GET, HEAD, POST, OPTIONS")
        options = self.ask("tasks", "OPTIONS")
        self.assertEqual((options.status, options.headers["Allow"]), (204, "GET, HEAD, POST, OPTIONS"))
        whole, head = self.ask("version"), self.ask("version", "HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.headers["Content-Length"], str(len(whole.body)))
        self.assertGreater(self.count('method="DELETE"', 'endpoint="/api/v1/trades"', 'status="405"'), 0)

    def test_unknown_paths_do_not_fill_the_metrics(self):
        before = self.count('endpoint="unknown"', 'status="404"')
        for path in ("a", "b", "c/d"):
            answer = self.ask(path)
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (404, "NOT_FOUND"))
        self.assertEqual(self.count('endpoint="unknown"', 'status="404"'), before + 3)

    def test_grpc_calls_are_counted_and_keep_their_trace(self):
        client = self.market_data()
        before = self.count('method="grpc"', 'endpoint="GetBbo"', 'status="OK"')
        client.get_bbo("BTC-USDT")
        with self.assertRaises(grpc.RpcError):
            client.get_bbo("NOPE-USDT")
        self.assertEqual(self.count('method="grpc"', 'endpoint="GetBbo"', 'status="OK"'), before + 1)
        self.assertGreater(self.count('method="grpc"', 'endpoint="GetBbo"', 'status="NOT_FOUND"'), 0)
        seconds = self.system.metric("gateway", "api_request_duration_seconds_count",
                                     lambda line: 'endpoint="GetBbo"' in line)
        self.assertGreaterEqual(seconds, before + 2)
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        request = pb["query"].GetBboRequest(instrument=client.series("BTC-USDT", "bbo").instrument)
        call = client.channel.unary_unary("/marketprism.v1.MarketDataService/GetBbo",
                                          pb["query"].GetBboRequest.SerializeToString,
                                          pb["query"].GetBboResponse.FromString)
        _, call = call.with_call(request, timeout=10, metadata=[("traceparent", f"00-{trace}-00f067aa0ba902b7-01")])
        trailers = dict(call.trailing_metadata())
        self.assertIn(trace, trailers["traceparent"])
        self.assertIn("x-ratelimit-remaining", trailers)

    def test_a_trace_is_continued_and_names_slow_calls(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01", "X-Request-Id": "slow-one"}
        answer = self.ask("version", headers=headers)
        self.assertIn(trace, answer.headers["traceparent"])
        self.assertNotIn("b7ad6b7169203331", answer.headers["traceparent"], "a span of our own")
        storage = self.system.processes["storage"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            storage.signal(SIGSTOP)
            try:
                slow = pool.submit(self.ask, f"trades?{SERIES}&limit=7", headers=headers)
                called = pool.submit(self.market_data().get_coverage, "BTC-USDT", "trade")
                began = time.monotonic()
                eventually("longer than what counts as slow", lambda: time.monotonic() - began > 1.5)
            finally:
                storage.signal(SIGCONT)
            self.assertEqual(slow.result().status, 200)
            called.result()
        log = self.system.processes["gateway"].log
        def logged():
            lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
            return any(line["msg"] == "slow request" and line["trace_id"] == trace and line["request_id"] == "slow-one"
                       for line in lines) and any(line["msg"] == "slow call" and line["name"] == "GetCoverage"
                                                  and len(line["trace_id"]) == 32 for line in lines)
        eventually("both slow ones are in the log", logged, 10)

    def test_a_post_with_a_key_happens_once(self):
        body = {"kind": "retention", "payload": {"older_than": "3650d"}}
        trace = "0af7651916cd43dd8448eb211c80319c"
        key = {"Idempotency-Key": f"once-{time.time_ns()}", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
        first, repeat = self.ask("tasks", "POST", body, key), self.ask("tasks", "POST", body, key)
        self.assertEqual((first.status, repeat.status), (200, 200), repeat.body)
        self.assertEqual(first.body, repeat.body)
        self.assertIsNone(first.headers["Idempotency-Replayed"])
        self.assertEqual(repeat.headers["Idempotency-Replayed"], "true")
        other = self.ask("tasks", "POST", {**body, "priority": "low"}, key)
        self.assertEqual(other.status, 409, other.body)
        for answer in (first, repeat, other):
            self.assertIn(trace, answer.headers["traceparent"])
        self.assertEqual(self.ask("tasks", "POST", body, {"Idempotency-Key": "x" * 300}).status, 400)
        without = self.ask("tasks", "POST", body)
        self.assertNotEqual(without.body, first.body)

    def test_what_had_no_effect_is_tried_again_under_its_key(self):
        key = {"Idempotency-Key": f"nobody-{time.time_ns()}"}
        for _ in range(2):
            answer = self.ask("tasks/nobody/cancel", "POST", b"", key)
            self.assertEqual((answer.status, answer.headers["Idempotency-Replayed"]), (404, None), answer.body)

    def test_who_shows_a_revoked_key_gets_no_new_subscription(self):
        made = keys(self.system, "create", "--name", "leaver", "--role", "reader")
        key = {"X-API-Key": made["key"]}
        eventually("the key is known", lambda: self.ask("version", headers=key).status == 200)
        stream = WebSocket(self.port, "/api/v1/stream", key, timeout=30)
        self.assertIn(b"101", stream.status)
        keys(self.system, "revoke", made["id"])
        eventually("the key is gone", lambda: self.ask("version", headers=key).status == 401)
        stream.send({"op": "subscribe", "id": "late", "series": [
            {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "ticker"}]})
        self.assertEqual(stream.receive()["code"], "UNAUTHENTICATED")
        with self.assertRaises(Closed) as ended:
            stream.receive()
        self.assertEqual(ended.exception.code, 1008)
        stream.close()
        eventually("no key is needed any more", lambda: self.ask("version").status == 200)

    def test_a_connection_has_room_for_64_subscriptions(self):
        def open_ones():
            return self.system.metric("gateway", "marketprism_live_subscriptions")
        eventually("those of other tests are gone", lambda: open_ones() == 0)
        stream = WebSocket(self.port, "/api/v1/stream")
        def tell(op, number):
            stream.send({"op": op, "id": str(number), "series": [
                {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "kline"}]})
            return next(m for m in iter(stream.receive, None) if m["id"] == str(number) and m["type"] in ("ack", "error"))
        for number in range(64):
            self.assertEqual(tell("subscribe", number)["type"], "ack")
        for _ in range(3):
            refused = tell("subscribe", 64)
            self.assertEqual((refused["type"], refused["code"]), ("error", "RESOURCE_EXHAUSTED"))
        self.assertEqual(open_ones(), 64)
        self.assertEqual(tell("unsubscribe", 0)["op"], "unsubscribe")
        eventually("its place is free", lambda: tell("subscribe", 64)["type"] == "ack", 5)
        self.assertEqual(open_ones(), 64)
        stream.close()
        eventually("all are gone with their connection", lambda: open_ones() == 0)

    def test_what_it_counts_is_shown(self):
        text = self.system.service("gateway", "/metrics").body.decode()
        for name in ("marketprism_live_read_total", "marketprism_live_overflows_total", "marketprism_live_conflated_total",
                     "marketprism_websocket_undecodable_total", "marketprism_http_connections_refused_total",
                     "marketprism_http_protocol_errors_total", "marketprism_rpc_calls_refused_total",
                     "marketprism_tasks_failed_total", "marketprism_dead_letters_dropped_total", "marketprism_cache_bytes"):
            self.assertIn(f"\n{name}", text)

    def test_a_repeat_of_what_is_under_way_is_a_conflict(self):
        body = {"kind": "retention", "payload": {"older_than": "3650d"}}
        key = {"Idempotency-Key": f"flying-{time.time_ns()}"}
        scheduler = self.system.processes["scheduler"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            scheduler.signal(SIGSTOP)
            try:
                both = [pool.submit(self.ask, "tasks", "POST", body, key) for _ in range(2)]
                done, working = concurrent.futures.wait(both, 8, concurrent.futures.FIRST_COMPLETED)
            finally:
                scheduler.signal(SIGCONT)
            self.assertEqual((len(done), len(working)), (1, 1))
            repeat, first = done.pop().result(), working.pop().result()
        self.assertEqual((repeat.status, first.status), (409, 200), repeat.body + first.body)
        later = self.ask("tasks", "POST", body, key)
        self.assertEqual((later.status, later.body), (200, first.body))

    def test_a_gap_of_the_venue_reaches_its_subscribers(self):
        stream = WebSocket(self.port, "/api/v1/stream", timeout=30)
        stream.send({"op": "subscribe", "id": "1", "series": [
            {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT", "data_type": "book_delta"}]})
        self.assertEqual(stream.receive()["type"], "ack")
        subscription = self.market_data().subscribe([MarketData.series("BTC-USDT", "book_delta")])
        next(subscription)
        self.assertEqual(self.system.sim("fault", "POST", {"kind": "drop_delta", "symbol": "BTCUSDT", "count": 1}).status,
                         200)
        gap = next(message for message in iter(stream.receive, None) if message["type"] == "gap")
        self.assertEqual((gap["exchange"], gap["market"], gap["symbol"], gap["data_type"]),
                         ("binance", "spot", "BTC-USDT", "book_delta"))
        self.assertEqual(gap["state"], "open")
        self.assertTrue(gap["reason"])
        self.assertLess(gap["from"], gap["to"])
        over_grpc = next(answer.gap for answer in subscription if answer.HasField("gap"))
        subscription.cancel()
        self.assertEqual(over_grpc.series.instrument.symbol, "BTC-USDT")
        self.assertGreater(over_grpc.gap.to_ts, over_grpc.gap.from_ts)
        self.assertEqual(over_grpc.gap.reason, gap["reason"])

    def test_a_book_may_be_conflated(self):
        stream = WebSocket(self.port, "/api/v1/stream")
        stream.send({"op": "subscribe", "id": "c", "mode": "conflate", "series": [
            {"exchange": "binance", "symbol": "ETH-USDT", "data_type": "book_delta"}]})
        deltas = []
        while len(deltas) < 20:
            message = stream.receive()
            self.assertNotEqual(message["type"], "error", message)
            if message["type"] == "event":
                deltas.append(message["data"])
        for before, after in zip(deltas, deltas[1:]):
            self.assertEqual(int(after["first_update_id"]), int(before["last_update_id"]) + 1)


class GatewayAlone(unittest.TestCase):
    """A broker and a gateway; what it answers by itself."""

    def start(self, **settings):
        system = System(settings={"gateway": settings})
        self.addCleanup(system.__exit__, None, None, None)
        system.start_nats()
        system.start_service("gateway")
        return system

    def test_who_asks_too_much_is_told_when_to_come_back(self):
        system = self.start(**{"limits.anonymous": 5, "limits.per_key": 5})
        answers = [system.service("gateway", "/api/v1/version") for _ in range(8)]
        self.assertEqual([a.status for a in answers][:5], [200] * 5)
        self.assertEqual([a.status for a in answers][6:], [429] * 2)
        self.assertEqual([int(a.headers["X-RateLimit-Remaining"]) for a in answers][:5], [4, 3, 2, 1, 0])
        for answer in answers:
            self.assertEqual(answer.headers["X-RateLimit-Limit"], "5")
        refused = answers[-1]
        self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
        self.assertEqual(refused.json()["error"]["code"], "RESOURCE_EXHAUSTED")
        for path in ("/health", "/metrics", "/health/ready"):
            self.assertEqual(system.service("gateway", path).status, 200, "exempt")
        with self.assertRaises(grpc.RpcError) as thrown:
            MarketData(f'{HOST}:{system.grpc_port["gateway"]}').list_instruments()
        self.assertEqual(thrown.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.frames_count_too(system)
        key = keys(system, "create", "--name", "other", "--role", "reader")["key"]
        eventually("a user of their own has limits of their own", lambda: system.service(
            "gateway", "/api/v1/version", headers={"X-API-Key": key}).status == 200, 10)

    def frames_count_too(self, system):
        key = keys(system, "create", "--name", "frames", "--role", "reader")["key"]
        def opened():
            stream = WebSocket(system.http_port["gateway"], "/api/v1/stream", {"X-API-Key": key})
            return stream if b"101" in stream.status else None
        stream = eventually("the key is known", opened, 10)
        codes = []
        for number in range(6):
            stream.send({"op": "unsubscribe", "id": str(number)})
            codes.append(stream.receive()["code"])
        stream.close()
        self.assertEqual((codes[0], codes[-1]), ("NOT_FOUND", "RESOURCE_EXHAUSTED"), codes)

    def test_beyond_loopback_a_key_is_needed_and_made_once(self):
        system = self.start(**{"http.host": "0.0.0.0", "grpc.host": "0.0.0.0"})
        gateway = system.processes["gateway"]
        printed = [word for line in gateway.log.read_text().splitlines() if "not shown again" in line
                   for word in line.split() if word.startswith("mp_")]
        self.assertEqual(len(printed), 1, gateway.tail())
        key = printed[0]
        kept = (system.folder / "keys.json").read_text()
        self.assertNotIn(key.rsplit("_", 1)[1], kept, "only a hash is kept")
        refused = system.service("gateway", "/api/v1/version")
        self.assertEqual((refused.status, refused.headers["WWW-Authenticate"]), (401, "Bearer"))
        self.assertEqual(system.service("gateway", "/api/v1/version", headers={"X-API-Key": key[:-1] + "x"}).status, 401)
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"bearer {key}"}):
            self.assertEqual(system.service("gateway", "/api/v1/version", headers=headers).status, 200)
        self.assertEqual(system.service("gateway", "/health").status, 200, "probes need no key")
        with self.assertRaises(grpc.RpcError) as thrown:
            MarketData(f'{HOST}:{system.grpc_port["gateway"]}').list_instruments()
        self.assertEqual(thrown.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        gateway.terminate()
        system.start_service("gateway")
        self.assertEqual(gateway.log.read_text().count("not shown again"), 1)
        self.assertEqual(system.service("gateway", "/api/v1/version", headers={"X-API-Key": key}).status, 200)
        self.roles(system, key)

    def roles(self, system, admin):
        made = {role: keys(system, "create", "--name", role, "--role", role)["key"] for role in ("reader", "operator")}
        made["admin"] = admin
        eventually("the new keys are known", lambda: all(system.service(
            "gateway", "/api/v1/version", headers={"X-API-Key": key}).status == 200 for key in made.values()), 10)
        for role, key in made.items():
            answer = system.service("gateway", "/api/v1/tasks", "POST", {"kind": "retention"}, {"X-API-Key": key})
            # There is no scheduler: who may ask learns that.
            self.assertEqual(answer.status, 403 if role == "reader" else 503, f"{role}: {answer.body}")

    def test_a_start_that_fails_makes_no_key(self):
        system = System(settings={"gateway": {"http.host": "0.0.0.0", "grpc.host": "0.0.0.0"}})
        self.addCleanup(system.__exit__, None, None, None)
        for taken in (system.http_port["gateway"], system.grpc_port["gateway"]):
            with socket.create_server(("0.0.0.0", taken)):
                system.start_service("gateway", wait=False)
                gateway = system.processes["gateway"]
                eventually("it has given up", lambda: not gateway.running(), 20)
            self.assertIn("in use", gateway.log.read_text())
            self.assertNotIn("not shown again", gateway.log.read_text())
            self.assertFalse((system.folder / "keys.json").exists())

    def test_a_page_of_somebody_else_cannot_command_a_gateway_without_keys(self):
        system = self.start()
        port = system.http_port["gateway"]
        # There is no scheduler: who may ask learns that.
        def post(headers):
            return system.service("gateway", "/api/v1/tasks", "POST", {"kind": "retention"}, headers).status
        def upgrade(headers):
            stream = WebSocket(port, "/api/v1/stream", headers)
            stream.close()
            return int(stream.status.split()[1])
        for origin in ("http://evil.example", "null", f"http://127.evil.example:{port}"):
            refused = system.service("gateway", "/api/v1/jobs/retention/run", "POST", b"", {"Origin": origin})
            self.assertEqual((refused.status, refused.json()["error"]["code"]), (403, "PERMISSION_DENIED"), refused.body)
            self.assertIn("Origin", refused.json()["error"]["message"])
            self.assertEqual(post({"Origin": origin}), 403)
            self.assertEqual(upgrade({"Origin": origin}), 403)
        for origin in ("http://localhost:3000", f"http://{HOST}:{port}"):
            self.assertEqual((post({"Origin": origin}), upgrade({"Origin": origin})), (503, 101), origin)
        for host, status in (("evil.example", 403), (f"127.evil.example:{port}", 403), ("localhost", 200), ("[::1]:1", 200)):
            answer = system.service("gateway", "/api/v1/version", headers={"Host": host})
            self.assertEqual(answer.status, status, host)
            self.assertEqual(system.service("gateway", "/health", headers={"Host": host}).status, 200, "probes may")
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = system.service("gateway", "/api/v1/tasks", "POST", b'{"kind":"retention"}', {"Content-Type": kind})
            self.assertEqual((answer.status, answer.json()["error"]["code"]), (415, "INVALID_ARGUMENT"))
        key = keys(system, "create", "--name", "page", "--role", "operator")["key"]
        foreign = {"X-API-Key": key, "Origin": "http://evil.example", "Host": "gateway.example"}
        eventually("who shows a key may come from anywhere", lambda: post(foreign) == 503, 10)

    def test_insecure_warns_at_every_start(self):
        system = self.start(**{"http.host": "0.0.0.0", "auth.insecure": "true"})
        gateway = system.processes["gateway"]
        self.assertEqual(system.service("gateway", "/api/v1/version").status, 200)
        self.assertFalse((system.folder / "keys.json").exists())
        gateway.terminate()
        system.start_service("gateway")
        warnings = [line for line in gateway.log.read_text().splitlines() if "insecure" in line and "warn" in line.lower()]
        self.assertEqual(len(warnings), 2, gateway.tail())

    def test_a_wrong_url_of_an_upstream_is_refused(self):
        run = subprocess.run([BIN / "mp-gateway", "--config-dir", pathlib.Path(__file__).resolve().parents[2] /
                              "services/gateway/config", "--check-config", "--set", "upstream.storage_url=ftp://x"],
                             capture_output=True, text=True, timeout=20)
        self.assertEqual(run.returncode, 2, run.stdout)
        self.assertIn("storage_url", run.stdout + run.stderr)


    def test_a_limit_that_nobody_can_count_is_refused_by_its_name(self):
        config = pathlib.Path(__file__).resolve().parents[2] / "services/gateway/config"
        for name in ("anonymous", "per_key", "control", "global"):
            run = subprocess.run([BIN / "mp-gateway", "--config-dir", config, "--check-config", "--set",
                                  f"limits.{name}=100000000000"], capture_output=True, text=True, timeout=20)
            self.assertEqual(run.returncode, 2, run.stdout)
            self.assertIn(f"limits.{name}", run.stdout + run.stderr)
        system = self.start(**{"limits.anonymous": 1_000_000_000, "limits.global": 1_000_000_000})
        answer = system.service("gateway", "/api/v1/version")
        self.assertEqual((answer.status, answer.headers["X-RateLimit-Limit"]), (200, "1000000000"))


class OutcomeTest(unittest.TestCase):
    """The broker stops while a POST is under way: nobody knows whether it happened."""

    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start_nats()
        for name in ("scheduler", "gateway"):
            cls.system.start_service(name)

    def reserved(self):
        return self.system.metric("gateway", "marketprism_idempotent_requests_total", lambda line: '"reserved"' in line)

    def post(self, path, body, key):
        return self.system.service("gateway", f"/api/v1/{path}", "POST", body, {"Idempotency-Key": key})

    def post_without_outcome(self, path, body, key):
        """The answer to a POST whose key is reserved before, and whose task is queued after the broker has stopped."""
        before, scheduler, nats = self.reserved(), self.system.processes["scheduler"], self.system.processes["nats"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            scheduler.signal(SIGSTOP)
            try:
                asked = pool.submit(self.post, path, body, key)
                eventually("the key is reserved", lambda: self.reserved() > before)
                nats.signal(SIGSTOP)
                scheduler.signal(SIGCONT)
                return asked.result()
            finally:
                scheduler.signal(SIGCONT)
                nats.signal(SIGCONT)

    def test_a_repeat_after_an_unknown_outcome_is_the_same_task(self):
        kind = f"once-{time.time_ns()}"
        for path, body, wanted in (("tasks", {"kind": kind}, lambda row: row["kind"] == kind),
                                   ("jobs/retention/run", b"", lambda row: row["origin"] == "job:retention@now")):
            key = f"unknown-{time.time_ns()}"
            first = self.post_without_outcome(path, body, key)
            self.assertIn(first.status, (503, 504), first.body)
            def answered():
                answer = self.post(path, body, key)
                return answer if answer.status == 200 else None
            repeat = eventually("the repeat is answered", answered, 60)
            rows = [row["id"] for row in self.system.get("tasks")["data"] if wanted(row)]
            self.assertEqual(rows, [repeat.json()["data"]["task_id"]], path)


class SlowClientTest(GatewayCase):
    """Clients that are there and do nothing."""

    services = ("storage", "collector", "gateway")
    settings = {"gateway": {"live.write_timeout": "1s", "live.ping_every": "1s", "live.max_connections": 2}}
    rate = 5000

    def streams(self):
        return self.system.metric("gateway", "marketprism_http_websockets")

    def test_who_reads_no_answer_is_cut_off(self):
        def stored():
            rows = self.system.metric("storage", "marketprism_messages_total", lambda line: '"trade"' in line)
            return rows > 50_000
        eventually("there is much to read", stored, 60)
        channel = grpc.insecure_channel(f'{HOST}:{self.system.grpc_port["gateway"]}', options=[
            ("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 65536)])
        asked = channel.unary_stream("/marketprism.v1.MarketDataService/QueryEvents",
                                     pb["query"].QueryEventsRequest.SerializeToString, pb["query"].EventChunk.FromString)
        call = asked(pb["query"].QueryEventsRequest(series=MarketData.series("BTC-USDT", "trade"), start=0))
        subscribed = channel.unary_stream("/marketprism.v1.MarketDataService/Subscribe",
                                          pb["market_data"].SubscribeRequest.SerializeToString,
                                          pb["market_data"].SubscribeResponse.FromString)
        request = pb["market_data"].SubscribeRequest(series=[MarketData.series("BTC-USDT", "trade")])
        setattr(request, "from", 0)
        live = subscribed(request)
        for method in ("QueryEvents", "Subscribe"):
            eventually(f"{method} is ended", lambda: self.count(
                'method="grpc"', f'endpoint="{method}"', 'status="RESOURCE_EXHAUSTED"') > 0, 30)
        self.assertEqual(self.system.metric("gateway", "marketprism_live_subscriptions"), 0)
        self.assertEqual(self.system.metric("gateway", "marketprism_bulkhead_running",
                                            lambda line: "data-storage-service-relays" in line), 0)
        call.cancel()
        live.cancel()
        channel.close()

    def test_who_does_not_answer_a_ping_is_cut_off(self):
        eventually("nobody is there", lambda: self.streams() == 0)
        answering, mute = (WebSocket(self.port, "/api/v1/stream") for _ in range(2))
        for stream in (answering, mute):
            stream.send({"op": "subscribe", "id": "1", "series": [
                {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "funding_rate"}]})
            self.assertEqual(stream.receive()["type"], "ack")
        self.assertEqual(self.streams(), 2)
        third = WebSocket(self.port, "/api/v1/stream")
        self.assertEqual(third.stream.read(2)[0], 0x88, "there is no room for a third")
        third.close()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            reading = pool.submit(lambda: next(m for m in iter(answering.receive, None) if m["type"] == "error"))
            eventually("the mute one is cut off", lambda: self.streams() == 1, 10)
            began = time.monotonic()
            eventually("some pings later", lambda: time.monotonic() - began > 4)
            self.assertEqual(self.streams(), 1, "who answers stays")
            answering.send({"op": "unsubscribe", "id": "nobody"})
            reading.result(10)
        answering.close()
        mute.close()

    @staticmethod
    def read_to_the_end(stream, said):
        """Why the other side closed it; what it said before goes into `said`."""
        try:
            while True:
                said.append(stream.receive())
        except Closed as closed:
            return closed.code

    def test_a_revoked_key_keeps_no_stream(self):
        made = keys(self.system, "create", "--name", "leaver", "--role", "reader")
        key = {"X-API-Key": made["key"]}
        eventually("the key is known", lambda: self.ask("version", headers=key).status == 200)
        eventually("nobody is there", lambda: self.streams() == 0)
        live = self.market_data(made["key"]).subscribe([MarketData.series("BTC-USDT", "ticker")])
        self.assertTrue(next(live).token)
        wanted = {"op": "subscribe", "id": "1", "series": [
            {"exchange": "binance", "symbol": "BTC-USDT", "data_type": "ticker"}]}
        said = []
        with concurrent.futures.ThreadPoolExecutor() as pool:
            subscribed, idle = (WebSocket(self.port, "/api/v1/stream", key, timeout=30) for _ in range(2))
            closed = [pool.submit(self.read_to_the_end, subscribed, said), pool.submit(self.read_to_the_end, idle, [])]
            subscribed.send(wanted)
            eventually("events flow", lambda: any(m["type"] == "event" for m in list(said)))
            keys(self.system, "revoke", made["id"])
            self.assertEqual([end.result(40) for end in closed], [1008, 1008])
        self.assertEqual((said[-1]["type"], said[-1]["code"]), ("error", "UNAUTHENTICATED"), said[-1])
        with self.assertRaises(grpc.RpcError) as ended:
            for _ in live:
                pass
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
        for stream in (subscribed, idle):
            stream.close()
        eventually("no key is needed any more", lambda: self.ask("version").status == 200)
        eventually("there is room", lambda: self.streams() == 0)
        again = WebSocket(self.port, "/api/v1/stream", timeout=30)
        again.send({**wanted, "token": said[-1]["token"]})
        self.assertEqual(next(m for m in iter(again.receive, None) if m["type"] != "ack")["type"], "event")
        again.close()

    def test_subscribers_do_not_hold_up_the_end(self):
        subscription = self.market_data().subscribe([MarketData.series("BTC-USDT", "trade")])
        token = next(subscription).token
        began = time.monotonic()
        self.assertEqual(self.system.processes["gateway"].terminate(), 0)
        self.assertLess(time.monotonic() - began, 5)
        with self.assertRaises(grpc.RpcError) as ended:
            for answer in subscription:
                token = answer.token or token
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn("token", ended.exception.details())
        self.system.start_service("gateway")
        again = self.market_data().subscribe([MarketData.series("BTC-USDT", "trade")], token=token)
        self.assertTrue(next(again).token)
        again.cancel()


class AwayTest(GatewayCase):
    services = ("storage", "collector", "gateway")
    settings = {"gateway": {"upstream.open_for": "2s"}}

    def test_without_the_store_live_and_cached_answers_go_on_degraded(self):
        start, end = self.closed()
        kept = f"trades?{SERIES}&start={start}&end={end}"
        by_venue = "trades?exchange=binance&symbol=BTCUSDT&limit=9"
        edge = f"trades?{SERIES}&limit=5"
        eventually("the interval is settled, and so kept", lambda: time.time_ns() - ns(end) > 11_000_000_000)
        before = self.ask(kept).json()
        self.assertEqual(self.ask(edge).status, 200)
        self.assertEqual(self.ask(by_venue).status, 200)
        self.assertNotIn("degraded", self.ask(f"bbo?{SERIES}").json())
        self.system.processes["storage"].kill()
        def noticed():
            return self.ask(f"bbo?{SERIES}").json().get("degraded") is True
        eventually("the best quote is served degraded", noticed, 10)
        first = self.ask(f"bbo?{SERIES}").json()["data"]
        eventually("and is live", lambda: self.ask(f"bbo?{SERIES}").json()["data"] != first, 10)
        self.assertTrue(self.market_data().get_bbo("BTC-USDT").degraded)
        answer = self.ask(kept).json()
        self.assertEqual((answer["data"], answer["degraded"]), (before["data"], True))
        last = self.ask(edge)
        self.assertEqual((last.status, last.json()["degraded"]), (200, True), "its last answer")
        otherwise = self.ask(f"trades?{SERIES}&market=spot&limit=9")
        self.assertEqual((otherwise.status, otherwise.json()["degraded"]), (200, True), "asked under its other name")
        self.assertEqual(self.ask(f"{kept}&format=csv").status, 503, "never asked before")
        for path in (f"trades?{SERIES}&limit=6", f"candles?interval=1s&limit=7&{SERIES}", f"coverage?{SERIES}"):
            refused = self.ask(path)
            self.assertEqual(refused.status, 503, f"{path}: {refused.body}")
            self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
            self.assertEqual(refused.json()["error"]["code"], "UNAVAILABLE")
        def degraded():
            health = self.system.service("gateway", "/health")
            return health.status == 200 and health.json()["status"] == "degraded"
        eventually("/health says so", degraded, 10)
        stream = WebSocket(self.port, "/api/v1/stream")
        stream.send({"op": "subscribe", "id": "1", "series": [
            {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT", "data_type": "trade"}]})
        self.assertEqual(next(m for m in iter(stream.receive, None) if m["type"] == "event")["data"]["symbol"], "BTC-USDT")
        stream.close()
        self.restart_gateway_meanwhile()
        self.system.start_service("storage")
        def recovered():
            fresh = self.ask(edge)
            return fresh.status == 200 and "degraded" not in fresh.json() \
                and "degraded" not in self.ask(f"bbo?{SERIES}").json()
        eventually("everything is answered again", recovered, 20)

    def test_a_store_that_hangs_is_not_waited_for_to_the_end(self):
        """Its question would take 10 s and be a 504; the registry knows before."""
        edge = f"trades?{SERIES}&limit=8"
        eventually("the store answers", lambda: "degraded" not in self.ask(edge).json(), 20)
        storage = self.system.processes["storage"]
        storage.signal(SIGSTOP)
        try:
            unknown, kept = self.ask(f"trades?{SERIES}&limit=12"), self.ask(edge)
        finally:
            storage.signal(SIGCONT)
        self.assertEqual((unknown.status, unknown.json()["error"]["code"]), (503, "UNAVAILABLE"), unknown.body)
        self.assertEqual((kept.status, kept.json()["degraded"]), (200, True), "its last answer")
        eventually("the store is asked again", lambda: "degraded" not in self.ask(edge).json(), 20)

    def test_the_cache_is_warm_soon_after_a_start(self):
        gateway, storage = self.system.processes["gateway"], self.system.processes["storage"]
        warmings = gateway.log.read_text().count("cache warmed")
        gateway.terminate()
        self.system.start_service("gateway")
        eventually("it is warm", lambda: gateway.log.read_text().count("cache warmed") > warmings, 30)
        storage.kill()
        self.addCleanup(lambda: storage.running() or self.system.start_service("storage"))
        asked = "instruments?exchange=binance&market=spot&symbol=BTC-USDT"
        eventually("what nobody asked for yet is there", lambda: self.ask(asked).json().get("degraded"), 20)
        self.assertEqual(self.ask(asked).json()["data"][0]["venue_symbol"], "BTCUSDT")
        self.system.start_service("storage")
        eventually("the store is asked again", lambda: "degraded" not in self.ask(asked).json(), 20)

    def restart_gateway_meanwhile(self):
        gateway = self.system.processes["gateway"]
        gateway.kill()
        self.system.start_service("gateway")
        eventually("a gateway that never saw the store serves quotes", lambda: self.ask(
            f"bbo?{SERIES}").status == 200, 10)


class UrlTest(GatewayCase):
    services = ("storage", "collector", "gateway")

    def test_a_store_may_be_named_by_its_url(self):
        other = System(settings={"gateway": {
            "upstream.storage_url": f'http://{HOST}:{self.system.http_port["storage"]}'}})
        self.addCleanup(other.__exit__, None, None, None)
        other.start_nats()
        other.start_service("gateway")
        def trades():
            return other.service("gateway", f"/api/v1/trades?{SERIES}&limit=3")
        eventually("its trades are served", lambda: trades().status == 200 and len(trades().json()["data"]) == 3, 10)
        self.system.processes["storage"].terminate()
        eventually("it is gone", lambda: other.service("gateway", f"/api/v1/trades?{SERIES}&limit=4").status == 503, 10)
        self.system.start_service("storage")
        eventually("it is back", lambda: other.service("gateway", f"/api/v1/trades?{SERIES}&limit=4").status == 200, 10)


if __name__ == "__main__":
    cases.main()
