#include "collector/venues/deribit/history.hpp"

#include <string>

#include "collector/venues/deribit/rows.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/past_rows.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::deribit {
namespace {

using json::Cursor;

constexpr uint64_t kTradesPerPage = 1000;
constexpr std::string_view kTrades = "/api/v2/public/get_last_trades_by_instrument";
constexpr std::string_view kTradesByTime = "/api/v2/public/get_last_trades_by_instrument_and_time";

// The value of one member; empty where there is none.
ParseError FindMember(std::string_view object, std::string_view name, std::string_view& found) {
    Cursor cursor(object);
    return ForEachMember(cursor, [&](std::string_view key, std::string_view value) {
        if (key == name) found = value;
    });
}

RestCall Call(std::string_view path, const model::Instrument& instrument, std::string_view rest) {
    std::string target(path);
    target.append("?instrument_name=").append(Escaped(instrument.venue_symbol, "-_")).append(rest);
    return {std::string(path), std::move(target), 1};
}

class Trades final : public TradeHistory {
  public:
    size_t page_size() const override { return kTradesPerPage; }
    std::optional<uint64_t> first_ever() const override { return 1; }

    RestCall LocateCall(const model::Instrument& instrument, Nanos time) const override {
        return Call(
            kTradesByTime,
            instrument,
            "&end_timestamp=" + std::to_string(MillisFrom(time) - 1) + "&count=1&sorting=desc"
        );
    }
    Result<std::optional<uint64_t>> ParseLocated(std::string_view body) const override {
        const model::Instrument any;
        const InstrumentFacts facts;
        const auto trades = ParsePage(body, {any, facts, 0});
        if (!trades.ok()) return trades.status();
        if (trades->empty()) return std::optional<uint64_t>();
        return std::optional(trades->back().number);
    }
    RestCall PageCall(const model::Instrument& instrument, uint64_t first) const override {
        return Call(
            kTrades,
            instrument,
            "&start_seq=" + std::to_string(first) +
                "&end_seq=" + std::to_string(first + kTradesPerPage - 1) +
                "&count=" + std::to_string(kTradesPerPage) + "&sorting=asc"
        );
    }
    RestCall LatestCall(const model::Instrument& instrument) const override {
        return Call(kTrades, instrument, "&count=1&sorting=desc");
    }
    Result<std::vector<PastTrade>> ParsePage(std::string_view body, const Asked& asked)
        const override {
        std::string_view result, trades;
        ParseError error = FindMember(body, "result", result);
        if (error == ParseError::kNone) error = FindMember(result, "trades", trades);
        if (error == ParseError::kNone && trades.empty()) error = ParseError::kMissing;
        if (error != ParseError::kNone) return UnreadableAnswer("an answer", error);
        PastRows rows(asked);
        Cursor list(trades);
        error = json::ReadArray(list, [&] { return ReadTrade(list, rows.builder()); });
        if (error != ParseError::kNone) return UnreadableAnswer("a trade", error);
        return rows.TakeTrades();
    }
};

class DeribitHistory final : public History {
  public:
    const TradeHistory* trades() const override { return &trades_; }

  private:
    const Trades trades_{};
};

}  // namespace

std::unique_ptr<History> MakeHistory() {
    return std::make_unique<DeribitHistory>();
}

}  // namespace mp::collector::deribit
