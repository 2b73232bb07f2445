#include "gateway/api/parameter.hpp"

#include <algorithm>
#include <charconv>

#include "base/duration.hpp"
#include "model/count_bar.hpp"

namespace mp::gateway {
namespace {

constexpr size_t kMaxSymbolsSize = 8192;
constexpr Duration kShortestEvery = std::chrono::milliseconds(1);
constexpr Duration kLongestEvery = std::chrono::hours(366 * 24);

Status Invalid(std::string_view name, std::string_view what) {
    return absl::InvalidArgumentError(std::string(name) + ": " + std::string(what));
}

Status ReadNumber(
    const Parameter& parameter, std::string_view text, uint32_t low, uint32_t high, uint32_t& out
) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
        return Invalid(
            parameter.name,
            "must be an integer from " + std::to_string(low) + " to " + std::to_string(high)
        );
    }
    out = value;
    return OkStatus();
}

Status ReadTime(const Parameter& parameter, std::string_view text, Arguments& out) {
    const Result<Nanos> time = ParseTime(text);
    if (!time.ok()) return Invalid(parameter.name, MessageOf(time.status()));
    if (parameter.name == "start") out.start = *time;
    if (parameter.name == "end") out.end = *time;
    if (parameter.name == "at") out.at = *time;
    return OkStatus();
}

Status ReadFormat(const Parameter& parameter, std::string_view text, Arguments& out) {
    if (text == "json") return out.format = Format::kJson, OkStatus();
    if (text == "ndjson") return out.format = Format::kNdjson, OkStatus();
    if (text == "csv") return out.format = Format::kCsv, OkStatus();
    return Invalid(parameter.name, "must be json, ndjson or csv");
}

Status ReadJsonOnly(const Parameter& parameter, std::string_view text) {
    if (text == "json") return OkStatus();
    return Invalid(parameter.name, "must be json: this route answers nothing else");
}

Status ReadText(const Parameter& parameter, std::string_view text, Arguments& out) {
    if (text.empty() || text.size() > 1024) {
        return Invalid(parameter.name, "must have 1 to 1024 characters");
    }
    if (parameter.name == "exchange") out.exchange = text;
    if (parameter.name == "symbol") out.symbol = text;
    if (parameter.name == "cursor") out.cursor = text;
    if (parameter.name == "kind") out.kind = text;
    if (parameter.name == "status") out.status = text;
    return OkStatus();
}

Status ReadSymbols(const Parameter& parameter, std::string_view text, Arguments& out) {
    if (text.empty() || text.size() > kMaxSymbolsSize) {
        return Invalid(parameter.name, "must have 1 to 8192 characters");
    }
    out.symbols = text;
    return OkStatus();
}

Status ReadEvery(const Parameter& parameter, std::string_view text, Arguments& out) {
    const Result<Duration> every = ParseDuration(text);
    if (!every.ok() || *every < kShortestEvery || *every > kLongestEvery) {
        return Invalid(parameter.name, "must be a duration such as 1s, from 1ms to 366d");
    }
    out.every = every->count();
    return OkStatus();
}

Status ReadValue(const Parameter& parameter, std::string_view text, Arguments& out) {
    switch (parameter.kind) {
        case ParameterKind::kText:
            return ReadText(parameter, text, out);
        case ParameterKind::kTime:
            return ReadTime(parameter, text, out);
        case ParameterKind::kFormat:
            return ReadFormat(parameter, text, out);
        case ParameterKind::kJsonOnly:
            return ReadJsonOnly(parameter, text);
        case ParameterKind::kLimit:
            return ReadNumber(parameter, text, 1, kMaxLimit, out.limit);
        case ParameterKind::kDepth:
            return ReadNumber(parameter, text, 0, kMaxDepth, out.depth);
        case ParameterKind::kMarket:
            out.market = model::ParseMarket(text);
            if (out.market) return OkStatus();
            return Invalid(parameter.name, "must be spot, linear, inverse or option");
        case ParameterKind::kDataType:
            out.data_type = model::ParseDataType(text);
            if (out.data_type) return OkStatus();
            return Invalid(
                parameter.name, "is no data type such as trade, book_delta, bbo or kline"
            );
        case ParameterKind::kInterval:
            out.interval = text;
            if (const auto interval = model::CandleInterval::Parse(text); !interval.ok()) {
                return Invalid(parameter.name, MessageOf(interval.status()));
            }
            return OkStatus();
        case ParameterKind::kBars:
            out.interval = text;
            if (const auto interval = model::ParseBarInterval(text); !interval.ok()) {
                return Invalid(parameter.name, MessageOf(interval.status()));
            }
            return OkStatus();
        case ParameterKind::kSymbols:
            return ReadSymbols(parameter, text, out);
        case ParameterKind::kEvery:
            return ReadEvery(parameter, text, out);
    }
    return OkStatus();
}

const Parameter* Find(std::span<const Parameter> parameters, std::string_view name) {
    const auto it = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) {
        return p.name == name;
    });
    return it == parameters.end() ? nullptr : &*it;
}

// Where a route takes several instruments, one or several must be named.
Status ReadInstruments(Arguments& out) {
    if (out.symbols.empty()) {
        if (out.symbol.empty()) return Invalid("symbol", "is required");
        return out.exchange.empty() ? Invalid("exchange", "is required") : OkStatus();
    }
    if (!out.symbol.empty()) return Invalid("symbols", "is given beside symbol");
    auto instruments = ParseInstrumentList(out.symbols, out.exchange, out.market);
    if (!instruments.ok()) return instruments.status();
    out.instruments = *std::move(instruments);
    return OkStatus();
}

}  // namespace

Result<Arguments> ParseArguments(
    std::span<const Parameter> parameters, const net::QueryParams& query
) {
    Arguments out;
    for (const auto& [name, value] : query.all()) {
        const Parameter* parameter = Find(parameters, name);
        if (parameter == nullptr) return Invalid(name, "is not a parameter of this route");
        const auto same = [&, n = std::string_view(name)](const auto& p) { return p.first == n; };
        if (std::count_if(query.all().begin(), query.all().end(), same) > 1) {
            return Invalid(name, "is given more than once");
        }
        MP_RETURN_IF_ERROR(ReadValue(*parameter, value, out));
    }
    for (const Parameter& parameter : parameters) {
        if (parameter.required && !query.Has(parameter.name)) {
            return Invalid(parameter.name, "is required");
        }
    }
    if (Find(parameters, "symbols") != nullptr) MP_RETURN_IF_ERROR(ReadInstruments(out));
    if (out.start && out.end && *out.start > *out.end) {
        return Invalid("end", "lies before start");
    }
    return out;
}

std::string_view OffendingParameter(const Status& status) {
    const std::string_view message = MessageOf(status);
    const size_t colon = message.find(':');
    return colon == std::string_view::npos ? std::string_view{} : message.substr(0, colon);
}

}  // namespace mp::gateway
