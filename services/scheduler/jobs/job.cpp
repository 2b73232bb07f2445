#include "scheduler/jobs/job.hpp"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/json_depth.hpp"
#include "tasks/task.hpp"
#include "tasks/timeout.hpp"

namespace mp::scheduler {
namespace {

using Json = nlohmann::json;

// Reads members of a JSON object that may be absent; remembers the first one of a wrong type.
class Members {
  public:
    explicit Members(const Json& object) : object_(object) {}

    template <typename T>
    void Get(const char* name, T* out) {
        const auto member = object_.find(name);
        if (member == object_.end()) return;
        try {
            *out = member->get<T>();
        } catch (const Json::exception&) {
            Fail(name, "has the wrong type");
        }
    }

    // Whole units of `Unit` from a text such as "5m".
    template <typename Unit>
    void GetDuration(const char* name, Unit* out) {
        std::string text;
        Get(name, &text);
        if (text.empty()) return;
        const Result<Duration> parsed = ParseDuration(text);
        if (!parsed.ok()) return Fail(name, MessageOf(parsed.status()));
        *out = std::chrono::duration_cast<Unit>(*parsed);
    }

    void Fail(const char* name, std::string_view what) {
        if (!status_.ok()) return;
        status_ = absl::InvalidArgumentError(std::string(name) + ": " + std::string(what));
    }

    const Status& status() const { return status_; }

  private:
    const Json& object_;
    Status status_;
};

Result<Json> ParseObject(const std::string& json) {
    if (NestsDeeperThan(json, kMaxJsonDepth)) {
        return absl::InvalidArgumentError("is nested too deeply");
    }
    Json object = Json::parse(json, nullptr, false);
    if (!object.is_object()) return absl::InvalidArgumentError("is not a JSON object");
    return object;
}

void GetPriority(Members& members, JobSpec& spec) {
    std::string name;
    members.Get("priority", &name);
    if (name.empty()) return;
    const auto priority = tasks::ParsePriority(name);
    if (!priority.ok()) return members.Fail("priority", MessageOf(priority.status()));
    spec.priority = *priority;
}

void GetPolicies(Members& members, JobSpec& spec) {
    std::string overlap(ToString(spec.overlap));
    std::string misfire(ToString(spec.misfire));
    members.Get("overlap", &overlap);
    members.Get("misfire", &misfire);
    if (overlap != "skip" && overlap != "allow") members.Fail("overlap", "must be skip or allow");
    if (misfire != "fire_once" && misfire != "skip") {
        members.Fail("misfire", "must be fire_once or skip");
    }
    spec.overlap = overlap == "allow" ? Overlap::kAllow : Overlap::kSkip;
    spec.misfire = misfire == "skip" ? Misfire::kSkip : Misfire::kFireOnce;
}

}  // namespace

std::string_view ToString(Overlap overlap) {
    return overlap == Overlap::kSkip ? "skip" : "allow";
}

std::string_view ToString(Misfire misfire) {
    return misfire == Misfire::kFireOnce ? "fire_once" : "skip";
}

std::string StateKey(const std::string& id) {
    return "state." + id;
}
std::string SpecKey(const std::string& id) {
    return "spec." + id;
}

Result<Job> MakeJob(JobSpec spec) {
    MP_RETURN_IF_ERROR(Annotate(tasks::CheckKind(spec.id), "id"));
    MP_RETURN_IF_ERROR(Annotate(tasks::CheckKind(spec.kind), "kind"));
    if (!Json::accept(spec.payload_json)) return absl::InvalidArgumentError("payload: is not JSON");
    MP_RETURN_IF_ERROR(Annotate(tasks::CheckTimeout(spec.timeout), "timeout"));
    Result<Schedule> schedule = Schedule::Parse(spec.schedule, spec.time_zone);
    if (!schedule.ok()) return Annotate(schedule.status(), "schedule '" + spec.schedule + "'");
    return Job{std::move(spec), *std::move(schedule), {}};
}

std::string ToJson(const JobState& state) {
    const Json object = {
        {"paused", state.paused},
        {"last_due", state.last_due},
        {"last_fired", state.last_fired},
        {"last_task_id", state.last_task_id},
        {"token", state.token},
    };
    return object.dump();
}

Result<JobState> ParseJobState(const std::string& json) {
    const Result<Json> object = ParseObject(json);
    if (!object.ok()) return object.status();
    JobState state;
    Members members(*object);
    members.Get("paused", &state.paused);
    members.Get("last_due", &state.last_due);
    members.Get("last_fired", &state.last_fired);
    members.Get("last_task_id", &state.last_task_id);
    members.Get("token", &state.token);
    if (!members.status().ok()) return members.status();
    return state;
}

Result<JobSpec> ParseJobSpec(const std::string& id, const std::string& json) {
    const Result<Json> object = ParseObject(json);
    if (!object.ok()) return object.status();
    JobSpec spec;
    spec.id = id;
    spec.kind = id;
    Members members(*object);
    members.Get("kind", &spec.kind);
    members.Get("schedule", &spec.schedule);
    members.Get("time_zone", &spec.time_zone);
    members.Get("enabled", &spec.enabled);
    members.Get("max_retries", &spec.max_retries);
    members.GetDuration("timeout", &spec.timeout);
    members.GetDuration("jitter", &spec.jitter);
    GetPriority(members, spec);
    GetPolicies(members, spec);
    if (const auto payload = object->find("payload"); payload != object->end()) {
        spec.payload_json = payload->dump();
    }
    if (!members.status().ok()) return members.status();
    return spec;
}

}  // namespace mp::scheduler
