#include "scheduler/tasks/peer_tasks.hpp"

namespace mp::scheduler {

PeerTasks::PeerTasks(
    const bus::Connection& bus,
    reliability::KeyValue& registry,
    const rpc::Dispatcher& dispatcher,
    telemetry::MetricRegistry& metrics,
    const tls::Credentials& tls,
    const config::ServiceConfig& service
)
    : directory_(
          registry,
          {.reachable = [&bus] { return bus.state().connected; },
           .self = registry::InstanceKey(registry::kScheduler, service.instance),
           .zone = service.zone}
      ),
      peers_(directory_, dispatcher, metrics, &tls),
      interest_(peers_, "open_interest", pb::DATA_TYPE_OPEN_INTEREST),
      funding_(peers_, "funding_rates", pb::DATA_TYPE_FUNDING_RATE),
      repair_(peers_) {}

void PeerTasks::AddTo(RecoveryWorker& worker) {
    worker.Handle("open_interest", [this](tasks::TaskContext& task) {
        return interest_.Run(task);
    });
    worker.Handle("funding_rates", [this](tasks::TaskContext& task) { return funding_.Run(task); });
    worker.Handle("gap_repair", [this](tasks::TaskContext& task) { return repair_.Run(task); });
}

Task<Status> PeerTasks::Run(runtime::Event& ready) {
    co_await ready.Wait();
    co_await directory_.Run();
    co_return OkStatus();
}

}  // namespace mp::scheduler
