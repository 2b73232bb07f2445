#include "scheduler/buckets.hpp"

#include "bus/topology.hpp"
#include "telemetry/logging.hpp"

namespace mp::scheduler {
namespace {

const telemetry::Logger kLog{"scheduler"};

}  // namespace

bus::Provision Provisions(bus::Connection& bus, int replicas, int64_t max_queued_tasks) {
    return {
        bus,
        {bus::TasksStream(max_queued_tasks, replicas)},
        {bus::RegistryBucket(replicas),
         bus::JobsBucket(replicas),
         bus::LocksBucket(replicas),
         bus::IdempotencyBucket(replicas),
         bus::ResultsBucket(replicas)},
        [](const Status& error) {
            kLog.Warn("broker not usable yet", {{"reason", error}});
        }};
}

}  // namespace mp::scheduler
