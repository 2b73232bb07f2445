"""Bars over the WebSocket: each as the store computes it, again when trades change it, final once it is; a late trade gives a bar
of the past again. What was given last equals /candles to the digit."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
import stored
from system import System, eventually
from websocket import WebSocket

NAME = {"exchange": "binance", "market": "spot", "symbol": "BTC-USDT"}
SECOND = 1_000_000_000


class Bars:
    """What a subscription was given: the newest of each bar."""

    def __init__(self, port, intervals, **more):
        self.socket = WebSocket(port, "/api/v1/stream", timeout=60)
        self.socket.send({"op": "subscribe", "id": "c", "candles": [{**NAME, "interval": of} for of in intervals], **more})
        self.newest, self.revisions, self.frames = {}, {}, []

    def read(self, until, seconds=60):
        deadline = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.frames[-3:]}"
            self.take(self.socket.receive())

    def take(self, frame):
        self.frames.append(frame)
        assert frame["type"] in ("ack", "candle"), frame
        if frame["type"] != "candle":
            return
        assert all(frame[key] == value for key, value in NAME.items()), frame
        bar = frame["data"]
        key = (bar["interval"], bar["open_time"] if "number" not in bar else bar["open_time"][:10], bar.get("number"))
        assert frame["revision"] == self.revisions.get(key, 0) + 1, (frame, self.revisions.get(key))
        assert frame["final"] == bar["complete"], frame
        self.revisions[key], self.newest[key] = frame["revision"], bar

    def of(self, interval):
        return sorted((bar for key, bar in self.newest.items() if key[0] == interval),
                      key=lambda bar: (bar["open_time"], bar.get("number", 0)))


class LiveCandlesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        system = cls.system = System(["--generate", "--seed", "3", "--rate", "200", "--symbols", "BTC-USDT"])
        cls.addClassCleanup(system.__exit__, None, None, None)
        system.start(("storage", "collector", "gateway"))
        eventually("trades are stored", lambda: stored.count(system) > 100, 60)

    def bars(self, intervals, **more):
        bars = Bars(self.system.http_port["gateway"], intervals, **more)
        self.addCleanup(bars.socket.close)
        return bars

    def history(self, interval, start, end):
        return self.system.all_rows("candles", **NAME, interval=interval, start=start, end=end)

    def test_bars_grow_become_final_and_equal_history(self):
        bars = self.bars(["1s", "1m", "25t"])
        bars.read(lambda: sum(bar["complete"] for bar in bars.of("1s")) >= 5)
        self.assertTrue(any(count > 1 for count in bars.revisions.values()), "an open bar grows")
        self.assertTrue(bars.of("1m") and bars.of("25t"))
        for interval in ("1s", "25t"):
            final = [bar for bar in bars.of(interval) if bar["complete"]]
            self.assertTrue(final, interval)
            start, end = stored.ns(final[0]["open_time"]), stored.ns(final[-1]["open_time"]) + 1
            history = {(bar["open_time"], bar.get("number")): bar for bar in self.history(interval, start, end)}
            for bar in final:
                self.assertEqual(bar, history[bar["open_time"], bar.get("number")])

    def test_what_was_before_comes_first_where_it_is_asked_for(self):
        oldest = self.history("1s", 0, time.time_ns())[:3]
        bars = self.bars(["1s"], **{"from": oldest[0]["open_time"]})
        bars.read(lambda: len(bars.of("1s")) >= 3)
        self.assertEqual(bars.of("1s")[:3], oldest)

    def test_trades_that_come_late_give_a_bar_of_the_past_again(self):
        system = System(["--generate", "--seed", "5", "--rate", "500", "--symbols", "BTC-USDT"],
                        {"collector": {"connection.reconnect_min": "2s", "connection.reconnect_max": "3s"}})
        self.addCleanup(system.__exit__, None, None, None)
        system.start()
        eventually("trades are stored", lambda: stored.count(system) > 100, 60)
        bars = Bars(system.http_port["gateway"], ["1s"])
        self.addCleanup(bars.socket.close)
        bars.read(lambda: sum(bar["complete"] for bar in bars.of("1s")) >= 3)
        begin = time.time_ns()
        for _ in range(2):  # the second connection, which comes at once, is lost as well
            self.assertEqual(system.sim("fault", "POST", {"kind": "cut"}).status, 200)
            eventually("the connection is up again", lambda: system.sim_status()["connections"] > 0, 30)
        bars.read(lambda: sum(bar["complete"] and stored.ns(bar["open_time"]) > begin for bar in bars.of("1s")) >= 4)
        end = time.time_ns()
        given = {bar["open_time"]: bar["trade_count"] for bar in bars.of("1s")}
        seen = len(bars.frames)

        def repaired():
            if stored.gaps(system, "BTC-USDT", "trade", begin, end):
                system.service("gateway", "/api/v1/tasks", "POST", {"kind": "gap_repair", "payload": {"settle": "1s"}})
                return False
            return True
        self.assertTrue(stored.gaps(system, "BTC-USDT", "trade", begin, end), "something is missing")
        eventually("the gap is repaired", repaired, 120)
        history = system.all_rows("candles", **NAME, interval="1s", start=begin, end=end - 2 * SECOND)
        self.assertTrue(all(bar["complete"] for bar in history))
        bars.read(lambda: [bar for bar in bars.of("1s") if bar["open_time"] in {row["open_time"] for row in history}]
                  == history)
        late = [frame for frame in bars.frames[seen:] if frame["data"]["trade_count"] > given.get(
            frame["data"]["open_time"], 0) and stored.ns(frame["data"]["open_time"]) < end]
        self.assertTrue(late, "bars of the past were given again, with more trades")

    def test_what_cannot_be_is_said(self):
        for wrong, what in (({"candles": [{**NAME, "interval": "never"}]}, "interval"), ({"candles": []}, "candles"),
                            ({"candles": [{**NAME, "interval": "1s"}], "mode": "conflate"}, "mode"),
                            ({"candles": [{**NAME, "symbol": "NO-SUCH", "interval": "1s"}]}, "NO-SUCH")):
            with self.subTest(what):
                socket = WebSocket(self.system.http_port["gateway"], "/api/v1/stream", timeout=60)
                self.addCleanup(socket.close)
                socket.send({"op": "subscribe", "id": "x", **wrong})
                frame = socket.receive()
                self.assertEqual((frame["type"], frame["id"]), ("error", "x"))
                self.assertIn(what, frame["message"])

    def test_it_ends_when_it_is_asked_to(self):
        bars = self.bars(["1s"])
        bars.read(lambda: bars.newest)
        bars.socket.send({"op": "unsubscribe", "id": "c"})
        bars.read(lambda: bars.frames[-1] == {"type": "ack", "id": "c", "op": "unsubscribe"})


if __name__ == "__main__":
    cases.main()
