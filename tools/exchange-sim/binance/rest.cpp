#include "exchange-sim/binance/rest.hpp"

#include <algorithm>
#include <map>

#include "base/hash.hpp"
#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim::binance {
namespace {

constexpr std::size_t kMaxDepth = 5000;
constexpr std::size_t kMaxRows = 1000;
constexpr std::int64_t kFundingMillis = 8 * 3600 * 1000;

HttpReply Ok(std::string body) {
    return {200, std::move(body), {}, false};
}

HttpReply IllegalCharacters(std::string_view name, std::string_view range) {
    return Rest::Error(
        400,
        -1100,
        Concat("Illegal characters found in parameter '", name, "'; legal range is '", range, "'.")
    );
}

HttpReply Missing(std::string_view name) {
    return Rest::Error(
        400,
        -1102,
        Concat("Mandatory parameter '", name, "' was not sent, was empty/null, or malformed.")
    );
}

bool IsSymbolText(std::string_view text) {
    const auto legal = [](unsigned char c) {
        return IsUpperOrDigit(static_cast<char>(c)) || c == '-' || c == '_' || c == '.' ||
               c >= 0x80;
    };
    return !text.empty() && text.size() <= 40 && std::ranges::all_of(text, legal);
}

// Reads an unsigned parameter; the reply of the exchange where it is none.
std::optional<HttpReply> ReadNumber(
    const HttpRequest& request, std::string_view name, std::optional<std::int64_t>& value
) {
    const auto text = request.Parameter(name);
    if (!text) return std::nullopt;
    value = ParseNumber<std::int64_t>(*text);
    if (!value || *value < 0) {
        return IllegalCharacters(name, "^[0-9]{1,20}$");
    }
    return std::nullopt;
}

std::optional<HttpReply> ReadRows(
    const HttpRequest& request, std::string_view begin_name, RowQuery& query
) {
    std::optional<std::int64_t> limit;
    auto error = ReadNumber(request, "limit", limit);
    if (!error) error = ReadNumber(request, begin_name, query.from_id);
    if (!error) error = ReadNumber(request, "startTime", query.start_ms);
    if (!error) error = ReadNumber(request, "endTime", query.end_ms);
    if (error) return error;
    if (limit == 0) {
        return Rest::Error(400, -1130, "Data sent for parameter 'limit' is not valid.");
    }
    query.symbol = *request.Parameter("symbol");
    query.limit = std::min(static_cast<std::size_t>(limit.value_or(500)), kMaxRows);
    return std::nullopt;
}

std::size_t DepthLimit(const HttpRequest& request) {
    std::int64_t limit = 100;
    if (const auto text = request.Parameter("limit")) {
        limit = ParseNumber<std::int64_t>(*text).value_or(limit);
    }
    return std::min(static_cast<std::size_t>(std::max<std::int64_t>(limit, 1)), kMaxDepth);
}

// A book older than anything that was streamed: no client can bridge from it.
std::string MadeStale(const std::string& body) {
    const auto id = FindInteger(body, "lastUpdateId").value_or(0);
    const std::string_view rest = std::string_view(body).substr(body.find(','));
    return Concat("{\"lastUpdateId\":", std::max<std::int64_t>(id - 10'000'000, 1), rest);
}

}  // namespace

HttpReply Rest::Error(int status, int code, std::string_view message) {
    std::string body = Concat("{\"code\":", code, ",\"msg\":\"");
    AppendEscaped(body, message);
    body += "\"}";
    return {status, std::move(body), {}, false};
}

std::string Rest::TooMuchWeight(int limit) {
    return Error(
               429,
               -1003,
               Concat(
                   "Too much request weight used; current limit is ",
                   limit,
                   " request weight per 1 MINUTE. Please use WebSocket Streams for live updates "
                   "to avoid polling the API."
               )
    )
        .body;
}

std::string Rest::Banned(std::int64_t until_ms) {
    return Error(
               418,
               -1003,
               Concat(
                   "Way too much request weight used; IP banned until ",
                   until_ms,
                   ". Please use WebSocket Streams for live updates to avoid bans."
               )
    )
        .body;
}

boost::asio::awaitable<HttpReply> Rest::Handle(HttpRequest request) {
    // Handlers know spot's paths; the others' differ by the prefix.
    std::string_view method = request.path;
    if (!IsSpot(market_) && ConsumePrefix(method, market_.api)) {
        request.path = Concat(kSpot.api, method);
    } else if (!IsSpot(market_)) {
        request.path = "/";
    }
    const auto charged = weights_.Charge(request.client, WeightOf(request), WallMillis());
    HttpReply reply;
    if (charged.verdict == WeightLimiter::Verdict::kBanned) {
        reply.status = 418;
        reply.body = Banned(charged.banned_until_ms);
    } else if (charged.verdict == WeightLimiter::Verdict::kLimited) {
        reply.status = 429;
        reply.body = TooMuchWeight(weights_.limit());
    } else if (request.method != "GET") {
        reply = Error(405, -1000, "Request method not supported.");
    } else if (request.path == "/api/v3/depth" || request.path == "/api/v1/depth") {
        reply = co_await Depth(request);
    } else {
        reply = Route(request);
    }
    if (charged.retry_after_s > 0) {
        reply.headers.emplace_back("Retry-After", Concat(charged.retry_after_s));
    }
    reply.headers.emplace_back("X-MBX-USED-WEIGHT", Concat(charged.used));
    reply.headers.emplace_back("X-MBX-USED-WEIGHT-1M", Concat(charged.used));
    co_return reply;
}

int Rest::WeightOf(const HttpRequest& request) const {
    const std::string_view path = request.path;
    const bool single = request.Parameter("symbol").has_value();
    if (path.ends_with("/depth")) {
        const std::size_t limit = DepthLimit(request);
        if (!IsSpot(market_)) return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
        return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
    }
    if (path.ends_with("/exchangeInfo")) return IsSpot(market_) ? 20 : 1;
    if (path.ends_with("/klines")) return IsSpot(market_) ? 2 : 5;
    if (path.ends_with("/aggTrades")) return IsSpot(market_) ? 4 : 20;
    if (path.ends_with("/trades") || path.ends_with("/historicalTrades")) return 25;
    if (path.ends_with("/ticker/24hr")) return single ? 2 : 80;
    if (path.ends_with("/ticker/bookTicker")) return single ? 2 : 4;
    return 1;
}

HttpReply Rest::Route(const HttpRequest& request) const {
    const std::string_view path = request.path;
    if (path == "/api/v3/ping") return Ok("{}");
    if (path == "/api/v3/time") return Ok(Concat("{\"serverTime\":", WallMillis(), "}"));
    if (path == "/api/v3/exchangeInfo") return ExchangeInfoAnswer(request);
    if (path == "/api/v3/klines") return Klines(request);
    if (path == "/api/v3/trades" || path == "/api/v3/historicalTrades" ||
        path == "/api/v3/aggTrades") {
        return Rows(request);
    }
    if (path == "/api/v3/ticker/24hr" || path == "/api/v3/ticker/bookTicker") {
        return Tickers(request);
    }
    if (!IsSpot(market_) && path == "/api/v3/openInterest") return OpenInterest(request);
    if (!IsSpot(market_) && path == "/api/v3/fundingRate") return FundingRates(request);
    return {404, "<html><body><h2>404 Not found</h2></body></html>", {}, false};
}

std::optional<HttpReply> Rest::CheckSymbol(const HttpRequest& request) const {
    const auto symbol = request.Parameter("symbol");
    if (!symbol) return Missing("symbol");
    if (symbol->empty()) return Error(400, -1105, "Parameter 'symbol' was empty.");
    if (!IsSymbolText(*symbol)) return IllegalCharacters("symbol", "^[A-Z0-9-_.]{1,20}$");
    if (!info_.Knows(*symbol)) return Error(400, -1121, "Invalid symbol.");
    return std::nullopt;
}

boost::asio::awaitable<HttpReply> Rest::Depth(const HttpRequest& request) {
    if (const auto error = CheckSymbol(request)) co_return *error;
    std::optional<std::int64_t> limit;
    if (const auto error = ReadNumber(request, "limit", limit)) co_return *error;
    const std::string symbol(*request.Parameter("symbol"));
    auto body = co_await backend_.Depth(symbol, DepthLimit(request));
    if (!body) {
        co_return Error(
            503, -1001, "Internal error; unable to process your request. Please try again."
        );
    }
    if (faults_.TakeStaleSnapshot(prefix_ + symbol)) body = MadeStale(*body);
    co_return Ok(*std::move(body));
}

// symbol=A, symbols=["A","B"], or neither.
std::optional<HttpReply> Rest::ReadNames(const HttpRequest& request, Names& names) const {
    const auto symbol = request.Parameter("symbol");
    const auto symbols = request.Parameter("symbols");
    if (symbol && symbols) {
        return Error(400, -1128, "Combination of optional parameters invalid.");
    }
    if (symbol) {
        if (auto error = CheckSymbol(request)) return error;
        names.emplace_back(*symbol);
    }
    if (!symbols) return std::nullopt;
    ForEachElement(*symbols, [&names](std::string_view name) {
        names.emplace_back(Unquoted(name));
    });
    if (names.empty()) {
        return IllegalCharacters("symbols", "^\\[(\\\"[A-Z0-9-_.]{1,20}\\\"(,)?)*\\]$");
    }
    for (const std::string& name : names) {
        if (!info_.Knows(name)) return Error(400, -1121, "Invalid symbol.");
    }
    return std::nullopt;
}

HttpReply Rest::ExchangeInfoAnswer(const HttpRequest& request) const {
    Names names;
    if (const auto error = ReadNames(request, names)) return *error;
    return Ok(info_.Render(names, weights_.limit()));
}

HttpReply Rest::Klines(const HttpRequest& request) const {
    if (const auto error = CheckSymbol(request)) return *error;
    const auto interval = request.Parameter("interval");
    if (!interval) return Missing("interval");
    const std::int64_t interval_ms = IntervalMillis(*interval);
    if (interval_ms == 0) return Error(400, -1120, "Invalid interval.");
    RowQuery query;
    if (const auto error = ReadRows(request, "fromId", query)) return *error;
    return Ok(backend_.Klines(query, interval_ms));
}

HttpReply Rest::Rows(const HttpRequest& request) const {
    if (const auto error = CheckSymbol(request)) return *error;
    RowQuery query;
    if (const auto error = ReadRows(request, "fromId", query)) return *error;
    if (request.path == "/api/v3/aggTrades") {
        if (query.from_id && (query.start_ms || query.end_ms)) {
            return Error(400, -1128, "Combination of optional parameters invalid.");
        }
        return Ok(backend_.AggregateTrades(query));
    }
    query.start_ms.reset();
    query.end_ms.reset();
    if (request.path == "/api/v3/trades") query.from_id.reset();
    return Ok(backend_.Trades(query));
}

// Made up, as no capture holds it: the same at the same time.
HttpReply Rest::OpenInterest(const HttpRequest& request) const {
    if (const auto error = CheckSymbol(request)) return *error;
    const std::string symbol(*request.Parameter("symbol"));
    const std::int64_t now = WallMillis();
    const std::uint64_t contracts = 10'000 + Fnv1a(symbol) % 5000;
    return Ok(Concat(
        "{\"openInterest\":\"",
        contracts,
        ".",
        100 + now / 1000 % 900,
        "\",\"symbol\":\"",
        symbol,
        "\",\"time\":",
        now,
        "}"
    ));
}

HttpReply Rest::FundingRates(const HttpRequest& request) const {
    if (const auto error = CheckSymbol(request)) return *error;
    RowQuery query;
    if (const auto error = ReadRows(request, "fromId", query)) return *error;
    const std::int64_t last = std::min(query.end_ms.value_or(WallMillis()), WallMillis());
    const auto rows = static_cast<std::int64_t>(query.limit);
    std::int64_t settled = last / kFundingMillis - rows + 1;
    if (query.start_ms) settled = (*query.start_ms + kFundingMillis - 1) / kFundingMillis;
    std::string out;
    for (std::int64_t row = 0; row < rows && settled * kFundingMillis <= last; ++row, ++settled) {
        const std::uint64_t noise = Fnv1a(Concat(query.symbol, settled));
        if (!out.empty()) out += ',';
        out += Concat(
            "{\"symbol\":\"",
            query.symbol,
            "\",\"fundingTime\":",
            settled * kFundingMillis + static_cast<std::int64_t>(noise % 5),
            ",\"fundingRate\":\"0.000",
            10'000 + noise % 90'000,
            "\",\"markPrice\":\"",
            30'000 + noise % 1000,
            ".",
            10 + noise % 90,
            "000000\"}"
        );
    }
    return Ok(Concat("[", out, "]"));
}

HttpReply Rest::Tickers(const HttpRequest& request) const {
    Names names;
    if (const auto error = ReadNames(request, names)) return *error;
    const bool single = request.Parameter("symbol").has_value();
    if (names.empty()) names = info_.symbols();
    std::string out;
    for (const std::string& name : names) {
        const std::string row = request.path == "/api/v3/ticker/24hr" ? backend_.DayTicker(name)
                                                                      : backend_.BookTicker(name);
        if (row.empty()) continue;
        if (!out.empty()) out += ',';
        out += row;
    }
    if (single) return Ok(out.empty() ? "{}" : out);
    return Ok(Concat("[", out, "]"));
}

}  // namespace mp::sim::binance
