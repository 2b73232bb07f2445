"""What the gateway answers while its store or its broker is away, hangs or comes back."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from gateway_case import SERIES, GatewayCase
from stored import ns
from system import HOST, SIGCONT, SIGSTOP, System, eventually
from websocket import WebSocket


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


def subscribe(port):
    """The first message to a subscriber of trades."""
    stream = WebSocket(port, "/api/v1/stream")
    stream.send({"op": "subscribe", "id": "1", "series": [
        {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT", "data_type": "trade"}]})
    first = stream.receive()
    stream.close()
    return first


class BrokerAwayTest(GatewayCase):
    services = ("storage", "collector", "gateway")

    def test_history_goes_on_without_the_broker(self):
        system = self.system
        system.processes["nats"].kill()
        def noticed():
            health = system.service("gateway", "/health")
            return health.status == 200 and health.json()["status"] == "degraded" \
                and f"{HOST}:{system.ports['nats']}" in health.json()["dependencies"]["nats"].get("error", "")
        eventually("/health says which broker is missing", noticed, 15)
        self.assertEqual(system.service("gateway", "/health/ready").status, 200, "it still takes work")
        self.assertEqual(len(self.ask(f"trades?{SERIES}&limit=17").json()["data"]), 17)
        refused = subscribe(self.port)
        self.assertEqual((refused["type"], refused["code"]), ("error", "UNAVAILABLE"), refused)
        self.assertIn("live data", refused["message"])
        self.assertIn("bus: no connection", refused["message"])
        system.start_nats()
        eventually("live data is there again", lambda: subscribe(self.port)["type"] == "ack", 20)
        eventually("and nothing is missing", lambda: system.service(
            "gateway", "/health").json()["status"] == "healthy", 20)


class UrlTest(GatewayCase):
    services = ("storage", "collector", "gateway")

    def another_gateway(self):
        """One that knows the store by its URL; its broker is not started."""
        other = System(settings={"gateway": {
            "upstream.storage_url": f'http://{HOST}:{self.system.http_port["storage"]}'}})
        self.addCleanup(other.__exit__, None, None, None)
        return other

    def test_who_knows_its_store_needs_no_broker(self):
        other = self.another_gateway()
        other.start_service("gateway")
        def trades():
            return other.service("gateway", f"/api/v1/trades?{SERIES}&limit=3")
        eventually("history is served", lambda: trades().status == 200, 10)
        self.assertEqual(len(trades().json()["data"]), 3)
        refused = subscribe(other.http_port["gateway"])
        self.assertEqual((refused["type"], refused["code"]), ("error", "UNAVAILABLE"), refused)
        health = other.service("gateway", "/health").json()
        self.assertEqual((health["status"], health["dependencies"]["nats"]["status"]), ("degraded", "unhealthy"), health)
        other.start_nats()
        eventually("the broker is found", lambda: other.service(
            "gateway", "/health").json()["dependencies"]["nats"]["status"] == "healthy", 15)
        self.assertEqual(other.processes["gateway"].terminate(), 0)

    def test_a_store_may_be_named_by_its_url(self):
        other = self.another_gateway()
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
