#include "exchange-sim/bybit/rest.hpp"

#include <algorithm>
#include <vector>

#include "exchange-sim/bybit/topic.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::bybit {
namespace {

constexpr std::int64_t kFundingPeriod = 8 * 3600 * 1000;

HttpReply Envelope(int code, std::string_view message, std::string_view result) {
    const std::string body = Concat(
        "{\"retCode\":",
        code,
        ",\"retMsg\":\"",
        message,
        "\",\"result\":",
        result,
        ",\"retExtInfo\":{},\"time\":",
        WallMillis(),
        "}"
    );
    return {200, body, {}, false};
}

std::string List(std::string_view category, const std::vector<std::string>& rows) {
    return Concat("{\"category\":\"", category, "\",\"list\":[", Join(rows, ","), "]}");
}

}  // namespace

std::string Rest::TooManyVisits() {
    return R"({"retCode":10006,"retMsg":"Too many visits!","result":{},"retExtInfo":{}})";
}

boost::asio::awaitable<HttpReply> Rest::Handle(const HttpRequest& request) {
    constexpr std::size_t kRequests = 600;
    const auto now = std::chrono::steady_clock::now();
    if (!rate_.Allow(Concat("bybit ", request.client), kRequests, std::chrono::seconds(5), now)) {
        co_return HttpReply{403, TooManyVisits(), {}, false};
    }
    const std::string key = Qualified(request.Text("category"), request.Text("symbol"));
    if (!request.Text("symbol").empty() && instruments_.Find(key) == nullptr) {
        co_return Envelope(10001, "params error: symbol invalid", "{}");
    }
    if (request.path == "/v5/market/orderbook") {
        const auto book = co_await Book(key, request.Count("limit", 25, 1000));
        if (!book) co_return Envelope(10016, "Internal server error", "{}");
        co_return Envelope(0, "OK", *book);
    }
    const auto result = Result(request, key);
    if (!result) co_return HttpReply{404, "", {}, false};
    co_return Envelope(0, "OK", *result);
}

std::optional<std::string> Rest::Result(const HttpRequest& request, const std::string& key) const {
    std::string_view path = request.path;
    if (!ConsumePrefix(path, "/v5/market/")) return std::nullopt;
    const std::size_t limit = request.Count("limit", 200, 1000);
    if (path == "time") return Concat("{\"timeSecond\":\"", WallMillis() / 1000, "\"}");
    if (path == "instruments-info") return Listed(request);
    if (path == "recent-trade") return Trades(key, limit);
    if (path == "kline") return Klines(request, key, limit);
    if (path == "funding/history") return Funding(request, key, limit);
    if (path == "tickers") return Tickers(request.Text("category"), key);
    return std::nullopt;
}

// The cursor of a page is the position that the next one begins at.
std::string Rest::Listed(const HttpRequest& request) const {
    const std::string_view category = request.Text("category");
    const bool spot = category == "spot";
    const std::size_t limit = spot ? 100'000 : request.Count("limit", 500, 1000);
    const auto from =
        static_cast<std::size_t>(std::max<std::int64_t>(0, request.Number("cursor").value_or(0)));
    std::size_t next = 0;
    const std::string rows =
        instruments_.Render(category, request.Text("symbol"), from, limit, next);
    return Concat(
        "{\"category\":\"",
        category,
        "\",\"list\":[",
        rows,
        "],\"nextPageCursor\":\"",
        next == 0 ? "" : Concat(next),
        "\"}"
    );
}

// Newest first.
std::string Rest::Trades(const std::string& key, std::size_t limit) const {
    const bool spot = CategoryOf(key) == "spot";
    const std::size_t most = spot ? std::min<std::size_t>(limit, 60) : limit;
    std::vector<std::string> rows;
    if (const auto symbol = SymbolOf(key)) {
        const auto& trades = StateOf(*symbol).trades;
        for (auto at = trades.rbegin(); at != trades.rend() && rows.size() < most; ++at) {
            JsonWriter json;
            json.Open('{').Text("execId", feed_->TradeId(*symbol, at->id));
            json.Text("symbol", Plain(key)).Decimal("price", at->price);
            json.Decimal("size", at->quantity).Text("side", at->taker_sells ? "Sell" : "Buy");
            json.IntegerText("time", at->time_ms).Key("isBlockTrade").Raw("false");
            json.IntegerText("seq", at->id).Close('}');
            rows.push_back(json.text());
        }
    } else if (feed_ == nullptr) {
        const auto trades = source_.replay()->Sent(FrameKind::kTrade, key);
        for (auto at = trades.rbegin(); at != trades.rend() && rows.size() < most; ++at) {
            ForEachElement(FindValue(at->payload(), "data"), [&](std::string_view row) {
                JsonWriter json;
                json.Open('{').Key("execId").Raw(FindValue(row, "i"));
                json.Key("symbol").Raw(FindValue(row, "s")).Key("price").Raw(FindValue(row, "p"));
                json.Key("size").Raw(FindValue(row, "v")).Key("side").Raw(FindValue(row, "S"));
                json.Text("time", FindValue(row, "T")).Close('}');
                rows.push_back(json.text());
            });
        }
        if (rows.size() > most) rows.resize(most);
    }
    return List(CategoryOf(key), rows);
}

// Newest first.
std::string Rest::Klines(const HttpRequest& request, const std::string& key, std::size_t limit)
    const {
    const std::int64_t bar = BarMillis(request.Text("interval"));
    const auto symbol = SymbolOf(key);
    std::vector<std::string> rows;
    if (symbol && bar > 0) {
        const auto& base = StateOf(*symbol).base_of(bar);
        const std::int64_t first = IntervalStart(base.candles().front().open_ms + bar - 1, bar);
        const std::int64_t start = std::max(first, request.Number("start").value_or(first));
        const std::int64_t last = base.candles().back().open_ms;
        std::int64_t open =
            IntervalStart(std::min(last, request.Number("end").value_or(last)), bar);
        for (; open >= start && rows.size() < limit; open -= bar) {
            const Candle candle = base.Fold(open, bar);
            JsonWriter json;
            json.Open('[').IntegerText(open).Decimal(candle.open).Decimal(candle.high);
            json.Decimal(candle.low).Decimal(candle.close).Decimal(candle.volume);
            json.Decimal(candle.quote_volume).Close(']');
            rows.push_back(json.text());
        }
    }
    return List(CategoryOf(key), rows);
}

std::string Rest::Funding(const HttpRequest& request, const std::string& key, std::size_t limit)
    const {
    std::vector<std::string> rows;
    const std::int64_t now = WallMillis();
    const std::int64_t end = std::min(now, request.Number("endTime").value_or(now));
    const std::int64_t start = request.Number("startTime").value_or(end - 90 * 24 * 3'600'000LL);
    const bool contract = SymbolOf(key) && CategoryOf(key) != "spot";
    for (std::int64_t time = end / kFundingPeriod * kFundingPeriod;
         contract && time >= start && rows.size() < std::min<std::size_t>(limit, 200);
         time -= kFundingPeriod) {
        JsonWriter json;
        json.Open('{').Text("symbol", Plain(key));
        json.Decimal("fundingRate", 10'000 + time / kFundingPeriod % 100 * 37);
        json.IntegerText("fundingRateTimestamp", time).Close('}');
        rows.push_back(json.text());
    }
    return List(CategoryOf(key), rows);
}

std::string Rest::Tickers(std::string_view category, const std::string& key) const {
    std::vector<std::string> rows;
    for (std::uint32_t i = 0; feed_ != nullptr && i < feed_->instruments().size(); ++i) {
        const Instrument& instrument = feed_->instruments()[i];
        const bool one = !Plain(key).empty();
        if (instrument.category != category || (one && instrument.key() != key)) continue;
        rows.push_back(feed_->Ticker(i));
    }
    return List(category, rows);
}

}  // namespace mp::sim::bybit
