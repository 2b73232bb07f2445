"""gRPC without generated stubs: messages by protoc into a temporary folder, methods by their name."""

import importlib
import os
import pathlib
import subprocess
import sys
import tempfile

import grpc

SOURCE = pathlib.Path(os.environ.get("MP_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
SERVICE = "/marketprism.v1.MarketDataService/"


def _load():
    folder = tempfile.mkdtemp(prefix="mp-proto-")
    root = SOURCE / "proto"
    files = [str(p.relative_to(root)) for p in (root / "marketprism/v1").glob("*.proto")]
    subprocess.run(["protoc", f"-I{root}", f"--python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    return {name: importlib.import_module(f"marketprism.v1.{name}_pb2")
            for name in ("instrument", "event", "query", "market_data", "storage", "collector", "scheduler", "task")}


pb = _load()


class MarketData:
    """The gateway's MarketDataService."""

    def __init__(self, target, key=None, credentials=None):
        options = [("grpc.max_receive_message_length", 64 << 20)]
        self.channel = grpc.secure_channel(target, credentials, options) if credentials else \
            grpc.insecure_channel(target, options)
        self.metadata = [("x-api-key", key)] if key else None

    def _unary(self, method, request, answer, timeout=10):
        call = self.channel.unary_unary(SERVICE + method, type(request).SerializeToString, answer.FromString)
        return call(request, timeout=timeout, metadata=self.metadata)

    def _stream(self, method, request, answer, timeout=None):
        call = self.channel.unary_stream(SERVICE + method, type(request).SerializeToString, answer.FromString)
        return call(request, timeout=timeout, metadata=self.metadata)

    @staticmethod
    def series(symbol, data_type, exchange="binance", market="spot"):
        series = pb["instrument"].Series()
        series.instrument.exchange = exchange
        series.instrument.market = pb["instrument"].Market.Value("MARKET_" + market.upper())
        series.instrument.symbol = symbol
        series.data_type = pb["instrument"].DataType.Value("DATA_TYPE_" + data_type.upper())
        return series

    def list_instruments(self):
        return self._unary("ListInstruments", pb["query"].ListInstrumentsRequest(), pb["query"].ListInstrumentsResponse)

    def get_bbo(self, symbol):
        request = pb["query"].GetBboRequest(instrument=self.series(symbol, "bbo").instrument)
        return self._unary("GetBbo", request, pb["query"].GetBboResponse)

    def get_order_book(self, symbol, depth=10, at=None):
        request = pb["query"].GetOrderBookRequest(instrument=self.series(symbol, "bbo").instrument, depth=depth, at=at)
        return self._unary("GetOrderBook", request, pb["query"].GetOrderBookResponse)

    def query_events(self, symbol, data_type, start=None, end=None, limit=0, layout=0):
        request = pb["query"].QueryEventsRequest(series=self.series(symbol, data_type), start=start, end=end,
                                                 limit=limit, layout=layout)
        return self._stream("QueryEvents", request, pb["query"].EventChunk, timeout=60)

    def query_candles(self, symbol, interval, start=None, end=None, limit=1000):
        request = pb["query"].QueryCandlesRequest(instrument=self.series(symbol, "trade").instrument,
                                                  interval=interval, start=start, end=end, limit=limit)
        return self._unary("QueryCandles", request, pb["query"].QueryCandlesResponse)

    def get_coverage(self, symbol, data_type):
        series = self.series(symbol, data_type)
        request = pb["query"].GetCoverageRequest(instrument=series.instrument, data_type=series.data_type)
        return self._unary("GetCoverage", request, pb["query"].GetCoverageResponse)

    def subscribe(self, series, from_ts=None, token="", conflate=False):
        request = pb["market_data"].SubscribeRequest(series=series, token=token, mode=1 if conflate else 0)
        if from_ts is not None:
            setattr(request, "from", from_ts)
        return self._stream("Subscribe", request, pb["market_data"].SubscribeResponse)
