#include "collector/venues/bybit/history.hpp"

#include <algorithm>
#include <string>

#include "collector/venues/bybit/rest_answer.hpp"
#include "collector/venues/bybit/streams.hpp"
#include "collector/venues/json/side.hpp"
#include "collector/venues/past_bars.hpp"
#include "collector/venues/past_rows.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::bybit {
namespace {

using json::Cursor;
using json::TokenReader;
using json::Tokens;

constexpr std::string_view kRecentTrades = "/v5/market/recent-trade";
constexpr std::string_view kKline = "/v5/market/kline";
constexpr std::string_view kFundingHistory = "/v5/market/funding/history";
constexpr int64_t kBarsPerPage = 1000;
// What matches now may be told a moment later.
constexpr Nanos kTellsWithin = kSecond;

namespace trade {
constexpr json::Names kNames = {"execId", "price", "size", "side", "time", "seq"};
enum : size_t { kId, kPrice, kSize, kSide, kTime, kSequence };
}  // namespace trade

namespace bar {
enum : size_t { kOpenTime, kOpen, kHigh, kLow, kClose, kVolume, kTurnover, kColumns };
}  // namespace bar

namespace funding {
constexpr json::Names kNames = {"fundingRate", "fundingRateTimestamp"};
enum : size_t { kRate, kTime };
}  // namespace funding

RestCall Call(std::string_view path, const model::Instrument& instrument, std::string_view rest) {
    std::string target(path);
    target.append("?category=").append(model::ToString(instrument.market));
    target.append("&symbol=").append(Escaped(instrument.venue_symbol, "-")).append(rest);
    return {std::string(path), std::move(target), 1};
}

// Reads each row of an answer.
template <typename Row>
Status ReadRows(std::string_view body, std::string_view what, Row&& row) {
    static constexpr json::Names kResult = {"list"};
    Tokens<1> result;
    MP_RETURN_IF_ERROR(ReadAnswer(body, what, kResult, result));
    if (result[0].empty()) return UnreadableAnswer(what, ParseError::kMissing);
    Cursor rows(result[0]);
    return UnreadableAnswer(what, json::ReadArray(rows, [&] { return row(rows); }));
}

// When the venue said so.
Nanos ToldAt(std::string_view body) {
    static constexpr json::Names kAnswer = {"time"};
    Cursor cursor(body);
    Tokens<1> answer;
    Nanos time = 0;
    TokenReader reader;
    if (ReadMembers(cursor, kAnswer, answer) != ParseError::kNone) return 0;
    reader.Time(answer[0], time);
    return reader.error() == ParseError::kNone ? time : 0;
}

// As the stream tells them, or it would be another event.
ParseError ReadPastTrade(Cursor& cursor, bool& numbered, EventBuilder& out) noexcept {
    Tokens<trade::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, trade::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Trade>();
    Nanos time = 0;
    std::optional<uint64_t> sequence;
    TokenReader reader;
    reader.Id(row[trade::kId], body.trade_id.text)
        .Decimal(row[trade::kPrice], body.price)
        .Decimal(row[trade::kSize], body.quantity)
        .Fail(json::ReadSide(row[trade::kSide], json::kTitleCaseSides, body.side))
        .Time(row[trade::kTime], time)
        .Unsigned(row[trade::kSequence], sequence);
    numbered = numbered && sequence.has_value();
    body.sequence = sequence.value_or(0);
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTime(time);
    return out.Emit(reader.error());
}

ParseError ReadPastBar(Cursor& cursor, std::string_view interval, EventBuilder& out) noexcept {
    Tokens<bar::kColumns> row;
    const ParseError shape = json::ReadColumns(cursor, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::Kline>();
    TokenReader reader;
    reader.Time(row[bar::kOpenTime], body.open_time)
        .Decimal(row[bar::kOpen], body.open)
        .Decimal(row[bar::kHigh], body.high)
        .Decimal(row[bar::kLow], body.low)
        .Decimal(row[bar::kClose], body.close)
        .Decimal(row[bar::kVolume], body.volume)
        .Decimal(row[bar::kTurnover], body.quote_volume);
    body.interval = interval;
    body.quantity_unit = out.facts().quantity_unit;
    out.SetTime(body.open_time);
    return out.Emit(reader.error());
}

ParseError ReadSettled(Cursor& cursor, EventBuilder& out) noexcept {
    Tokens<funding::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, funding::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::FundingRate>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[funding::kRate], body.funding_rate).Time(row[funding::kTime], time);
    if (!body.funding_rate) reader.Fail(ParseError::kMissing);
    body.next_funding_time = time;
    out.SetTime(time);
    return out.Emit(reader.error());
}

class Trades final : public RecentTrades {
  public:
    RestCall NewestCall(const model::Instrument& instrument) const override {
        const size_t limit = PageOf(instrument.market);
        return Call(kRecentTrades, instrument, "&limit=" + std::to_string(limit));
    }

    // NotFound where its rows do not say where they stand among others: they would be told twice.
    Result<NewestTrades> ParseNewest(std::string_view body, const Asked& asked) const override {
        PastRows rows(asked);
        bool numbered = true;
        MP_RETURN_IF_ERROR(ReadRows(body, "a trade", [&](Cursor& cursor) {
            return ReadPastTrade(cursor, numbered, rows.builder());
        }));
        if (!numbered) return absl::NotFoundError("its past trades have no numbers");
        NewestTrades newest;
        newest.events = std::move(rows.events());
        newest.whole.to = ToldAt(body) - kTellsWithin;
        const bool all = newest.events.size() < PageOf(asked.instrument.market);
        if (newest.events.empty()) return newest;
        const auto by_time = [](const model::Event& a, const model::Event& b) {
            return a.order_ts < b.order_ts;
        };
        const auto [oldest, latest] =
            std::minmax_element(newest.events.begin(), newest.events.end(), by_time);
        // Others of the oldest one's instant may be left out.
        newest.whole.from = all ? 0 : oldest->order_ts + 1;
        newest.whole.to = std::max(newest.whole.to, latest->order_ts);
        return newest;
    }

  private:
    static size_t PageOf(model::Market market) {
        return market == model::Market::kSpot ? 60 : 1000;
    }
};

class BybitHistory final : public History {
  public:
    explicit BybitHistory(const VenueConfig& config) : config_(config) {}

    const RecentTrades* recent_trades() const override { return &trades_; }

    Duration RangeStep(model::DataType type) const override {
        if (type == model::DataType::kKline) return StepOfBars(kBarsPerPage);
        const bool funded = type == model::DataType::kFundingRate && Funded();
        return funded ? Duration(std::chrono::hours(24 * 7)) : Duration(0);
    }

    std::vector<HistoryCall> RangeCalls(
        const model::Instrument& instrument, model::DataType type, model::Interval range
    ) const override {
        std::vector<HistoryCall> calls;
        if (type == model::DataType::kFundingRate && Funded()) {
            const std::string rest = "&startTime=" + std::to_string(MillisFrom(range.from)) +
                                     "&endTime=" + std::to_string(MillisFrom(range.to)) +
                                     "&limit=200";
            calls.push_back({Call(kFundingHistory, instrument, rest), {}});
        }
        if (type != model::DataType::kKline) return calls;
        for (const Stream& stream : StreamsFor(instrument, type, config_)) {
            const Bar* bar = ParseTopic(stream.channel).bar;
            if (bar == nullptr) continue;
            const model::Interval opens = OpeningsOf(bar->interval, range);
            std::string rest = "&interval=" + std::string(bar->name);
            rest += "&start=" + std::to_string(MillisFrom(opens.from));
            rest += "&end=" + std::to_string(MillisFrom(opens.to));
            rest += "&limit=" + std::to_string(kBarsPerPage);
            calls.push_back({Call(kKline, instrument, rest), bar->interval});
        }
        return calls;
    }

    std::vector<HistoryCall> PollCalls(const model::Instrument& instrument, model::DataType type)
        const override {
        if (type != model::DataType::kFundingRate || !Funded()) return {};
        return {{Call(kFundingHistory, instrument, "&limit=3"), {}}};
    }

    Result<std::vector<model::Event>> ParseRows(
        model::DataType type, const HistoryCall& call, std::string_view body, const Asked& asked
    ) const override {
        PastRows rows(asked);
        const bool bars = type == model::DataType::kKline;
        MP_RETURN_IF_ERROR(ReadRows(body, "a row", [&](Cursor& cursor) {
            return bars ? ReadPastBar(cursor, call.interval, rows.builder())
                        : ReadSettled(cursor, rows.builder());
        }));
        if (bars) KeepEnded(asked.received_ts, rows.events());
        return std::move(rows.events());
    }

  private:
    bool Funded() const { return config_.market != model::Market::kSpot; }

    const VenueConfig& config_;
    const Trades trades_{};
};

}  // namespace

std::unique_ptr<History> MakeHistory(const VenueConfig& config) {
    return std::make_unique<BybitHistory>(config);
}

}  // namespace mp::collector::bybit
