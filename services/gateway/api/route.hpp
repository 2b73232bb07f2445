#pragma once
// The one table that REST, OpenAPI and WebSocket share: every route with its parameters, who may
// call it, and how long its answer may be kept.

#include <chrono>
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
    // How long an answer is fresh; 0: never kept. Answers about the live edge get much less
    // (cache.cpp).
    std::chrono::milliseconds ttl{0};
    std::string_view body = {};  // of a POST: what the JSON holds
};

std::span<const Route> Routes();

// The event type that a typed route answers with; unspecified for other routes.
model::DataType TypeOf(Operation operation);

}  // namespace mp::gateway
