#pragma once
// Keeps the metrics of what the store holds (of one that is shared one instance tells, the others
// say 0): rows and servers each second, its size every ten, and
// the gaps that it lists, which means reading all claims, as often as that takes little of a
// thread's time. On one io_context thread; the work is done on the pool that answers queries.

#include <vector>

#include "base/duration.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "storage/shared_engine.hpp"

namespace mp::storage {

class Inventory {
  public:
    // Everything referenced outlives it.
    // `shared`: the engine again, where several instances share the store; else null.
    Inventory(
        const Engine& engine,
        SharedEngine* shared,
        runtime::BlockingPool& pool,
        const StorageMetrics& metrics
    )
        : engine_(engine), shared_(shared), pool_(pool), metrics_(metrics) {}

    // Until it is cancelled. What the engine cannot tell now is asked again in the next round.
    Task<Status> Run();

  private:
    Task<> CountRows();
    void ReportEndpoints();
    Task<> MeasureSize();
    Task<Duration> CountGaps();  // how long that took

    bool Tells() const { return shared_ == nullptr || shared_->lane(0).Leads(); }

    const Engine& engine_;
    SharedEngine* const shared_;
    runtime::BlockingPool& pool_;
    const StorageMetrics& metrics_;
    std::vector<EndpointState> endpoints_;  // as they were reported
};

}  // namespace mp::storage
