#pragma once
// The records of tasks in bucket `results`: one a task, changed by compare-and-set only, so that
// the submitter, the worker and whoever cancels never overwrite each other. From one io_context
// thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "tasks/task.hpp"

namespace mp::tasks {

struct StoredRecord {
    TaskRecord record;
    uint64_t revision = 0;
};

class Records {
  public:
    explicit Records(reliability::KeyValue& bucket) : bucket_(bucket) {}

    runtime::Task<Result<StoredRecord>> Get(std::string id);
    // AlreadyExists where the task has a record.
    runtime::Task<Result<uint64_t>> Create(TaskRecord record);
    // Aborted where the record is not at `revision` any more.
    runtime::Task<Result<uint64_t>> Update(TaskRecord record, uint64_t revision);
    runtime::Task<Status> Delete(std::string id, uint64_t revision);
    // All of them, in no order.
    runtime::Task<Result<std::vector<StoredRecord>>> All();

  private:
    reliability::KeyValue& bucket_;
};

}  // namespace mp::tasks
