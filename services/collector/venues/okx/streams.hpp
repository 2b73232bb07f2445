#pragma once
// Names of OKX's channels, and the requests that subscribe to them. A channel is written here as
// "books:BTC-USDT", or "liquidation-orders:SWAP" where it is one for all instruments of a kind.
// https://www.okx.com/docs-v5/en/#order-book-trading-market-data

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "collector/venues/venue.hpp"
#include "collector/venues/venue_config.hpp"
#include "model/instrument.hpp"

namespace mp::collector::okx {

// What a channel carries.
enum class Channel : uint8_t {
    kUnknown,
    kTrades,     // one row a taker order and price
    kTradesAll,  // one row a fill
    kBook,       // books, books-l2-tbt, books50-l2-tbt
    kBestQuote,
    kTicker,
    kCandle,
    kFunding,
    kOpenInterest,
    kMarkPrice,
    kIndexPrice,  // of an index, which has the name of a spot instrument
    kLiquidation,
};

Channel ChannelOf(std::string_view name) noexcept;
model::DataType TypeOf(Channel channel) noexcept;

// Levels a side that a book channel keeps up to date.
uint32_t DepthOf(std::string_view book_channel) noexcept;

// A bar of candle channels. Those of 6 hours and more exist twice: opening at 00:00 in Hong Kong,
// or
// ("utc") in UTC. Only the latter are known here.
struct Bar {
    std::string_view interval;  // "1m"
    std::string_view channel;   // "candle1m"
    Nanos length;               // 0: a month
};
const Bar* FindBar(std::string_view channel) noexcept;
// The last millisecond of the bar that opens then.
Nanos CloseOf(const Bar& bar, Nanos open) noexcept;

// Where each stream of this type is to be had; none where OKX does not stream it.
std::vector<Stream> StreamsFor(
    const model::Instrument& instrument, model::DataType type, const VenueConfig& config
);

// {"id":"7","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}
std::string RequestFrame(std::string_view op, std::span<const std::string> channels, uint64_t id);

}  // namespace mp::collector::okx
