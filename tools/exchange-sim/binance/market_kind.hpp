#pragma once

#include <string_view>

#include "exchange-sim/binance/stream_name.hpp"

namespace mp::sim::binance {

// What differs between Binance's markets.
struct MarketKind {
    std::string_view name;    // as captures and configurations call it
    std::string_view api;     // prefix of REST paths
    int weight_limit;         // a minute
    int messages_per_second;  // from a client
    bool split;               // the bare address serves public streams only
};

inline constexpr MarketKind kSpot{"spot", "/api/v3", 6000, 5, false};
inline constexpr MarketKind kLinear{"linear", "/fapi/v1", 2400, 10, true};
inline constexpr MarketKind kInverse{"inverse", "/dapi/v1", 2400, 10, false};
inline constexpr const MarketKind* kMarketKinds[] = {&kSpot, &kLinear, &kInverse};

inline bool IsSpot(const MarketKind& market) {
    return market.name == kSpot.name;
}

// Books, best quotes and single trades: what contracts serve at ".../public".
bool IsPublic(Channel channel);

// Whether a socket opened at `route` ("", "public" or "market") carries the channel.
bool Serves(const MarketKind& market, std::string_view route, Channel channel);

}  // namespace mp::sim::binance
