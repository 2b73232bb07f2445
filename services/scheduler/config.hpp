#pragma once
// The scheduler's configuration: config/base.yaml explains every key.

#include <cstdint>
#include <vector>

#include "base/duration.hpp"
#include "bus/connection.hpp"
#include "config/command_line.hpp"
#include "config/reader.hpp"
#include "config/service_config.hpp"
#include "scheduler/jobs/job.hpp"
#include "scheduler/jobs/leader.hpp"
#include "tasks/recovery.hpp"
#include "tasks/worker_pool.hpp"
#include "tls/config.hpp"

namespace mp::scheduler {

struct LeadershipTimes {
    Duration ttl = std::chrono::seconds(10);
    Duration renew_every = std::chrono::seconds(3);
    Duration margin = std::chrono::seconds(2);
};

struct Config {
    config::ServiceConfig service;
    tls::Config tls;
    bus::ConnectionConfig bus;
    int bus_replicas = 1;
    int64_t max_queued_tasks = 100'000;
    LeadershipTimes leadership;
    LeaderConfig firing;
    tasks::PoolConfig workers;
    tasks::Recovery::Config recovery;
    std::vector<Job> jobs;
};

config::Program SchedulerProgram();
void ReadConfig(config::Reader& reader, Config& config);

}  // namespace mp::scheduler
