#include "scheduler/recovery_worker.hpp"

#include "tasks/payload.hpp"

namespace mp::scheduler {
namespace {

std::string Recovered(size_t count) {
    return "{\"recovered\":" + std::to_string(count) + "}";
}

}  // namespace

RecoveryWorker::RecoveryWorker(
    bus::Connection& bus,
    reliability::KeyValue& results,
    const Config& config,
    telemetry::MetricRegistry& metrics
)
    : recovery_(bus, results, config.recovery),
      dead_letters_(bus, {}),
      pool_(bus, results, dead_letters_, config.workers),
      recovered_(metrics.Counters(
          "marketprism_tasks_recovered_total", "Tasks queued again by recovery.", {"reason"}
      )),
      removed_(metrics.MakeCounter(
          "marketprism_tasks_finished_removed_total",
          "Messages of finished tasks that a crash of the broker brought back."
      )),
      pool_metrics_(metrics, pool_),
      letter_metrics_(metrics, dead_letters_) {
    pool_.Handle("recover_stuck_tasks", [this](tasks::TaskContext& context) {
        return RecoverStuck(context);
    });
    pool_.Handle("recover_failed_tasks", [this](tasks::TaskContext& context) {
        return RecoverFailed(context);
    });
}

Task<Result<std::string>> RecoveryWorker::RecoverStuck(tasks::TaskContext& context) {
    MP_CO_RETURN_IF_ERROR(tasks::CheckNoPayload(context.task().payload_json()));
    const Deadline deadline = context.deadline();
    const Result<size_t> count = co_await recovery_.RecoverStuck(deadline);
    if (!count.ok()) co_return count.status();
    recovered_.With({"stuck"}).Add(*count);
    const Result<size_t> removed = co_await recovery_.RemoveFinished(deadline);
    if (!removed.ok()) co_return removed.status();
    removed_.Add(*removed);
    co_return Recovered(*count);
}

Task<Result<std::string>> RecoveryWorker::RecoverFailed(tasks::TaskContext& context) {
    MP_CO_RETURN_IF_ERROR(tasks::CheckNoPayload(context.task().payload_json()));
    const Result<size_t> count = co_await recovery_.RecoverFailed(context.deadline());
    if (!count.ok()) co_return count.status();
    recovered_.With({"failed"}).Add(*count);
    co_return Recovered(*count);
}

}  // namespace mp::scheduler
