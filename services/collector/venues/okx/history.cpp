#include "collector/venues/okx/history.hpp"

#include <algorithm>
#include <string>

#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/okx/rows.hpp"
#include "collector/venues/past_rows.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::okx {
namespace {

using json::Cursor;

constexpr uint64_t kTradesPerPage = 100;
constexpr int64_t kBarsPerPage = 300;
constexpr std::string_view kHistoryTrades = "/api/v5/market/history-trades";
constexpr std::string_view kHistoryCandles = "/api/v5/market/history-candles";
constexpr std::string_view kFundingHistory = "/api/v5/public/funding-rate-history";
constexpr std::string_view kCandle = "candle";

RestCall Call(std::string_view path, const model::Instrument& instrument, std::string_view rest) {
    std::string target(path);
    target.append("?instId=").append(Escaped(instrument.venue_symbol, "-")).append(rest);
    return {std::string(path), std::move(target), 1};
}

// Reads each row of an answer.
template <typename Row>
Status ReadAnswer(std::string_view body, Row&& row) {
    Cursor cursor(body);
    std::string_view code, message, data;
    ParseError error = ForEachMember(cursor, [&](std::string_view key, std::string_view value) {
        if (key == "code") code = json::Unquoted(value);
        if (key == "msg") message = json::Unquoted(value);
        if (key == "data") data = value;
    });
    if (error != ParseError::kNone) return UnreadableAnswer("an answer", error);
    if (code != "0") {
        const std::string words(message);
        // 51xxx: the request names what there is not.
        if (code.starts_with("51")) return absl::InvalidArgumentError(words);
        return absl::UnavailableError(words);
    }
    if (data.empty()) return UnreadableAnswer("an answer", ParseError::kMissing);
    Cursor rows(data);
    error = json::ReadArray(rows, [&] { return row(rows); });
    return UnreadableAnswer("a row", error);
}

class Trades final : public TradeHistory {
  public:
    size_t page_size() const override { return kTradesPerPage; }

    RestCall LocateCall(const model::Instrument& instrument, Nanos time) const override {
        return Call(
            kHistoryTrades,
            instrument,
            "&type=2&after=" + std::to_string(MillisFrom(time)) + "&limit=1"
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
    // Numbers have no holes: those below first + 100 are the hundred from `first` on.
    RestCall PageCall(const model::Instrument& instrument, uint64_t first) const override {
        return Call(
            kHistoryTrades,
            instrument,
            "&type=1&after=" + std::to_string(first + kTradesPerPage) +
                "&limit=" + std::to_string(kTradesPerPage)
        );
    }
    RestCall LatestCall(const model::Instrument& instrument) const override {
        return Call(kHistoryTrades, instrument, "&type=1&limit=1");
    }
    Result<std::vector<PastTrade>> ParsePage(std::string_view body, const Asked& asked)
        const override {
        PastRows rows(asked);
        MP_RETURN_IF_ERROR(ReadAnswer(body, [&](Cursor& cursor) {
            return ReadTrade(cursor, model::TradeIdSpace::kTrade, rows.builder());
        }));
        return rows.TakeTrades();
    }
};

ParseError ReadSettled(Cursor& cursor, EventBuilder& out) {
    std::string_view rate, settled, at;
    const ParseError shape =
        ForEachMember(cursor, [&](std::string_view key, std::string_view value) {
            if (key == "fundingRate") rate = value;
            if (key == "realizedRate") settled = value;
            if (key == "fundingTime") at = value;
        });
    if (shape != ParseError::kNone) return shape;
    auto& body = out.New<model::FundingRate>();
    Nanos time = 0;
    json::TokenReader reader;
    // What was settled; older rows have the rate alone.
    reader.Decimal(json::IsAbsent(settled) ? rate : settled, body.funding_rate).Time(at, time);
    if (!body.funding_rate) reader.Fail(ParseError::kMissing);
    body.next_funding_time = time;
    out.SetTime(time);
    return out.Emit(reader.error());
}

class OkxHistory final : public History {
  public:
    explicit OkxHistory(const VenueConfig& config) : config_(config) {}

    const TradeHistory* trades() const override {
        return config_.trade_channel == "trade" ? &trades_ : nullptr;
    }

    Duration RangeStep(model::DataType type) const override {
        if (type == model::DataType::kFundingRate && Funded()) return std::chrono::hours(24 * 30);
        if (type != model::DataType::kKline) return Duration(0);
        const bool seconds =
            std::find(config_.kline_intervals.begin(), config_.kline_intervals.end(), "1s") !=
            config_.kline_intervals.end();
        return (seconds ? Duration(std::chrono::seconds(1)) : std::chrono::minutes(1)) *
               (kBarsPerPage - 3);
    }

    std::vector<HistoryCall> RangeCalls(
        const model::Instrument& instrument, model::DataType type, model::Interval range
    ) const override {
        const std::string after = "&after=" + std::to_string(MillisFrom(range.to));
        if (type == model::DataType::kFundingRate && Funded()) {
            return {{Call(kFundingHistory, instrument, after + "&limit=400"), {}}};
        }
        std::vector<HistoryCall> calls;
        if (type != model::DataType::kKline) return calls;
        for (const Stream& stream : StreamsFor(instrument, type, config_)) {
            const std::string_view name =
                std::string_view(stream.channel).substr(0, stream.channel.find(':'));
            const Bar* bar = FindBar(name);
            if (bar == nullptr) continue;
            std::string rest = "&bar=" + std::string(name.substr(kCandle.size())) + after;
            rest += "&limit=" + std::to_string(kBarsPerPage);
            calls.push_back({Call(kHistoryCandles, instrument, rest), bar->channel});
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
        const Bar* bar = FindBar(call.interval);
        MP_RETURN_IF_ERROR(ReadAnswer(body, [&](Cursor& cursor) {
            if (type == model::DataType::kFundingRate) return ReadSettled(cursor, rows.builder());
            return ReadCandle(cursor, *bar, rows.builder());
        }));
        std::vector<model::Event>& events = rows.events();
        if (type != model::DataType::kKline) return std::move(events);
        for (model::Event& event : events) {
            event.order_ts = std::get<model::Kline>(event.body).close_time + kMillisecond;
        }
        std::erase_if(events, [](const model::Event& event) {
            return !std::get<model::Kline>(event.body).closed;
        });
        return std::move(events);
    }

  private:
    bool Funded() const {
        return config_.market == model::Market::kLinear ||
               config_.market == model::Market::kInverse;
    }

    const VenueConfig& config_;
    const Trades trades_;
};

}  // namespace

std::unique_ptr<History> MakeHistory(const VenueConfig& config) {
    return std::make_unique<OkxHistory>(config);
}

}  // namespace mp::collector::okx
