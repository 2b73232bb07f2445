#pragma once
// Everything that happened on a market, as plain values.
//
// LIFETIME: events are views. Text is std::string_view and book sides are spans into memory of
// whoever made the event (a parser's input, a decoder's scratch); they are valid as long as that
// says. Copying an Event copies the views, never what they look at. Nothing here owns memory, so
// every struct is trivially copyable.
//
// An absent field is unknown, never 0. Field meanings, identity and order: event.proto.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "model/instrument.hpp"

namespace mp::model {

enum class Side : uint8_t { kUnspecified = 0, kBuy = 1, kSell = 2 };
enum class QuantityUnit : uint8_t { kBase = 0, kQuote = 1, kContracts = 2 };
enum class TradeIdSpace : uint8_t { kTrade = 0, kAggregate = 1 };
enum class SnapshotOrigin : uint8_t { kVenue = 0, kDerived = 1 };
enum class InstrumentType : uint8_t {
    kUnspecified = 0,
    kFutures = 1,
    kSwap = 2,
    kSpot = 3,
    kOption = 4,
};
enum class InstrumentStatus : uint8_t {
    kUnspecified = 0,
    kTrading = 1,
    kHalted = 2,
    kPreListed = 3,
    kDelisted = 4,
};
enum class CoverageBasis : uint8_t { kUnspecified = 0, kSequence = 1, kConnection = 2 };
enum class CoverageState : uint8_t {
    kUnspecified = 0,
    kComplete = 1,
    kOpen = 2,
    kRepaired = 3,
    kUnrepairable = 4,
};

// The texts of JSON, e.g. "buy" "contracts" "aggregate" "derived" "swap" "pre_listed" "sequence";
// "unspecified" for an unspecified value.
std::string_view ToString(Side value);
std::string_view ToString(QuantityUnit value);
std::string_view ToString(TradeIdSpace value);
std::string_view ToString(SnapshotOrigin value);
std::string_view ToString(InstrumentType value);
std::string_view ToString(InstrumentStatus value);
std::string_view ToString(CoverageBasis value);
std::string_view ToString(CoverageState value);

// A venue's trade id: text where it is not empty, else the number.
struct TradeId {
    uint64_t number = 0;
    std::string_view text = {};

    bool IsText() const { return !text.empty(); }
    friend bool operator==(const TradeId&, const TradeId&) = default;
};

struct Trade {
    Decimal price;
    Decimal quantity;
    std::optional<Decimal> base_quantity;
    TradeId trade_id;
    uint64_t sequence = 0;
    uint64_t first_fill_id = 0;
    uint64_t last_fill_id = 0;
    Side side = Side::kUnspecified;
    TradeIdSpace id_space = TradeIdSpace::kTrade;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const Trade&, const Trade&) = default;
};

struct Level {
    Decimal price;
    Decimal quantity;

    friend bool operator==(const Level&, const Level&) = default;
};

// Sides are best level first; a quantity of 0 removes the level.
struct BookDelta {
    std::span<const Level> bids;
    std::span<const Level> asks;
    uint64_t first_update_id = 0;
    uint64_t last_update_id = 0;
    uint64_t epoch = 0;
    std::optional<uint64_t> previous_update_id;
    uint32_t part = 0;
    uint32_t parts = 0;
    QuantityUnit quantity_unit = QuantityUnit::kBase;
};

struct BookSnapshot {
    std::span<const Level> bids;
    std::span<const Level> asks;
    uint64_t last_update_id = 0;
    uint64_t epoch = 0;
    std::optional<Decimal> known_bid_to;
    std::optional<Decimal> known_ask_to;
    uint32_t part = 0;
    uint32_t parts = 0;
    SnapshotOrigin origin = SnapshotOrigin::kVenue;
    QuantityUnit quantity_unit = QuantityUnit::kBase;
};

struct Bbo {
    std::optional<Decimal> bid_price;
    std::optional<Decimal> bid_quantity;
    std::optional<Decimal> ask_price;
    std::optional<Decimal> ask_quantity;
    uint64_t update_id = 0;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const Bbo&, const Bbo&) = default;
};

struct Ticker {
    std::optional<Decimal> last_price;
    std::optional<Decimal> open_price;
    std::optional<Decimal> high_price;
    std::optional<Decimal> low_price;
    std::optional<Decimal> volume;
    std::optional<Decimal> quote_volume;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const Ticker&, const Ticker&) = default;
};

struct Kline {
    std::string_view interval;
    Nanos open_time = 0;
    Nanos close_time = 0;
    Decimal open;
    Decimal high;
    Decimal low;
    Decimal close;
    Decimal volume;
    std::optional<Decimal> quote_volume;
    std::optional<uint64_t> trade_count;
    bool closed = false;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const Kline&, const Kline&) = default;
};

struct FundingRate {
    std::optional<Decimal> funding_rate;
    std::optional<Decimal> estimated_rate;
    std::optional<Nanos> next_funding_time;
    std::optional<Decimal> mark_price;
    std::optional<Decimal> index_price;
    std::optional<Decimal> premium_index;

    friend bool operator==(const FundingRate&, const FundingRate&) = default;
};

struct OpenInterest {
    std::optional<Decimal> open_interest;
    std::optional<Decimal> open_interest_value;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const OpenInterest&, const OpenInterest&) = default;
};

struct Liquidation {
    std::string_view liquidation_id;  // empty: the venue gives none
    Decimal price;
    Decimal quantity;
    std::optional<Decimal> leverage;
    std::optional<Decimal> base_quantity;
    Side side = Side::kUnspecified;
    InstrumentType instrument_type = InstrumentType::kUnspecified;
    QuantityUnit quantity_unit = QuantityUnit::kBase;

    friend bool operator==(const Liquidation&, const Liquidation&) = default;
};

struct MarkPrice {
    std::optional<Decimal> mark_price;
    std::optional<Decimal> index_price;

    friend bool operator==(const MarkPrice&, const MarkPrice&) = default;
};

struct InstrumentInfo {
    std::string_view base_asset;
    std::string_view quote_asset;
    std::string_view settle_asset;
    std::optional<Decimal> tick_size;
    std::optional<Decimal> lot_size;
    std::optional<Decimal> contract_size;
    std::string_view contract_size_asset;
    std::string_view venue_status;
    std::optional<Nanos> listed_at;
    std::optional<Nanos> expires_at;
    std::optional<Decimal> strike;
    std::string_view option_type;
    std::optional<Decimal> min_quantity;
    std::optional<Decimal> min_notional;
    InstrumentStatus status = InstrumentStatus::kUnspecified;

    friend bool operator==(const InstrumentInfo&, const InstrumentInfo&) = default;
};

struct Coverage {
    DataType data_type = DataType::kUnspecified;
    CoverageBasis basis = CoverageBasis::kUnspecified;
    CoverageState state = CoverageState::kUnspecified;
    Nanos from_ts = 0;
    Nanos to_ts = 0;
    std::optional<uint64_t> from_id;
    std::optional<uint64_t> to_id;
    std::string_view reason;
    std::optional<uint64_t> missing;
    Nanos detected_ts = 0;
    std::string_view source;

    friend bool operator==(const Coverage&, const Coverage&) = default;
};

bool operator==(const BookDelta& a, const BookDelta& b);
bool operator==(const BookSnapshot& a, const BookSnapshot& b);

// Alternatives in the order of DataType: index() + 1 is the type's number.
using Body = std::variant<
    Trade,
    BookDelta,
    BookSnapshot,
    Bbo,
    Ticker,
    Kline,
    FundingRate,
    OpenInterest,
    Liquidation,
    MarkPrice,
    InstrumentInfo,
    Coverage>;

struct Event {
    Nanos order_ts = 0;
    Nanos received_ts = 0;
    std::optional<Nanos> exchange_ts;
    uint32_t ordinal = 0;
    Body body;

    // By value: levels and texts are compared, not the views.
    friend bool operator==(const Event&, const Event&) = default;
};

inline DataType TypeOf(const Event& event) {
    return static_cast<DataType>(event.body.index() + 1);
}

static_assert(std::variant_size_v<Body> == kDataTypes);
static_assert(std::is_trivially_copyable_v<Event>);
static_assert(std::is_trivially_copyable_v<Trade> && sizeof(Trade) == 112);
static_assert(sizeof(Level) == 32);
static_assert(sizeof(Event) <= 352);

}  // namespace mp::model
