#pragma once
// Parameters of a route: what they are called, what they may hold, and their values in a request.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "base/time.hpp"
#include "gateway/api/instrument_list.hpp"
#include "model/instrument.hpp"
#include "net/query_params.hpp"

namespace mp::gateway {

enum class ParameterKind : uint8_t {
    kText,
    kMarket,
    kDataType,
    kTime,      // RFC 3339, or integer milliseconds or nanoseconds
    kLimit,     // 1..10000
    kDepth,     // 0..10000, 0: every level
    kFormat,    // json | ndjson | csv
    kJsonOnly,  // a format, where there is no choice
    kInterval,  // "1m"
    kBars,      // "1m" "100t" "0.5v"
    kSymbols,   // "BTC-USDT,okx:spot:ETH-USDT", instead of `symbol`
    kEvery,     // "1s"
};

struct Parameter {
    std::string_view name;
    ParameterKind kind;
    bool required;
    std::string_view description;
};

enum class Format : uint8_t { kJson, kNdjson, kCsv };

inline constexpr uint32_t kDefaultLimit = 1000;
inline constexpr uint32_t kMaxLimit = 10'000;
inline constexpr uint32_t kDefaultDepth = 100;
inline constexpr uint32_t kMaxDepth = 10'000;

// The values of a request. Absent parameters have the defaults of the API.
struct Arguments {
    std::string exchange;
    std::optional<model::Market> market;
    std::string symbol;
    std::optional<model::DataType> data_type;
    std::string symbols;                      // as given
    std::vector<InstrumentName> instruments;  // the same, read; empty: one symbol
    std::string interval;
    Nanos every = 0;  // 0: every event
    std::optional<Nanos> start;
    std::optional<Nanos> end;
    std::optional<Nanos> at;
    uint32_t limit = kDefaultLimit;
    uint32_t depth = kDefaultDepth;
    std::string cursor;
    Format format = Format::kJson;
    std::string id;      // of the path: a task or job
    std::string kind;    // of tasks
    std::string status;  // of tasks
};

// Reads `query` against `parameters`. InvalidArgument whose message begins with the offending
// parameter's name: unknown, repeated, malformed, out of range, or required and missing.
Result<Arguments> ParseArguments(
    std::span<const Parameter> parameters, const net::QueryParams& query
);

// The name at the front of such an error, for `details` of the answer.
std::string_view OffendingParameter(const Status& status);

}  // namespace mp::gateway
