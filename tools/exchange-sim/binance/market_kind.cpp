#include "exchange-sim/binance/market_kind.hpp"

namespace mp::sim::binance {

bool IsPublic(Channel channel) {
    switch (channel) {
        case Channel::kTrade:
        case Channel::kDepth:
        case Channel::kDepth100ms:
        case Channel::kPacedDepth:
        case Channel::kPartialDepth:
        case Channel::kBookTicker:
            return true;
        default:
            return false;
    }
}

bool Serves(const MarketKind& market, std::string_view route, Channel channel) {
    if (route.empty()) return !market.split || IsPublic(channel);
    return (route == "public") == IsPublic(channel);
}

}  // namespace mp::sim::binance
