#pragma once
// The one table that REST, OpenAPI and WebSocket share: every route with its parameters, who may
// call it, and whether its answers are kept.

#include <span>
#include <string_view>

#include "auth/role.hpp"
#include "gateway/api/parameter.hpp"
#include "net/http_message.hpp"

namespace mp::gateway {

enum class Operation : uint8_t {
    kEvents,
    kTrades,
    kOrderBook,
    kBbo,
    kTicker,
    kKlines,
    kCandles,
    kFundingRates,
    kOpenInterest,
    kLiquidations,
    kMarkPrices,
    kCoverage,
    kInstruments,
    kServices,
    kJobs,
    kTasks,
    kTask,
    kVersion,
    kAddInstruments,
    kRemoveInstruments,
    kSubmitTask,
    kCancelTask,
    kRunJob,
    kPauseJob,
    kResumeJob,
};

using auth::Role;

struct Route {
    Operation operation;
    net::HttpMethod method;
    std::string_view path;
    std::string_view summary;
    std::span<const Parameter> parameters;
    Role role = Role::kReader;
    bool kept = false;           // answers stay in memory (rest/answer_cache.hpp)
    std::string_view body = {};  // of a POST: what the JSON holds
};

std::span<const Route> Routes();

// The event type that a typed route answers with; unspecified for other routes.
model::DataType TypeOf(Operation operation);

}  // namespace mp::gateway
