#pragma once
// Giving work away and asking what became of it. From one io_context thread; connection and bucket
// must outlive it. Streams and bucket exist already (bus::EnsureStream(TasksStream),
// ResultsBucket).

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "tasks/records.hpp"
#include "tasks/task.hpp"
#include "telemetry/trace.hpp"

namespace mp::tasks {

struct TaskRequest {
    std::string id;  // the caller's, for submitting at most once; empty: made here
    std::string kind;
    Priority priority = marketprism::v1::TASK_PRIORITY_NORMAL;
    std::string payload_json = "{}";
    std::chrono::milliseconds timeout = std::chrono::minutes(5);  // of one attempt
    uint32_t max_retries = 3;
    std::string origin;
    // Whose work it is; what is done about the task anywhere is logged with it.
    telemetry::TraceContext trace = telemetry::TraceContext::Generate();
};

struct TaskFilter {
    std::string kind;               // empty: any
    std::vector<TaskState> states;  // empty: any
    size_t limit = 1000;
};

// For so long an id means the same task; a task that is over is forgotten then, although its record
// may be there for longer.
inline constexpr std::chrono::hours kSameTaskFor{24};
bool IsForgotten(const TaskRecord& record, Nanos now);

class TaskQueue {
  public:
    TaskQueue(
        bus::Connection& connection,
        reliability::KeyValue& results,
        const Clock& clock = DefaultClock()
    );

    // Its id. A repeat with the same id within 24 h changes nothing and is OK. ResourceExhausted:
    // the queue is full. After Unavailable or DeadlineExceeded repeat with the same id.
    runtime::Task<Result<std::string>> Submit(TaskRequest request, Deadline deadline);

    runtime::Task<Result<TaskRecord>> Get(std::string id);
    // Newest first.
    runtime::Task<Result<std::vector<TaskRecord>>> List(TaskFilter filter, Deadline deadline);

    // A waiting task will not run; a running one is told to stop. FailedPrecondition when it is
    // over.
    runtime::Task<Status> Cancel(std::string id, Deadline deadline);

  private:
    // Submits in the place of a forgotten task, whose record is at `revision`.
    runtime::Task<Result<std::string>> Replace(
        TaskRecord record, uint64_t revision, telemetry::TraceContext trace, Deadline deadline
    );
    // Publishes the message of a record that is in the bucket as revision `revision`.
    runtime::Task<Status> Publish(
        TaskRecord record, uint64_t revision, telemetry::TraceContext trace, Deadline deadline
    );

    bus::Connection& connection_;
    Records records_;
    const Clock& clock_;
};

}  // namespace mp::tasks
