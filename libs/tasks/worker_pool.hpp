#pragma once
// Runs queued tasks inside the service that can do them. For every kind it knows it pulls from one
// durable consumer a priority, most often from the most urgent, never forgetting the least.
//
// A task that fails, times out or loses its worker is tried again with growing pauses; when its
// retries are used up it is DEAD and goes to the dead letters. Handlers run as coroutines on the
// pool's one thread: blocking work belongs on a thread of the handler's own.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "reliability/key_value.hpp"
#include "runtime/task.hpp"
#include "tasks/task.hpp"
#include "telemetry/trace.hpp"

namespace mp::tasks {

// What a handler is given. Valid while the handler runs.
class TaskContext {
  public:
    TaskContext(
        const Task& task,
        std::string worker,
        uint32_t retry_count,
        Deadline deadline,
        const telemetry::TraceContext& trace = telemetry::TraceContext::Generate()
    )
        : task_(task),
          worker_(std::move(worker)),
          retry_count_(retry_count),
          deadline_(deadline),
          trace_(trace) {}

    const Task& task() const noexcept { return task_; }
    const std::string& worker() const noexcept { return worker_; }
    uint32_t retry_count() const noexcept { return retry_count_; }
    Deadline deadline() const noexcept { return deadline_; }  // of this attempt
    // Of who submitted the task: for calls and logs of the handler.
    const telemetry::TraceContext& trace() const noexcept { return trace_; }

    // 0..1; becomes visible with the next heartbeat.
    void SetProgress(double progress) noexcept { progress_ = progress; }
    double progress() const noexcept { return progress_; }

  private:
    const Task& task_;
    std::string worker_;
    uint32_t retry_count_;
    Deadline deadline_;
    telemetry::TraceContext trace_;
    double progress_ = 0;
};

// The result as JSON, or why it failed. InvalidArgument and PermissionDenied are final: no retry.
// When the task is cancelled or times out the coroutine is cancelled.
using TaskHandler = std::function<runtime::Task<Result<std::string>>(TaskContext&)>;

struct PoolConfig {
    std::string name;  // of the service instance: workers are "<name>-worker-<n>"
    size_t min_workers = 3;
    size_t max_workers = 20;
    double scale_up_above = 0.8;  // waiting tasks a worker
    double scale_down_below = 0.3;
    std::chrono::milliseconds scale_every = std::chrono::seconds(30);
    std::chrono::milliseconds scale_pause_after_error = std::chrono::seconds(60);
    std::chrono::milliseconds worker_pause_after_error = std::chrono::seconds(5);
    std::chrono::milliseconds heartbeat = std::chrono::seconds(5);
    std::chrono::milliseconds ack_wait =
        std::chrono::seconds(30);  // a lost worker's task comes again
    std::chrono::milliseconds retry_first = std::chrono::seconds(1);  // doubles, half of it random
    std::chrono::milliseconds retry_max = std::chrono::minutes(1);
    // How often queues that looked empty are asked again without news (retries that became due).
    std::chrono::milliseconds poll = std::chrono::seconds(1);
};

struct PoolCounters {
    uint64_t started = 0;
    uint64_t succeeded = 0;
    uint64_t failed = 0;  // attempts
    uint64_t timed_out = 0;
    uint64_t retried = 0;
    uint64_t dead = 0;
    uint64_t cancelled = 0;
    uint64_t scaled_up = 0;
    uint64_t scaled_down = 0;
    uint64_t errors = 0;  // of the pool itself: fetching, records
};

class WorkerPool {
  public:
    // All references must outlive Run.
    WorkerPool(
        bus::Connection& connection,
        reliability::KeyValue& results,
        bus::DeadLetters& dead_letters,
        PoolConfig config,
        const Clock& clock = DefaultClock()
    );
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // Before Run.
    void Handle(std::string kind, TaskHandler handler);

    // Waits for the queue, then works until cancelled; then running handlers are cancelled and
    // their tasks go back to the queue at once (for which the attempt counts as made). Drain first
    // where there is time.
    runtime::Task<Status> Run();

    // Takes no more tasks and waits for the running ones.
    runtime::Task<Status> Drain(Deadline deadline);

    // Whether there is a queue to work on: a scheduler makes it.
    bool has_queue() const noexcept;
    size_t workers() const noexcept;
    size_t busy() const noexcept;
    double load() const noexcept;  // busy / workers
    const PoolCounters& counters() const noexcept;

    struct Impl;

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::tasks
