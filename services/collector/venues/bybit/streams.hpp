#pragma once
// Names of Bybit's topics, and the requests that subscribe to them.
// https://bybit-exchange.github.io/docs/v5/ws/connect

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"
#include "model/instrument.hpp"

namespace mp::collector::bybit {

enum class Channel : uint8_t {
    kUnknown,
    kTrades,
    kBook,
    kBestQuote,
    kTicker,  // of contracts with mark price, open interest and funding
    kKline,
    kLiquidations,
};

// A bar of klines.
struct Bar {
    std::string_view interval;  // "1h"
    std::string_view name;      // "60"
};

// "orderbook.200.BTCUSDT" taken apart; views into it.
struct Topic {
    Channel channel = Channel::kUnknown;
    std::string_view symbol;
    const Bar* bar = nullptr;  // of klines
};
Topic ParseTopic(std::string_view text) noexcept;

// What a channel is subscribed for in the first place.
model::DataType TypeOf(Channel channel) noexcept;

// Levels a side of the book stream that holds at least `wanted` of them, or the deepest there is.
uint32_t BookDepth(uint32_t wanted) noexcept;

std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
);

// {"req_id":"7","op":"subscribe","args":["orderbook.200.BTCUSDT"]}
std::string RequestFrame(std::string_view op, std::span<const std::string> topics, uint64_t id);

}  // namespace mp::collector::bybit
