#pragma once
// Fills the store quickly: a series of trades, published as a collector would.

#include <cstdint>
#include <string>

#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::bench {

struct LoadOptions {
    std::string nats_url;
    std::string symbol;  // of binance spot: "BENCH-USDT"
    uint64_t trades = 0;
    uint64_t first_id = 0;  // of the first trade; then one more each
    Nanos first_ts = 0;     // likewise; then one a millisecond
};

// Blocks until the broker has acknowledged all of them.
Status Load(const LoadOptions& options);

}  // namespace mp::bench
