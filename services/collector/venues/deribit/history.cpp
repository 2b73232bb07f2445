#include "collector/venues/deribit/history.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "collector/venues/deribit/rows.hpp"
#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/past_bars.hpp"
#include "collector/venues/past_rows.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::deribit {
namespace {

using json::Cursor;

constexpr uint64_t kTradesPerPage = 1000;
constexpr std::string_view kTrades = "/api/v2/public/get_last_trades_by_instrument";
constexpr std::string_view kChart = "/api/v2/public/get_tradingview_chart_data";
constexpr int64_t kBarsPerPage = 1000;
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

namespace chart {
constexpr json::Names kNames = {"volume", "ticks", "open", "low", "high", "cost", "close"};
enum : size_t { kVolume, kTicks, kOpen, kLow, kHigh, kCost, kClose };
}  // namespace chart

using Column = std::vector<std::string_view>;
using Columns = std::array<Column, chart::kNames.size()>;

// All columns must be as long as the one of times.
ParseError ReadColumns(std::string_view result, Columns& columns) {
    Cursor cursor(result);
    const ParseError error = ReadObject(cursor, chart::kNames, [&](size_t at) {
        return json::ReadArray(cursor, [&] {
            std::string_view& value = columns[at].emplace_back();
            return cursor.TakeValue(value) ? ParseError::kNone : ParseError::kSyntax;
        });
    });
    if (error != ParseError::kNone) return error;
    const bool even = std::all_of(columns.begin(), columns.end(), [&](const Column& column) {
        return column.size() == columns[chart::kTicks].size();
    });
    return even ? ParseError::kNone : ParseError::kMissing;
}

ParseError ReadPastBar(
    const Columns& columns, size_t row, std::string_view interval, EventBuilder& out
) {
    auto& body = out.New<model::Kline>();
    json::TokenReader reader;
    reader.Time(columns[chart::kTicks][row], body.open_time)
        .Decimal(columns[chart::kOpen][row], body.open)
        .Decimal(columns[chart::kHigh][row], body.high)
        .Decimal(columns[chart::kLow][row], body.low)
        .Decimal(columns[chart::kClose][row], body.close)
        .Decimal(columns[chart::kVolume][row], body.volume)
        .Decimal(columns[chart::kCost][row], body.quote_volume);
    body.interval = interval;
    out.SetTime(body.open_time);
    return out.Emit(reader.error());
}

class DeribitHistory final : public History {
  public:
    explicit DeribitHistory(const VenueConfig& config) : config_(config) {}

    const TradeHistory* trades() const override { return &trades_; }

    Duration RangeStep(model::DataType type) const override {
        return type == model::DataType::kKline ? StepOfBars(kBarsPerPage) : Duration(0);
    }

    std::vector<HistoryCall> RangeCalls(
        const model::Instrument& instrument, model::DataType type, model::Interval range
    ) const override {
        std::vector<HistoryCall> calls;
        if (type != model::DataType::kKline) return calls;
        for (const Stream& stream : StreamsFor(instrument, type, config_)) {
            const Bar* bar = FindBar(ParseChannel(stream.channel).resolution);
            if (bar == nullptr) continue;
            const model::Interval opens = OpeningsOf(bar->interval, range);
            std::string rest = "&start_timestamp=" + std::to_string(MillisFrom(opens.from));
            rest += "&end_timestamp=" + std::to_string(MillisFrom(opens.to));
            rest.append("&resolution=").append(bar->resolution);
            calls.push_back({Call(kChart, instrument, rest), bar->interval});
        }
        return calls;
    }

    Result<std::vector<model::Event>> ParseRows(
        model::DataType, const HistoryCall& call, std::string_view body, const Asked& asked
    ) const override {
        std::string_view result;
        Columns columns;
        ParseError error = FindMember(body, "result", result);
        if (error == ParseError::kNone) error = ReadColumns(result, columns);
        if (error != ParseError::kNone) return UnreadableAnswer("an answer", error);
        PastRows rows(asked);
        for (size_t row = 0; row < columns[chart::kTicks].size(); ++row) {
            error = ReadPastBar(columns, row, call.interval, rows.builder());
            if (error != ParseError::kNone) return UnreadableAnswer("a bar", error);
        }
        KeepEnded(asked.received_ts, rows.events());
        return std::move(rows.events());
    }

  private:
    const VenueConfig& config_;
    const Trades trades_{};
};

}  // namespace

std::unique_ptr<History> MakeHistory(const VenueConfig& config) {
    return std::make_unique<DeribitHistory>(config);
}

}  // namespace mp::collector::deribit
