#pragma once
// What a job is, as configured, and what is remembered of it. Plain values.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/duration.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "marketprism/v1/task.pb.h"
#include "scheduler/schedule/schedule.hpp"

namespace mp::scheduler {

// What happens at a due time while the task of the one before is not over.
enum class Overlap { kSkip, kAllow };
// What happens to due times that passed while nobody could fire them.
enum class Misfire { kFireOnce, kSkip };

struct JobSpec {
    std::string id;    // [a-z0-9_-]+
    std::string kind;  // of the task that a firing enqueues
    std::string schedule;
    std::string time_zone = "UTC";
    bool enabled = true;
    marketprism::v1::TaskPriority priority = marketprism::v1::TASK_PRIORITY_NORMAL;
    std::string payload_json = "{}";
    std::chrono::milliseconds timeout = std::chrono::minutes(5);  // of one attempt
    uint32_t max_retries = 3;
    Duration jitter{0};  // a firing comes up to so much after its due time
    Overlap overlap = Overlap::kSkip;
    Misfire misfire = Misfire::kFireOnce;
};

// Kept in bucket `jobs` under StateKey, shared by all schedulers.
struct JobState {
    bool paused = false;
    Nanos last_due = 0;  // everything up to here is settled; 0: never looked at
    Nanos last_fired = 0;
    std::string last_task_id;
    uint64_t token = 0;  // of the leader that wrote last

    friend bool operator==(const JobState&, const JobState&) = default;
};

struct Job {
    JobSpec spec;
    Schedule schedule;
    JobState state;
};

// InvalidArgument says what is wrong with the spec.
Result<Job> MakeJob(JobSpec spec);

std::string StateKey(const std::string& id);  // "state.<id>"
std::string SpecKey(const std::string& id);   // "spec.<id>": a job added at run time

std::string ToJson(const JobState& state);
Result<JobState> ParseJobState(const std::string& json);
// A job added at run time: an object with the keys of the configuration; `payload` is any JSON.
Result<JobSpec> ParseJobSpec(const std::string& id, const std::string& json);

std::string_view ToString(Overlap overlap);
std::string_view ToString(Misfire misfire);

}  // namespace mp::scheduler
