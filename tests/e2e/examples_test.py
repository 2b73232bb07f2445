"""Runs every `sh` block of docs/api.md and what README.md asks against a running system, and the WebSocket of api.md."""

import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import cases
from system import BIN, HOST, SOURCE, System, eventually
from websocket import WebSocket


class ExamplesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System(["--generate", "--rate", "300", "--symbols", "BTC-USDT,ETH-USDT"])
        cls.addClassCleanup(cls.system.__exit__, None, None, None)
        cls.system.start()
        def flowing():
            for route in ("klines?interval=1m&", "ticker?", "trades?", "orderbook?", "bbo?"):
                answer = cls.system.service("gateway", f"/api/v1/{route}exchange=binance&symbol=BTC-USDT")
                if answer.status != 200 or not answer.json()["data"]:
                    return False
            return True
        eventually("every kind of data is there", flowing, 60)

    def test_the_shell_blocks_of_the_page_work(self):
        text = (SOURCE / "docs/api.md").read_text()
        blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
        self.assertGreater(len(blocks), 2)
        environment = {**os.environ, "GATEWAY": f'http://{HOST}:{self.system.http_port["gateway"]}',
                       "GRPC": f'{HOST}:{self.system.grpc_port["gateway"]}'}
        for block in blocks:
            run = subprocess.run(["bash", "-euc", block], cwd=SOURCE, env=environment, capture_output=True, text=True,
                                 timeout=120)
            self.assertEqual(run.returncode, 0, f"{block}\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}")
            self.assertTrue(run.stdout.strip(), block)

    def test_what_the_readme_asks_is_answered(self):
        def book(seconds_ago):
            return self.system.service("gateway", "/api/v1/orderbook?exchange=binance&market=spot&symbol=BTC-USDT&at="
                                       f"{int(time.time()) - seconds_ago}000").status == 200
        eventually("there was a book ten seconds ago", lambda: book(10), 60)
        section = re.search(r"^## Ask it\n((?:    .*\n)+)", (SOURCE / "README.md").read_text(), re.M).group(1)
        commands = [line.strip() for line in section.splitlines()]
        self.assertGreater(len(commands), 3)
        for command in commands:
            mine = command.replace("http://127.0.0.1:8000", f'http://{HOST}:{self.system.http_port["gateway"]}')
            mine = re.sub("^curl ", "curl -fsS ", mine).replace("build/release/bin/", f"{BIN}/")
            def answered():
                run = subprocess.run(["bash", "-euc", mine], cwd=SOURCE, capture_output=True, text=True, timeout=120)
                return run.returncode == 0 and run.stdout.strip()
            eventually(f"an answer to {command}", answered, 60)

    def test_the_websocket_of_the_page_works_and_resumes(self):
        series = [{"exchange": "binance", "market": "spot", "symbol": "BTC-USDT", "data_type": "trade"}]
        first = WebSocket(self.system.http_port["gateway"], "/api/v1/stream")
        self.assertIn(b"101", first.status)
        first.send({"op": "subscribe", "id": "1", "mode": "disconnect", "series": series})
        self.assertEqual(first.receive(), {"type": "ack", "id": "1", "op": "subscribe"})
        events = [m for m in (first.receive() for _ in range(30)) if m["type"] == "event"]
        ids = [int(m["data"]["trade_id"]) for m in events]
        self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))), "consecutive trades")
        first.socket.close()
        second = WebSocket(self.system.http_port["gateway"], "/api/v1/stream")
        second.send({"op": "subscribe", "id": "2", "token": events[4]["token"], "series": series})
        resumed = [m for m in (second.receive() for _ in range(20)) if m["type"] == "event"]
        self.assertEqual(int(resumed[0]["data"]["trade_id"]), ids[4] + 1, "goes on right behind the token")

    def test_history_flows_into_live_without_hole_or_double(self):
        rows = eventually("some trades are stored", lambda: (
            lambda trades: trades if len(trades) > 5 else None)(
                self.system.all_rows("trades", exchange="binance", symbol="ETH-USDT")), 60)
        stream = WebSocket(self.system.http_port["gateway"], "/api/v1/stream")
        stream.send({"op": "subscribe", "id": "h", "from": rows[0]["order_ts"],
                     "series": [{"exchange": "binance", "symbol": "ETH-USDT", "data_type": "trade"}]})
        ids, live = [], 0
        while live < 20:
            message = stream.receive()
            if message["type"] == "event":
                ids.append(int(message["data"]["trade_id"]))
                live += 1 if live else 0
            elif message["type"] == "live":
                live = 1
        self.assertEqual(ids, list(range(int(rows[0]["trade_id"]), int(rows[0]["trade_id"]) + len(ids))))

    def test_wrong_subscriptions_get_an_error_frame(self):
        stream = WebSocket(self.system.http_port["gateway"], "/api/v1/stream")
        stream.send({"op": "subscribe", "id": "x", "series": [{"exchange": "binance", "symbol": "NOPE", "data_type": "trade"}]})
        answer = stream.receive()
        self.assertEqual((answer["type"], answer["code"]), ("error", "NOT_FOUND"))


if __name__ == "__main__":
    cases.main()
