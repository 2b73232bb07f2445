#pragma once
// What stands before every face: who may ask (keys), how much (limits), and that it happens once.
// One io_context thread; the bus and the registry of metrics outlive it, and it outlives the faces.

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "gateway/guard/answer_filter.hpp"
#include "gateway/guard/caller.hpp"
#include "gateway/guard/idempotency_filter.hpp"
#include "gateway/guard/limits.hpp"
#include "net/router.hpp"
#include "reliability/idempotency_store.hpp"
#include "reliability/metrics.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::gateway {

class Guard {
  public:
    Guard(
        CallersConfig callers,
        LimitsConfig limits,
        bus::Connection& bus,
        telemetry::MetricRegistry& metrics
    );

    // Before Run, and not before both ports are had: it may make the first key.
    Status Open(Nanos now) { return callers_.Open(now); }
    // Follows the keys and frees those of requests, until cancelled.
    Task<Status> Run();

    // Stands around every route that is added later.
    void Mount(net::Router& router);

    const Callers& callers() const { return callers_; }
    Limits& limits() { return limits_; }
    AnswerFilter& answers() { return answers_; }

  private:
    Callers callers_;
    Limits limits_;
    AnswerFilter answers_;
    bus::KvBucket bucket_;
    reliability::IdempotencyStore store_;
    IdempotencyFilter once_;
    reliability::Readings limits_readings_;
    reliability::Readings store_readings_;
};

}  // namespace mp::gateway
