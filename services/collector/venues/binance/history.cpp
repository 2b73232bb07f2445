#include "collector/venues/binance/history.hpp"

#include <algorithm>
#include <string>

#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::binance {
namespace {

using json::Cursor;
using json::IsAbsent;
using json::ReadMembers;
using json::TokenReader;
using json::Tokens;

constexpr size_t kTradesPerPage = 1000;
constexpr size_t kBarsPerPage = 1000;
constexpr Duration kShortestBar = std::chrono::seconds(1);
constexpr Nanos kDay = 24 * 3600 * kSecond;
constexpr Nanos kFundingRound = kSecond;

namespace fill {
constexpr json::Names kNames = {"id", "price", "qty", "time", "isBuyerMaker"};
enum : size_t { kId, kPrice, kQuantity, kTime, kMaker };
}  // namespace fill

namespace aggregate {
constexpr json::Names kNames = {"a", "p", "q", "f", "l", "T", "m"};
enum : size_t { kId, kPrice, kQuantity, kFirst, kLast, kTime, kMaker };
}  // namespace aggregate

namespace bar {
constexpr size_t kColumns = 9;
enum : size_t { kOpenTime, kOpen, kHigh, kLow, kClose, kVolume, kCloseTime, kQuote, kCount };
}  // namespace bar

namespace interest {
constexpr json::Names kNames = {"openInterest", "time"};
enum : size_t { kInterest, kTime };
}  // namespace interest

namespace funding {
constexpr json::Names kNames = {"fundingRate", "fundingTime", "markPrice"};
enum : size_t { kRate, kTime, kMark };
}  // namespace funding

Status Unreadable(std::string_view what, ParseError error) {
    if (error == ParseError::kNone) return OkStatus();
    return absl::InternalError(
        std::string(what) + " is unreadable: " + std::string(ToString(error))
    );
}

std::string Query(std::string_view symbol) {
    return "?symbol=" + Escaped(symbol);
}

// Times of the venue are milliseconds; the first one that is not before `time`.
int64_t MillisFrom(Nanos time) {
    return (time + kMillisecond - 1) / kMillisecond;
}

ParseError ReadFlag(std::string_view token, bool& flag) {
    flag = token == "true";
    if (token.empty()) return ParseError::kMissing;
    return flag || token == "false" ? ParseError::kNone : ParseError::kType;
}

void Complete(model::Trade& trade, bool buyer_is_maker, const Asked& asked) {
    trade.side = buyer_is_maker ? model::Side::kSell : model::Side::kBuy;
    trade.quantity_unit = asked.facts.quantity_unit;
    trade.base_quantity = asked.facts.BaseOf(trade.quantity);
}

ParseError ReadFill(Cursor& cursor, const Asked& asked, PastTrade& out) {
    Tokens<fill::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, fill::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& trade = out.event.body.emplace<model::Trade>();
    bool maker = false;
    TokenReader reader;
    reader.Unsigned(row[fill::kId], out.number)
        .Decimal(row[fill::kPrice], trade.price)
        .Decimal(row[fill::kQuantity], trade.quantity)
        .Time(row[fill::kTime], out.event.order_ts)
        .Fail(ReadFlag(row[fill::kMaker], maker));
    trade.trade_id.number = out.number;
    Complete(trade, maker, asked);
    return reader.error();
}

ParseError ReadAggregate(Cursor& cursor, const Asked& asked, PastTrade& out) {
    Tokens<aggregate::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, aggregate::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& trade = out.event.body.emplace<model::Trade>();
    trade.id_space = model::TradeIdSpace::kAggregate;
    bool maker = false;
    TokenReader reader;
    reader.Unsigned(row[aggregate::kId], out.number)
        .Decimal(row[aggregate::kPrice], trade.price)
        .Decimal(row[aggregate::kQuantity], trade.quantity)
        .Unsigned(row[aggregate::kFirst], trade.first_fill_id)
        .Unsigned(row[aggregate::kLast], trade.last_fill_id)
        .Time(row[aggregate::kTime], out.event.order_ts)
        .Fail(ReadFlag(row[aggregate::kMaker], maker));
    trade.trade_id.number = out.number;
    Complete(trade, maker, asked);
    return reader.error();
}

// Single trades, or those of one taker order and price together, as `config` has them streamed.
class Trades final : public TradeHistory {
  public:
    Trades(std::string_view api, bool aggregate)
        : api_(api), aggregate_(aggregate), spot_(api == "/api/v3") {}

    size_t page_size() const override { return kTradesPerPage; }

    // The first one from then on: the one before it is the last before.
    RestCall LocateCall(const model::Instrument& instrument, Nanos time) const override {
        return Aggregates(
            Query(instrument.venue_symbol) + "&startTime=" + std::to_string(MillisFrom(time)) +
            "&limit=1"
        );
    }

    Result<std::optional<uint64_t>> ParseLocated(std::string_view body) const override {
        const InstrumentFacts facts;
        const model::Instrument any;
        std::optional<uint64_t> number;
        Cursor cursor(body);
        const ParseError error = json::ReadArray(cursor, [&] {
            PastTrade row;
            const ParseError read = ReadAggregate(cursor, {any, facts, 0}, row);
            const auto& trade = std::get<model::Trade>(row.event.body);
            const uint64_t first = aggregate_ ? row.number : trade.first_fill_id;
            if (!number && first > 0) number = first - 1;
            return read;
        });
        if (error != ParseError::kNone) return Unreadable("aggTrades", error);
        return number;
    }

    RestCall PageCall(const model::Instrument& instrument, uint64_t first) const override {
        return Rows(
            Query(instrument.venue_symbol) + "&fromId=" + std::to_string(first) +
            "&limit=" + std::to_string(kTradesPerPage)
        );
    }
    RestCall LatestCall(const model::Instrument& instrument) const override {
        return Rows(Query(instrument.venue_symbol) + "&limit=1");
    }

    Result<std::vector<PastTrade>> ParsePage(std::string_view body, const Asked& asked)
        const override {
        std::vector<PastTrade> trades;
        Cursor cursor(body);
        const ParseError error = json::ReadArray(cursor, [&] {
            PastTrade& trade = trades.emplace_back();
            trade.event.received_ts = asked.received_ts;
            return aggregate_ ? ReadAggregate(cursor, asked, trade)
                              : ReadFill(cursor, asked, trade);
        });
        if (error != ParseError::kNone) return Unreadable("a page of trades", error);
        return trades;
    }

  private:
    RestCall Aggregates(std::string query) const {
        const std::string path = api_ + "/aggTrades";
        return {path, path + query, spot_ ? 4 : 20};
    }
    RestCall Rows(std::string query) const {
        if (aggregate_) return Aggregates(std::move(query));
        const std::string path = api_ + "/historicalTrades";
        return {path, path + query, 25};
    }

    const std::string api_;
    const bool aggregate_;
    const bool spot_;
};

ParseError ReadBar(
    Cursor& cursor, std::string_view interval, const Asked& asked, model::Event& event
) {
    Tokens<bar::kColumns> row;
    const ParseError shape = json::ReadColumns(cursor, row);
    if (shape != ParseError::kNone) return shape;
    auto& kline = event.body.emplace<model::Kline>();
    TokenReader reader;
    reader.Time(row[bar::kOpenTime], kline.open_time)
        .Decimal(row[bar::kOpen], kline.open)
        .Decimal(row[bar::kHigh], kline.high)
        .Decimal(row[bar::kLow], kline.low)
        .Decimal(row[bar::kClose], kline.close)
        .Decimal(row[bar::kVolume], kline.volume)
        .Time(row[bar::kCloseTime], kline.close_time)
        .Decimal(row[bar::kQuote], kline.quote_volume)
        .Unsigned(row[bar::kCount], kline.trade_count);
    kline.interval = interval;
    kline.closed = true;
    kline.quantity_unit = asked.facts.quantity_unit;
    // As pushed: where contracts are counted the venue gives the base asset's volume here.
    if (kline.quantity_unit == model::QuantityUnit::kContracts) {
        kline.quote_volume.reset();
        const auto& size = asked.facts.contract_size;
        if (size) kline.quote_volume = Multiply(kline.volume, *size);
    }
    event.order_ts = kline.close_time + kMillisecond;
    event.exchange_ts = event.order_ts;
    return reader.error();
}

ParseError ReadFunding(Cursor& cursor, model::Event& event) {
    Tokens<funding::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, funding::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& funding = event.body.emplace<model::FundingRate>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[funding::kRate], funding.funding_rate)
        .Time(row[funding::kTime], time)
        .Decimal(row[funding::kMark], funding.mark_price);
    event.order_ts = (time + kFundingRound / 2) / kFundingRound * kFundingRound;
    event.exchange_ts = event.order_ts;
    funding.next_funding_time = event.order_ts;
    return reader.error();
}

ParseError ReadInterest(Cursor& cursor, const Asked& asked, model::Event& event) {
    Tokens<interest::kNames.size()> row;
    const ParseError shape = ReadMembers(cursor, interest::kNames, row);
    if (shape != ParseError::kNone) return shape;
    auto& open = event.body.emplace<model::OpenInterest>();
    Nanos time = 0;
    TokenReader reader;
    reader.Decimal(row[interest::kInterest], open.open_interest).Time(row[interest::kTime], time);
    open.quantity_unit = asked.facts.quantity_unit;
    event.order_ts = time;
    event.exchange_ts = time;
    return reader.error();
}

class BinanceHistory final : public History {
  public:
    BinanceHistory(std::string_view api, const VenueConfig& config)
        : api_(api),
          config_(config),
          spot_(config.market == model::Market::kSpot),
          trades_(api, config.trade_channel == "aggTrade") {}

    const TradeHistory* trades() const override {
        return spot_ || config_.trade_channel == "aggTrade" ? &trades_ : nullptr;
    }
    std::string_view why_no_trades() const override { return "needs_api_key"; }

    Duration RangeStep(model::DataType type) const override {
        if (type == model::DataType::kFundingRate && !spot_) return Duration(30 * kDay);
        if (type != model::DataType::kKline) return Duration(0);
        Duration shortest = std::chrono::minutes(1);
        for (const std::string& interval : config_.kline_intervals) {
            if (interval == "1s") shortest = kShortestBar;
        }
        return shortest * (kBarsPerPage - 3);
    }

    std::vector<HistoryCall> RangeCalls(
        const model::Instrument& instrument, model::DataType type, model::Interval range
    ) const override {
        if (type == model::DataType::kFundingRate && !spot_) {
            return {Funding(instrument, range.from - kFundingRound, range.to, 1000)};
        }
        std::vector<HistoryCall> calls;
        if (type != model::DataType::kKline) return calls;
        for (const std::string& interval : config_.kline_intervals) {
            calls.push_back(Bars(instrument, interval, range));
        }
        return calls;
    }

    std::vector<HistoryCall> PollCalls(const model::Instrument& instrument, model::DataType type)
        const override {
        if (spot_) return {};
        const std::string query = Query(instrument.venue_symbol);
        if (type == model::DataType::kOpenInterest) {
            const std::string path = api_ + "/openInterest";
            return {{{path, path + query, 1}, {}}};
        }
        if (type == model::DataType::kFundingRate) {
            const std::string path = api_ + "/fundingRate";
            return {{{path, path + query + "&limit=3", 1}, {}}};
        }
        return {};
    }

    Result<std::vector<model::Event>> ParseRows(
        model::DataType type, const HistoryCall& call, std::string_view body, const Asked& asked
    ) const override {
        std::vector<model::Event> events;
        Cursor cursor(body);
        const auto read = [&]() -> ParseError {
            model::Event& event = events.emplace_back();
            event.received_ts = asked.received_ts;
            if (type == model::DataType::kKline)
                return ReadBar(cursor, call.interval, asked, event);
            if (type == model::DataType::kFundingRate) return ReadFunding(cursor, event);
            return ReadInterest(cursor, asked, event);
        };
        const bool single = type == model::DataType::kOpenInterest;
        const ParseError error = single ? read() : json::ReadArray(cursor, read);
        if (error != ParseError::kNone) return Unreadable(call.rest.endpoint, error);
        return events;
    }

  private:
    // Bars that end inside `range`: those that open before it by their own length at most.
    HistoryCall Bars(
        const model::Instrument& instrument, const std::string& interval, model::Interval range
    ) const {
        const std::string path = api_ + "/klines";
        // Ends are asked for by their last millisecond; a bar that opens at the end does not end.
        const Nanos from = range.from - BarLength(interval);
        const std::string target = path + Query(instrument.venue_symbol) + "&interval=" + interval +
                                   "&startTime=" + std::to_string(MillisFrom(from)) +
                                   "&endTime=" + std::to_string(MillisFrom(range.to) - 1) +
                                   "&limit=" + std::to_string(kBarsPerPage);
        return {{path, target, spot_ ? 2 : 5}, interval};
    }

    static Nanos BarLength(std::string_view interval) {
        int64_t count = 0;
        for (const char c : interval.substr(0, interval.size() - 1)) count = count * 10 + (c - '0');
        switch (interval.back()) {
            case 's':
                return count * kSecond;
            case 'm':
                return count * 60 * kSecond;
            case 'h':
                return count * 3600 * kSecond;
            case 'd':
                return count * kDay;
            case 'w':
                return count * 7 * kDay;
            default:
                return count * 31 * kDay;
        }
    }

    HistoryCall Funding(const model::Instrument& instrument, Nanos from, Nanos to, size_t limit)
        const {
        const std::string path = api_ + "/fundingRate";
        const std::string target = path + Query(instrument.venue_symbol) +
                                   "&startTime=" + std::to_string(MillisFrom(from)) +
                                   "&endTime=" + std::to_string(MillisFrom(to)) +
                                   "&limit=" + std::to_string(limit);
        return {{path, target, 1}, {}};
    }

    const std::string api_;
    const VenueConfig& config_;
    const bool spot_;
    const Trades trades_;
};

}  // namespace

std::unique_ptr<History> MakeHistory(std::string_view api, const VenueConfig& config) {
    return std::make_unique<BinanceHistory>(api, config);
}

}  // namespace mp::collector::binance
