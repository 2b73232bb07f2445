"""A subscriber of a generated market's trades, for accounts of what was seen."""

import threading

from api import MarketData
from system import HOST


class Subscriber(threading.Thread):
    """Follows trades over gRPC, resumes with its last token whenever the stream ends."""

    def __init__(self, system, symbol):
        super().__init__(daemon=True)
        self.system, self.symbol = system, symbol
        self.token, self.seen, self.stop = "", [], threading.Event()
        self.resumed = 0
        self.started = threading.Event()

    def run(self):
        target = f'{HOST}:{self.system.grpc_port["gateway"]}'
        while not self.stop.is_set():
            client = MarketData(target)
            try:
                for answer in client.subscribe([client.series(self.symbol, "trade")], token=self.token):
                    self.started.set()
                    self.seen += [entry.event.trade.number for entry in answer.entries]
                    self.token = answer.token or self.token
                    if self.stop.is_set():
                        break
            except Exception:  # the gateway was killed: what the test is about
                self.resumed += 1
                self.stop.wait(0.2)
            finally:
                client.channel.close()
