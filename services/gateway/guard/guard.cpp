#include "gateway/guard/guard.hpp"

#include <utility>

#include "runtime/all_of.hpp"

namespace mp::gateway {

Guard::Guard(
    CallersConfig callers,
    LimitsConfig limits,
    bus::Connection& bus,
    telemetry::MetricRegistry& metrics
)
    : callers_(std::move(callers)),
      limits_(limits),
      answers_(callers_, limits_, metrics),
      bucket_(bus, "idempotency"),
      store_(bucket_),
      once_(store_, callers_),
      limits_readings_(reliability::Expose(metrics, "requests", limits_.limiter())),
      store_readings_(reliability::Expose(metrics, "requests", store_)) {}

Task<Status> Guard::Run() {
    co_return co_await runtime::AllOf(callers_.Run(), once_.Run());
}

void Guard::Mount(net::Router& router) {
    router.Use(answers_.AsFilter());
    router.Use(once_.AsFilter());
}

}  // namespace mp::gateway
