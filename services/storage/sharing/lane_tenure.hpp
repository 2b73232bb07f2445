#pragma once
// One lane of a shared store, as this instance has it or not: while it is wanted here it contends
// for the lane's lease, and while it holds that it writes.
//
// Nothing is written beyond the lease less its margin. Whoever takes over from one that has not
// resigned waits before it asks the store anything, so that what the other had under way has come
// to its end.
//
// On the executor.

#include <cstdint>
#include <string>

#include "bus/connection.hpp"
#include "reliability/distributed_lock.hpp"
#include "reliability/key_value.hpp"
#include "reliability/leadership.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"
#include "storage/ingest/ingest.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "storage/shared_engine.hpp"
#include "storage/sharing/lane_consumption.hpp"

namespace mp::storage {

// What all lanes of an instance have in common; everything outlives them.
struct LaneContext {
    bus::Connection& connection;
    SharedEngine& engine;
    runtime::BlockingPool& pool;
    const StorageMetrics& metrics;
    const StreamSettings& settings;
    reliability::KeyValue& locks;
    Ingest::DeadLetterSink dead_letters;
    std::string writer;  // this process, and no other one
};

class LaneTenure {
  public:
    LaneTenure(const LaneContext& context, uint32_t lane);

    // Until cancelled; then the lane is given back.
    Task<Status> Run();

    // Whether this instance should have the lane.
    void SetWanted(bool wanted);

    // Whether it writes to it.
    bool leads() const { return leads_; }
    // Why it does not consume the lane though it should; else OK.
    Status state() const;
    // Messages that are not delivered yet; 0 where it does not lead.
    uint64_t behind() const { return leads_ ? consumption_.behind() : 0; }

  private:
    Task<> UntilUnwanted();
    Task<Status> Hold();
    Task<Status> Write();
    Task<Status> TakeOver();
    Task<> Resign();
    void MoveFence();

    runtime::BlockingPool& pool_;
    LaneEngine& engine_;
    const uint32_t lane_;
    const std::string writer_;
    const Duration lease_;
    Ingest ingest_;
    LaneConsumption consumption_;
    reliability::DistributedLock lock_;
    reliability::Leadership leadership_;
    uint64_t takeovers_ = 0;  // of the lock
    runtime::Condition changed_;
    bool wanted_ = false;
    bool leads_ = false;
};

}  // namespace mp::storage
