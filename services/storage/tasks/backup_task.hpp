#pragma once
// Task `backup`: copies the store into a folder of this machine, beside what is stored and asked.
// Payload {"to":"/full/path","keep":7}, each of them optional: as the configuration says.
// Result {"to","backup","bytes","copied_bytes","events","floor"}.
//
// One at a time; on the executor, the copying on a thread of its own.

#include <atomic>
#include <string>

#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::storage {

class BackupTask {
  public:
    // Everything referenced outlives it. `usual`: where a task says nothing else.
    BackupTask(Engine& engine, BackupOrder usual, const StorageMetrics& metrics)
        : engine_(engine), usual_(std::move(usual)), metrics_(metrics) {}

    // Cancelled, it stops copying and leaves nothing of this backup behind.
    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    Result<BackupOrder> OrderOf(const std::string& payload) const;
    Task<Result<std::string>> Make(const BackupOrder& order);
    Task<Result<std::string>> Follow(tasks::TaskContext& context);

    Engine& engine_;
    const BackupOrder usual_;
    const StorageMetrics& metrics_;
    runtime::BlockingPool pool_{"storage-backup", 1, 1};
    bool running_ = false;
    std::atomic<double> fraction_{0};
    std::atomic<bool> stop_{false};
};

}  // namespace mp::storage
