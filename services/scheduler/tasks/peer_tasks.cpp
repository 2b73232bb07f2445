#include "scheduler/tasks/peer_tasks.hpp"

namespace mp::scheduler {

PeerTasks::PeerTasks(
    const bus::Connection& bus,
    reliability::KeyValue& registry,
    const rpc::Dispatcher& dispatcher,
    const tls::Credentials& tls,
    const std::string& instance
)
    : directory_(
          registry,
          {.reachable = [&bus] { return bus.state().connected; },
           .self = registry::InstanceKey(registry::kScheduler, instance)}
      ),
      peers_(directory_, dispatcher, &tls),
      interest_(peers_, pb::DATA_TYPE_OPEN_INTEREST),
      funding_(peers_, pb::DATA_TYPE_FUNDING_RATE),
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
