#pragma once
// One attempt at one task: from the delivered message to its end in the record, the queue and,
// where all is lost, the dead letters. From one io_context thread; all references must outlive it.

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/message.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "tasks/records.hpp"
#include "tasks/task.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/trace.hpp"

namespace mp::tasks {

// What the attempts of a pool share.
struct Workshop {
    bus::Connection& connection;
    Records& records;
    bus::DeadLetters& dead_letters;
    const PoolConfig& config;
    const Clock& clock;
    PoolCounters& counters;
    // Running tasks that can be told to stop, by id.
    std::unordered_map<std::string, runtime::Event*> running;
};

class Attempt {
  public:
    Attempt(Workshop& shop, bus::StreamMessage message, std::string worker);
    // Gives the task back to the queue when it was not settled (the pool is stopping, or failed).
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    // The task's kind; empty where the message cannot be read.
    const std::string& kind() const { return task_.kind(); }

    // An error means trouble of the pool's own (the record could not be written); the task comes
    // again.
    runtime::Task<Status> Run(const TaskHandler& handler);

  private:
    runtime::Task<Result<bool>> Begin();
    runtime::Task<Result<std::string>> Work(const TaskHandler& handler);
    runtime::Task<Result<std::string>> Call(const TaskHandler& handler, TaskContext& context);
    runtime::Task<Result<std::string>> Beat(TaskContext& context);
    runtime::Task<Result<std::string>> WaitForCancel();
    runtime::Task<Status> Finish(Result<std::string> result);
    runtime::Task<Status> Close(TaskState state);
    runtime::Task<Result<bool>> Write();
    runtime::Task<Result<bool>> StillOurs();
    void LetGo();
    void Bury(const std::string& reason);
    void Settle(const Status& answer);
    std::chrono::nanoseconds RetryDelay() const;
    void LogEnd(TaskState state) const;

    Workshop& shop_;
    const bus::StreamMessage message_;
    const std::string worker_;
    const uint32_t retries_;
    const telemetry::TraceContext trace_;
    Task task_;
    StoredRecord stored_;
    runtime::Event cancel_;
    bool taken_over_ = false;
    bool settled_ = false;
};

}  // namespace mp::tasks
