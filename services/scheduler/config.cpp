#include "scheduler/config.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "bus/config.hpp"
#include "tasks/timeout.hpp"

namespace mp::scheduler {
namespace {

using namespace std::chrono_literals;
namespace pb = marketprism::v1;

void ReadLeadership(config::Reader section, LeadershipTimes& times) {
    // The bucket of the locks forgets a key after 30 s.
    section.Get("ttl", &times.ttl, config::Between(Duration(500ms), Duration(30s)));
    section.Get("renew_every", &times.renew_every, config::AtLeast(Duration(100ms)));
    section.Get("margin", &times.margin, config::AtLeast(Duration(50ms)));
    if (times.renew_every + times.margin >= times.ttl) {
        section.Fail("ttl", "must be longer than renew_every and margin together");
    }
}

void ReadWorkers(config::Reader section, tasks::PoolConfig& workers) {
    Duration scale_every = workers.scale_every;
    section.Get("min", &workers.min_workers, config::Between(1, 1000));
    section.Get("max", &workers.max_workers, config::Between(1, 1000));
    section.Get("scale_up_above", &workers.scale_up_above, config::Between(0.0, 1000.0));
    section.Get("scale_down_below", &workers.scale_down_below, config::Between(0.0, 1000.0));
    section.Get("scale_every", &scale_every, config::AtLeast(Duration(1s)));
    workers.scale_every = std::chrono::duration_cast<std::chrono::milliseconds>(scale_every);
    if (workers.scale_down_below >= workers.scale_up_above) {
        section.Fail("scale_down_below", "must be below scale_up_above");
    }
    if (workers.max_workers < workers.min_workers) section.Fail("max", "must not be below min");
}

void ReadJob(const std::string& name, config::Reader& entry, std::vector<Job>& jobs) {
    JobSpec spec;
    spec.id = name;
    spec.kind = name;
    Duration timeout = spec.timeout;
    entry.Get("kind", &spec.kind, config::NotEmpty());
    entry.Replaced("interval", "say schedule: every 1h");
    entry.Require("schedule", &spec.schedule, config::NotEmpty());
    entry.Get("time_zone", &spec.time_zone, config::NotEmpty());
    entry.Get("enabled", &spec.enabled);
    entry.GetEnum(
        "priority",
        &spec.priority,
        {{"low", pb::TASK_PRIORITY_LOW},
         {"normal", pb::TASK_PRIORITY_NORMAL},
         {"high", pb::TASK_PRIORITY_HIGH},
         {"critical", pb::TASK_PRIORITY_CRITICAL}}
    );
    entry.Get("payload", &spec.payload_json);
    entry.Get("timeout", &timeout, config::Between(Duration(1s), Duration(tasks::kMaxTimeout)));
    entry.Get("max_retries", &spec.max_retries, config::Between(0, 100));
    entry.Get("jitter", &spec.jitter, config::Between(Duration(0), Duration(24h)));
    entry.GetEnum("overlap", &spec.overlap, {{"skip", Overlap::kSkip}, {"allow", Overlap::kAllow}});
    entry.GetEnum(
        "misfire", &spec.misfire, {{"fire_once", Misfire::kFireOnce}, {"skip", Misfire::kSkip}}
    );
    spec.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
    if (spec.schedule.empty()) return;  // reported above
    Result<Job> job = MakeJob(std::move(spec));
    if (!job.ok()) return entry.Fail("schedule", MessageOf(job.status()));
    jobs.push_back(*std::move(job));
}

}  // namespace

config::Program SchedulerProgram() {
    return {
        .name = "mp-scheduler",
        .description = "Runs jobs when they are due and keeps the queue of tasks.",
        .config_dir = "services/scheduler/config",
        .well_known_names = {{"SERVICE_NAME", "service.name"}, {"NATS_URL", "bus.url"}},
        .taken_at_run_time = {"log.level", "jobs.*"},
    };
}

void ReadConfig(config::Reader& reader, Config& config) {
    config.service.name = "scheduler-service";
    config.service.http.port = 8003;
    config.service.grpc.port = 50053;
    config::Read(reader, &config.service);
    config.tls.clients = net::ClientCertificates::kRequired;
    tls::Read(reader, &config.tls);
    config::Reader bus = reader.Section("bus");
    bus::Read(bus, &config.bus, &config.bus_replicas);
    config.bus.name = config.service.name;

    config::Reader tasks = reader.Section("tasks");
    tasks.Get("max_queued", &config.max_queued_tasks, config::AtLeast(1));
    tasks.Get("stuck_after", &config.recovery.stuck_after, config::AtLeast(Duration(1s)));
    tasks.Get("max_retries", &config.recovery.max_retries, config::Between(0, 100));
    ReadWorkers(reader.Section("workers"), config.workers);
    config.workers.name = config.service.instance;

    ReadLeadership(reader.Section("leadership"), config.leadership);
    reader.Get("misfire_after", &config.firing.misfire_after, config::AtLeast(Duration(1s)));
    reader.Replaced("scheduler", "its jobs stand under jobs, with schedule: every 1h");
    config.jobs.clear();
    reader.ForEach("jobs", [&](const std::string& name, config::Reader& entry) {
        ReadJob(name, entry, config.jobs);
    });
}

}  // namespace mp::scheduler
