"""Clients that are there and do nothing, and streams that end."""

import concurrent.futures
import pathlib
import sys
import time

import grpc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from api import MarketData, pb
from gateway_case import GatewayCase, keys
from system import HOST, eventually
from websocket import Closed, WebSocket


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


if __name__ == "__main__":
    cases.main()
