"""What collectors say of what they collect, over gRPC."""

import grpc

from api import pb
from system import HOST

MARKETS = {number: name.removeprefix("MARKET_").lower() for name, number in pb["instrument"].Market.items()}
LIVE = pb["collector"].FeedState.Value("FEED_STATE_LIVE")


def feeds(system, name):
    """The feeds of a collector; OSError where it does not answer."""
    channel = grpc.insecure_channel(f"{HOST}:{system.grpc_port[name]}")
    call = channel.unary_unary("/marketprism.v1.CollectorService/ListFeeds",
                               pb["collector"].ListFeedsRequest.SerializeToString,
                               pb["collector"].ListFeedsResponse.FromString)
    try:
        return call(pb["collector"].ListFeedsRequest(), timeout=5).feeds
    except grpc.RpcError as error:
        raise OSError(f"{name}: {error.code()}") from error
    finally:
        channel.close()


def instruments(system, name):
    """{(exchange, market, symbol): whether all its series are live}"""
    found = {}
    for feed in feeds(system, name):
        instrument = feed.series.instrument
        key = instrument.exchange, MARKETS[instrument.market], instrument.symbol
        found[key] = found.get(key, True) and feed.state == LIVE
    return found
