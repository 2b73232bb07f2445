#!/usr/bin/env python3
"""Asks a gateway over gRPC: the newest quote, the last trades, and the live stream. Needs Debian's python3-grpcio and protoc.

usage: trades.py [host:port] [symbol] [events]
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile

import grpc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"


def messages():
    """The contracts as Python modules."""
    folder = tempfile.mkdtemp()
    files = [str(p.relative_to(PROTO)) for p in (PROTO / "marketprism/v1").glob("*.proto")]
    subprocess.run(["protoc", f"-I{PROTO}", f"--python_out={folder}", *files], check=True)
    sys.path.insert(0, folder)
    return [importlib.import_module(f"marketprism.v1.{name}_pb2") for name in ("instrument", "query", "market_data")]


def number(decimal):
    digits = str(abs(decimal.mantissa)).rjust(decimal.scale + 1, "0")
    text = digits if not decimal.scale else f"{digits[:-decimal.scale]}.{digits[-decimal.scale:]}"
    return ("-" if decimal.mantissa < 0 else "") + text


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50050"
    symbol = sys.argv[2] if len(sys.argv) > 2 else "BTC-USDT"
    events = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    instrument_pb, query, market_data = messages()
    channel = grpc.insecure_channel(target)
    service = "/marketprism.v1.MarketDataService/"
    instrument = instrument_pb.Instrument(exchange="binance", market=instrument_pb.MARKET_SPOT, symbol=symbol)
    series = instrument_pb.Series(instrument=instrument, data_type=instrument_pb.DATA_TYPE_TRADE)

    get_bbo = channel.unary_unary(service + "GetBbo", query.GetBboRequest.SerializeToString, query.GetBboResponse.FromString)
    bbo = get_bbo(query.GetBboRequest(instrument=instrument), timeout=5).event.bbo
    print("quote", number(bbo.bid_price), number(bbo.ask_price))

    history = channel.unary_stream(service + "QueryEvents", query.QueryEventsRequest.SerializeToString, query.EventChunk.FromString)
    for chunk in history(query.QueryEventsRequest(series=series, limit=3), timeout=10):
        for entry in chunk.entries:
            print("trade", entry.event.trade.number, number(entry.event.trade.price), number(entry.event.trade.quantity))
        if chunk.HasField("coverage"):
            print("complete", chunk.coverage.complete)

    live = channel.unary_stream(service + "Subscribe", market_data.SubscribeRequest.SerializeToString,
                                market_data.SubscribeResponse.FromString)
    seen = 0
    for answer in live(market_data.SubscribeRequest(series=[series])):
        for entry in answer.entries:
            print("live", entry.event.trade.number, number(entry.event.trade.price))
            seen += 1
        if seen >= events:
            return


if __name__ == "__main__":
    main()
