#pragma once
// An operation of several steps that ends either done or undone, also across a crash: after every
// step the progress is written to a log, and after a restart the saga goes on from there.
//
// When a step fails for good, the compensations of this and all earlier steps run, last first. A
// step that a crash interrupted runs again, a compensation may run for a step that did nothing:
// both are idempotent. A compensation that keeps failing leaves the saga `stuck`, for Resume after
// repair. Two runners of one saga stop each other at the next log entry, but may both have begun a
// step: resume under a lock or as leader. For control operations; market data needs none. One
// io_context thread.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "reliability/key_value.hpp"
#include "reliability/retry.hpp"
#include "runtime/task.hpp"

namespace mp::reliability {

// What the steps of one saga work on. `data` is theirs to write, and logged after each step.
struct SagaContext {
    std::string id;
    std::string input;  // UTF-8, as all text here
    std::map<std::string, std::string> data;
};

struct SagaStep {
    using Action = std::function<Task<Status>(SagaContext&)>;

    std::string name;
    Action run;
    Action compensate;  // empty: nothing to undo
};

enum class SagaState { kRunning, kCompensating, kDone, kCompensated, kStuck };
std::string_view ToString(SagaState state);

struct SagaRecord {
    std::string kind;
    SagaState state = SagaState::kRunning;
    size_t step = 0;    // the one to run, or to compensate, next
    std::string error;  // of the step that failed, or of the compensation that is stuck
    SagaContext context;
};

struct SagaConfig {
    // For each step and each compensation; without a budget.
    RetryPolicy retry;
    Duration step_timeout = std::chrono::minutes(5);  // with its retries
    Duration log_timeout = std::chrono::seconds(30);  // of one log entry, with its retries
    std::string prefix = "sagas";                     // of the keys in the log
};

class SagaRunner {
  public:
    struct Stats {
        uint64_t started = 0;
        uint64_t done = 0;
        uint64_t compensated = 0;
        uint64_t stuck = 0;
        uint64_t resumed = 0;
    };

    // `log` outlives the runner; its bucket has no time to live.
    explicit SagaRunner(KeyValue& log, SagaConfig config = {});

    // Once per kind, before anything is started or resumed.
    void Define(std::string kind, std::vector<SagaStep> steps);

    // Runs a new saga to its end. OK: done. Aborted: compensated (the step's error in the message),
    // or somebody else runs it. Internal: stuck. AlreadyExists: the id is known. Unavailable: the
    // log is away; Resume goes on.
    Task<Status> Start(std::string kind, std::string id, std::string input);

    // Takes one saga on from its log entry, a stuck one too; its end as from Start.
    Task<Status> Resume(std::string id);

    // Resumes everything that is neither finished nor stuck; how many there were. Unfinished ones
    // of unknown kinds are left alone.
    Task<Result<size_t>> ResumeAll();

    Task<Result<SagaRecord>> Find(std::string id);

    Stats GetStats() const { return stats_; }

  private:
    // A record with its place in the log.
    struct Logged {
        SagaRecord record;
        uint64_t revision = 0;
    };

    std::string KeyOf(const std::string& id) const;
    Task<Result<Logged>> Read(std::string key);
    Task<Status> Write(Logged& logged);
    Task<Status> Drive(Logged logged);
    // One step or compensation further; the record says what comes next.
    Task<> Forward(SagaRecord& record, const std::vector<SagaStep>& steps);
    Task<> Backward(SagaRecord& record, const std::vector<SagaStep>& steps);
    Task<Status> Act(const SagaStep::Action& action, SagaContext& context);
    Status EndOf(const SagaRecord& record);

    KeyValue& log_;
    const SagaConfig config_;
    const std::string runner_;  // tells our log entries from another runner's
    std::map<std::string, std::vector<SagaStep>> kinds_;
    Stats stats_;
};

}  // namespace mp::reliability
