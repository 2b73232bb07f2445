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
    const std::string_view id = request.Parameter("instId").value_or("");
    const std::string_view type = request.Parameter("instType").value_or("");
    const std::string key = Concat(request.client, " ", request.path, " ", type);
    const auto now = std::chrono::steady_clock::now();
    if (!rate_.Allow(key, LimitOf(request.path), std::chrono::seconds(2), now)) {
        co_return HttpReply{429, TooManyRequests(), {}, false};
    }
    if (!id.empty() && instruments_.Find(id) == nullptr) {
        co_return Error(200, "51001", "Instrument ID doesn't exist");
    }
    if (request.path == "/api/v5/market/books") {
        const auto book = co_await Books(request);
        if (!book) co_return Error(503, "50001", "Service temporarily unavailable");
        co_return HttpReply{200, Envelope(*book), {}, false};
    }
    const auto rows = Rows(request);
    if (!rows) co_return Error(404, "404", "Not Found");
    co_return HttpReply{200, Envelope(*rows), {}, false};
}

boost::asio::awaitable<std::optional<std::string>> Rest::Books(const HttpRequest& request) {
    const std::string id(request.Parameter("instId").value_or(""));
    const auto asked = ParseNumber<std::size_t>(request.Parameter("sz").value_or("1"));
    const std::size_t depth = std::clamp<std::size_t>(asked.value_or(1), 1, 400);
    if (feed_ != nullptr) {
        const std::uint32_t symbol = feed_->IndexOf(id);
        if (symbol == feed_->instruments().size()) co_return std::nullopt;
        co_return feed_->BookRow(symbol, depth);
    }
    co_return co_await source_.replay()->Snapshot(id, depth);
}

std::optional<std::string> Rest::Rows(const HttpRequest& request) const {
    std::string_view path = request.path;
    if (!ConsumePrefix(path, kApi)) return std::nullopt;
    const std::string_view id = request.Parameter("instId").value_or("");
    if (path == "public/instruments") return Listed(request);
    if (path == "public/underlying") {
        return instruments_.RenderFamilies(request.Parameter("instType").value_or(""));
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
        {request.Parameter("instType").value_or(""),
         family ? *family : request.Parameter("uly").value_or(""),
         request.Parameter("instId").value_or("")}
    );
}

Rest::Paging Rest::ReadPaging(const HttpRequest& request, std::size_t usual, std::size_t most) {
    const auto number = [&request](const char* name) {
        return ParseNumber<std::int64_t>(request.Parameter(name).value_or(""));
    };
    const auto limit = number("limit").value_or(static_cast<std::int64_t>(usual));
    return {
        number("before"),
        number("after"),
        static_cast<std::size_t>(std::clamp<std::int64_t>(limit, 1, static_cast<std::int64_t>(most))
        )};
}

// Newest first.
std::string Rest::Trades(const HttpRequest& request, std::string_view id) const {
    const bool history = request.path.ends_with("history-trades");
    const Paging paging = ReadPaging(request, 100, history ? 100 : 500);
    if (feed_ == nullptr) return RecordedTrades(id, paging);
    const bool by_time = request.Parameter("type").value_or("1") == "2";
    const std::uint32_t symbol = feed_->IndexOf(id);
    if (symbol == feed_->instruments().size()) return "";
    const auto& trades = source_.market()->symbols()[symbol].trades;
    std::vector<std::string> rows;
    for (auto at = trades.rbegin(); at != trades.rend() && rows.size() < paging.limit; ++at) {
        if (!paging.Takes(by_time ? at->time_ms : at->id)) continue;
        rows.push_back(feed_->TradeRow(symbol, *at));
    }
    return Joined(rows);
}

std::string Rest::RecordedTrades(std::string_view id, const Paging& paging) const {
    std::vector<std::string> rows;
    const auto& items = source_.replay()->recording().items;
    for (std::size_t i = source_.replay()->position(); i-- > 0 && rows.size() < paging.limit;) {
        const Frame frame = items[i].frame.view();
        if (frame.kind != FrameKind::kTrade || frame.symbol != id) continue;
        ForEachElement(FindValue(frame.payload(), "data"), [&](std::string_view row) {
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
    const std::uint32_t symbol = feed_ == nullptr ? 0 : feed_->IndexOf(id);
    if (bar == 0 || feed_ == nullptr || symbol == feed_->instruments().size()) return "";
    const Paging paging = ReadPaging(request, 100, 300);
    const Market::Symbol& state = source_.market()->symbols()[symbol];
    const auto& base = state.base_of(bar);
    const std::int64_t first = IntervalStart(base.candles().front().open_ms + bar - 1, bar);
    std::vector<std::string> rows;
    for (std::int64_t open = IntervalStart(base.candles().back().open_ms, bar);
         open >= first && rows.size() < paging.limit;
         open -= bar) {
        if (!paging.Takes(open)) continue;
        const bool closed = open + bar <= WallMillis();
        rows.push_back(feed_->CandleRow(symbol, base.Fold(open, bar), closed));
    }
    return Joined(rows);
}

std::string Rest::FundingHistory(const HttpRequest& request, std::string_view id) const {
    if (feed_ == nullptr) return "";
    const std::uint32_t symbol = feed_->IndexOf(id);
    if (symbol == feed_->instruments().size() || !id.ends_with("-SWAP")) return "";
    const Paging paging = ReadPaging(request, 100, 400);
    const std::int64_t newest = WallMillis() / kFundingPeriod * kFundingPeriod;
    constexpr std::int64_t kKept = 90 * 24 * 3600 * std::int64_t{1000};
    std::vector<std::string> rows;
    for (std::int64_t time = newest; time > newest - kKept && rows.size() < paging.limit;
         time -= kFundingPeriod) {
        if (!paging.Takes(time)) continue;
        const std::string row = feed_->FundingRow(symbol, time - 1);
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
    const std::string_view id = request.Parameter("instId").value_or("");
    const std::string_view type = request.Parameter("instType").value_or("");
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
