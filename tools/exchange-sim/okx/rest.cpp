#include "exchange-sim/okx/rest.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "exchange-sim/okx/channel.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::okx {
namespace {

constexpr std::string_view kApi = "/api/v5/";
constexpr std::int64_t kFundingPeriod = 8 * 3600 * 1000;

std::string Envelope(std::string_view rows) {
    return Concat(R"({"code":"0","msg":"","data":[)", rows, "]}");
}

HttpReply Error(int status, std::string_view code, std::string_view message) {
    const std::string body =
        Concat(R"({"code":")", code, R"(","msg":")", message, R"(","data":[]})");
    return {status, body, {}, false};
}

// How many requests each endpoint allows in two seconds.
std::size_t LimitOf(std::string_view path) {
    struct Limit {
        std::string_view path;
        std::size_t requests;
    };
    static constexpr std::array<Limit, 5> kLimits{{
        {"/api/v5/market/books", 40},
        {"/api/v5/market/trades", 100},
        {"/api/v5/market/candles", 40},
        {"/api/v5/public/funding-rate", 10},
        {"/api/v5/public/funding-rate-history", 10},
    }};
    const auto found = std::ranges::find(kLimits, path, &Limit::path);
    return found == kLimits.end() ? 20 : found->requests;
}

std::string Joined(const std::vector<std::string>& rows) {
    return Join(rows, ",");
}

}  // namespace

std::string Rest::TooManyRequests() {
    return R"({"code":"50011","msg":"Too Many Requests","data":[]})";
}

boost::asio::awaitable<HttpReply> Rest::Handle(const HttpRequest& request) {
    const std::string_view id = request.Text("instId");
    const std::string_view type = request.Text("instType");
    const std::string key = Concat("okx ", request.client, " ", request.path, " ", type);
    const auto now = std::chrono::steady_clock::now();
    if (!rate_.Allow(key, LimitOf(request.path), std::chrono::seconds(2), now)) {
        co_return HttpReply{429, TooManyRequests(), {}, false};
    }
    if (!id.empty() && instruments_.Find(id) == nullptr) {
        co_return Error(200, "51001", "Instrument ID doesn't exist");
    }
    if (request.path == "/api/v5/market/books") {
        const auto book = co_await Book(std::string(id), request.Count("sz", 1, 400));
        if (!book) co_return Error(503, "50001", "Service temporarily unavailable");
        co_return HttpReply{200, Envelope(*book), {}, false};
    }
    const auto rows = Rows(request);
    if (!rows) co_return Error(404, "404", "Not Found");
    co_return HttpReply{200, Envelope(*rows), {}, false};
}

std::optional<std::string> Rest::Rows(const HttpRequest& request) const {
    std::string_view path = request.path;
    if (!ConsumePrefix(path, kApi)) return std::nullopt;
    const std::string_view id = request.Text("instId");
    if (path == "public/instruments") return Listed(request);
    if (path == "public/underlying") {
        return instruments_.RenderFamilies(request.Text("instType"));
    }
    if (path == "public/time") return Concat("{\"ts\":\"", WallMillis(), "\"}");
    if (path == "market/trades" || path == "market/history-trades") return Trades(request, id);
    if (path == "market/candles" || path == "market/history-candles") return Candles(request, id);
    if (path == "public/funding-rate-history") return FundingHistory(request, id);
    return Current(path, request);
}

std::string Rest::Listed(const HttpRequest& request) const {
    const auto family = request.Parameter("instFamily");
    return instruments_.Render(
        {request.Text("instType"), family ? *family : request.Text("uly"), request.Text("instId")}
    );
}

Rest::Paging Rest::ReadPaging(const HttpRequest& request, std::int64_t most) {
    return {request.Number("before"), request.Number("after"), request.Count("limit", 100, most)};
}

// Newest first.
std::string Rest::Trades(const HttpRequest& request, std::string_view id) const {
    const bool history = request.path.ends_with("history-trades");
    const Paging paging = ReadPaging(request, history ? 100 : 500);
    if (feed_ == nullptr) return RecordedTrades(id, paging);
    const bool by_time = request.Parameter("type").value_or("1") == "2";
    const auto symbol = SymbolOf(id);
    if (!symbol) return "";
    const auto& trades = StateOf(*symbol).trades;
    std::vector<std::string> rows;
    for (auto at = trades.rbegin(); at != trades.rend() && rows.size() < paging.limit; ++at) {
        if (!paging.Takes(by_time ? at->time_ms : at->id)) continue;
        rows.push_back(feed_->TradeRow(*symbol, *at));
    }
    return Joined(rows);
}

std::string Rest::RecordedTrades(std::string_view id, const Paging& paging) const {
    std::vector<std::string> rows;
    const auto trades = source_.replay()->Sent(FrameKind::kTrade, id);
    for (auto at = trades.rbegin(); at != trades.rend() && rows.size() < paging.limit; ++at) {
        ForEachElement(FindValue(at->payload(), "data"), [&](std::string_view row) {
            const auto number = ParseNumber<std::int64_t>(FindString(row, "tradeId"));
            if (number && paging.Takes(*number)) rows.emplace_back(row);
        });
    }
    if (rows.size() > paging.limit) rows.resize(paging.limit);
    return Joined(rows);
}

// Newest first; keyed by the time they open.
std::string Rest::Candles(const HttpRequest& request, std::string_view id) const {
    const std::string channel = Concat("candle", request.Parameter("bar").value_or("1m"));
    const std::int64_t bar = BarMillis(channel);
    const auto symbol = SymbolOf(id);
    if (bar == 0 || !symbol) return "";
    const Paging paging = ReadPaging(request, 300);
    const auto& base = StateOf(*symbol).base_of(bar);
    const std::int64_t first = IntervalStart(base.candles().front().open_ms + bar - 1, bar);
    std::vector<std::string> rows;
    for (std::int64_t open = IntervalStart(base.candles().back().open_ms, bar);
         open >= first && rows.size() < paging.limit;
         open -= bar) {
        if (!paging.Takes(open)) continue;
        const bool closed = open + bar <= WallMillis();
        rows.push_back(feed_->CandleRow(*symbol, base.Fold(open, bar), closed));
    }
    return Joined(rows);
}

std::string Rest::FundingHistory(const HttpRequest& request, std::string_view id) const {
    const auto symbol = SymbolOf(id);
    if (!symbol || !id.ends_with("-SWAP")) return "";
    const Paging paging = ReadPaging(request, 400);
    const std::int64_t newest = WallMillis() / kFundingPeriod * kFundingPeriod;
    constexpr std::int64_t kKept = 90 * 24 * 3600 * std::int64_t{1000};
    std::vector<std::string> rows;
    for (std::int64_t time = newest; time > newest - kKept && rows.size() < paging.limit;
         time -= kFundingPeriod) {
        if (!paging.Takes(time)) continue;
        const std::string row = feed_->FundingRow(*symbol, time - 1);
        const std::string_view rate = FindValue(row, "fundingRate");
        rows.push_back(Concat(
            "{\"formulaType\":\"noRate\",\"fundingRate\":",
            rate,
            ",\"fundingTime\":\"",
            time,
            "\",\"instId\":\"",
            id,
            "\",\"instType\":\"SWAP\",\"method\":\"current_period\",\"realizedRate\":",
            rate,
            "}"
        ));
    }
    return Joined(rows);
}

// Answers about now: of one instrument, or of all of a type.
std::string Rest::Current(std::string_view path, const HttpRequest& request) const {
    if (feed_ == nullptr) return "";
    const std::string_view id = request.Text("instId");
    const std::string_view type = request.Text("instType");
    const bool contracts = path != "market/tickers" && path != "market/ticker";
    std::vector<std::string> rows;
    for (std::uint32_t i = 0; i < feed_->instruments().size(); ++i) {
        const Instrument& instrument = feed_->instruments()[i];
        if (!id.empty() && id != instrument.symbol) continue;
        if (!type.empty() && type != instrument.type) continue;
        if (contracts && instrument.type == "SPOT") continue;
        if (!contracts) rows.push_back(feed_->TickerRow(i, WallMillis()));
        if (path == "public/funding-rate") rows.push_back(feed_->FundingRow(i, WallMillis()));
        if (path == "public/open-interest") rows.push_back(feed_->InterestRow(i, WallMillis()));
        if (path == "public/mark-price") rows.push_back(feed_->MarkRow(i, WallMillis()));
    }
    return Joined(rows);
}

}  // namespace mp::sim::okx
