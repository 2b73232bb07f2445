#include "gateway/tasks/queued_work.hpp"

#include <utility>

#include "runtime/all_of.hpp"

namespace mp::gateway {

QueuedWork::QueuedWork(
    bus::Connection& bus,
    std::string instance,
    History& history,
    RestFace& rest,
    telemetry::MetricRegistry& metrics
)
    : results_(bus, "results"),
      letters_(bus, {}),
      workers_(bus, results_, letters_, {.name = std::move(instance)}),
      warmup_(history, rest),
      pool_metrics_(metrics, workers_),
      letter_metrics_(metrics, letters_) {
    workers_.Handle("cache_warmup", [this](tasks::TaskContext& task) { return warmup_.Run(task); });
}

Task<Status> QueuedWork::Run() {
    co_return co_await runtime::AllOf(workers_.Run(), letters_.Run());
}

}  // namespace mp::gateway
