#pragma once
// What a venue still tells by REST about the past of a series, and about what it does not stream.
// Pure and constant, as its venue. Bodies are readable 16 bytes beyond their end; events look into
// them.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "collector/venues/listing.hpp"
#include "collector/venues/rest_call.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "model/interval_set.hpp"

namespace mp::collector {

// A trade and its place in the venue's count of the instrument's trades.
struct PastTrade {
    uint64_t number = 0;
    model::Event event;
};

// An instrument as an answer is read for.
struct Asked {
    const model::Instrument& instrument;
    const InstrumentFacts& facts;
    Nanos received_ts = 0;
};

// Trades that are counted without holes: nothing is missing where the numbers are consecutive.
class TradeHistory {
  public:
    virtual ~TradeHistory() = default;

    // Trades that one page gives at most.
    virtual size_t page_size() const = 0;
    // The number of every instrument's first trade ever; nothing where that is not known.
    virtual std::optional<uint64_t> first_ever() const { return std::nullopt; }
    // Which trade was the last one before `time`; its number, nothing where the venue knows none.
    virtual RestCall LocateCall(const model::Instrument& instrument, Nanos time) const = 0;
    virtual Result<std::optional<uint64_t>> ParseLocated(std::string_view body) const = 0;
    // The trades from number `first` on, and the newest ones.
    virtual RestCall PageCall(const model::Instrument& instrument, uint64_t first) const = 0;
    virtual RestCall LatestCall(const model::Instrument& instrument) const = 0;
    // Ascending.
    virtual Result<std::vector<PastTrade>> ParsePage(std::string_view body, const Asked& asked)
        const = 0;
};

// Where trades are not counted: the newest ones in one answer, in which none is missing.
struct NewestTrades {
    std::vector<model::Event> events;
    model::Interval whole;  // what they are all of
};
class RecentTrades {
  public:
    virtual ~RecentTrades() = default;

    virtual RestCall NewestCall(const model::Instrument& instrument) const = 0;
    virtual Result<NewestTrades> ParseNewest(std::string_view body, const Asked& asked) const = 0;
};

struct HistoryCall {
    RestCall rest;
    std::string_view interval;  // of bars: their interval, in a text of the venue's own
};

class History {
  public:
    virtual ~History() = default;

    // Null where they are not to be had; `why_no_trades` in one word.
    virtual const TradeHistory* trades() const { return nullptr; }
    virtual const RecentTrades* recent_trades() const { return nullptr; }
    virtual std::string_view why_no_trades() const { return "not_offered"; }

    // All that the venue has of another type in `range`, which is no longer than RangeStep says, in
    // one call an interval of bars; none where it has nothing.
    virtual std::vector<HistoryCall> RangeCalls(
        const model::Instrument&, model::DataType, model::Interval /*range*/
    ) const {
        return {};
    }
    virtual Duration RangeStep(model::DataType) const { return Duration(0); }

    // What the venue tells of the type only when asked: its value now, or what was settled lately.
    virtual std::vector<HistoryCall> PollCalls(const model::Instrument&, model::DataType) const {
        return {};
    }

    // Reads the answers to both.
    virtual Result<std::vector<model::Event>>
    ParseRows(model::DataType, const HistoryCall&, std::string_view /*body*/, const Asked&) const {
        return absl::UnimplementedError("no history");
    }
};

}  // namespace mp::collector
