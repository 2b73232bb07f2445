#pragma once
// Task `backup`: copies the store into a folder of this machine, beside what is stored and asked.
// Payload {"to":"/full/path","keep":7}, each of them optional: as the configuration says.
// Result {"to","backup","bytes","copied_bytes","events","floor"}.
//
// One at a time; on the executor, the copying on a thread of its own.

#include <string>

#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "storage/tasks/long_work.hpp"
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
    Result<std::string> Make(const BackupOrder& order, const OnBackupProgress& on_progress) const;

    Engine& engine_;
    const BackupOrder usual_;
    const StorageMetrics& metrics_;
    LongWork work_{"storage-backup", "another backup is being made"};
};

}  // namespace mp::storage
