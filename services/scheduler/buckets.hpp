#pragma once
// The buckets and streams that the scheduler works with.

#include <cstdint>

#include "bus/connection.hpp"
#include "bus/kv_bucket.hpp"
#include "bus/provision.hpp"

namespace mp::scheduler {

struct Buckets {
    explicit Buckets(bus::Connection& bus)
        : registry(bus, "registry"),
          jobs(bus, "jobs"),
          locks(bus, "locks"),
          decisions(bus, "idempotency"),
          results(bus, "results") {}

    bus::KvBucket registry;
    bus::KvBucket jobs;
    bus::KvBucket locks;
    bus::KvBucket decisions;  // about due times: kept for a day
    bus::KvBucket results;
};

// The buckets above and the stream of tasks.
bus::Provision Provisions(bus::Connection& bus, int replicas, int64_t max_queued_tasks);

}  // namespace mp::scheduler
