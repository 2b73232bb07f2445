#include "scheduler/buckets.hpp"

#include "bus/stream.hpp"
#include "bus/topology.hpp"

namespace mp::scheduler {

Task<Status> CreateMissing(
    bus::Connection& bus, int replicas, int64_t max_queued_tasks, Deadline deadline
) {
    const bus::KvConfig buckets[] = {
        bus::RegistryBucket(replicas),
        bus::JobsBucket(replicas),
        bus::LocksBucket(replicas),
        bus::IdempotencyBucket(replicas),
        bus::ResultsBucket(replicas)};
    for (const bus::KvConfig& bucket : buckets) {
        const auto opened = co_await bus::KvBucket::Open(bus, bucket, deadline);
        if (!opened.ok()) co_return Annotate(opened.status(), "bucket " + bucket.bucket);
    }
    const bus::StreamConfig stream = bus::TasksStream(max_queued_tasks, replicas);
    const auto tasks = co_await bus::EnsureStream(bus, stream, deadline);
    co_return Annotate(tasks.status(), "stream of tasks");
}

}  // namespace mp::scheduler
