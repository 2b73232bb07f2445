#pragma once
// What is traded: markets, data types, instruments, series, and the bus subjects that they map to.
// Pure values; every function here is thread-safe. The numbers of the enums are those of the proto.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mp::model {

enum class Market : uint8_t { kUnspecified = 0, kSpot = 1, kLinear = 2, kInverse = 3, kOption = 4 };

enum class DataType : uint8_t {
    kUnspecified = 0,
    kTrade = 1,
    kBookDelta = 2,
    kBookSnapshot = 3,
    kBbo = 4,
    kTicker = 5,
    kKline = 6,
    kFundingRate = 7,
    kOpenInterest = 8,
    kLiquidation = 9,
    kMarkPrice = 10,
    kInstrument = 11,
    kCoverage = 12,
};
inline constexpr int kDataTypes = 12;  // numbered 1..kDataTypes

// "spot" "linear" ...; "trade" "book_delta" ...; "unspecified" for 0.
std::string_view ToString(Market market);
std::string_view ToString(DataType type);
// Nothing for text that names no value ("unspecified" included).
std::optional<Market> ParseMarket(std::string_view text);
std::optional<DataType> ParseDataType(std::string_view text);

// An instrument's name. `venue_symbol` is carried along and is no part of the identity: equality
// and hash look at exchange, market and symbol only.
struct Instrument {
    std::string exchange;
    Market market = Market::kUnspecified;
    std::string symbol;
    std::string venue_symbol;

    friend bool operator==(const Instrument& a, const Instrument& b) {
        return a.market == b.market && a.symbol == b.symbol && a.exchange == b.exchange;
    }
    friend bool operator<(const Instrument& a, const Instrument& b);
};

// "exchange|market|symbol", e.g. "binance|spot|BTC-USDT".
std::string InstrumentKey(const Instrument& instrument);
void AppendInstrumentKey(const Instrument& instrument, std::string& out);
// The instrument of such a text, without venue_symbol; nothing where a part is missing or unknown.
std::optional<Instrument> ParseInstrumentKey(std::string_view key);

// Which of `shards` (at least 1) carries the instrument: FNV-1a 64 of its key, modulo. Frozen.
uint32_t Shard(const Instrument& instrument, uint32_t shards);

struct Series {
    Instrument instrument;
    DataType data_type = DataType::kUnspecified;

    friend bool operator==(const Series&, const Series&) = default;
};

// "md.<exchange>.<market>.<data_type>.<shard>": where events of a series travel.
std::string Subject(const Series& series, uint32_t shards);
std::string Subject(const Instrument& instrument, DataType type, uint32_t shards);

// A subject taken apart. `exchange` is a view into the parsed text.
struct SubjectParts {
    std::string_view exchange;
    Market market = Market::kUnspecified;
    DataType data_type = DataType::kUnspecified;
    uint32_t shard = 0;
};
std::optional<SubjectParts> ParseSubject(std::string_view subject);

}  // namespace mp::model

template <>
struct std::hash<mp::model::Instrument> {
    size_t operator()(const mp::model::Instrument& instrument) const noexcept;
};

template <>
struct std::hash<mp::model::Series> {
    size_t operator()(const mp::model::Series& series) const noexcept;
};
