"""The gateway's routes, one by one: errors, headers, traces, idempotency, subscriptions."""

import concurrent.futures
import json
import pathlib
import sys
import time

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from api import MarketData, pb
from gateway_case import SERIES, GatewayCase, keys, raw
from system import SIGCONT, SIGSTOP, eventually
from websocket import Closed, WebSocket

ALWAYS = ("X-Request-Id", "X-Process-Time")
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


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


if __name__ == "__main__":
    cases.main()
