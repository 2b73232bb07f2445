#pragma once
// This instance's part in what several do together: which lanes of the store it should write to,
// as the registry's live instances have it, how far all of them are, and, where it has the first
// lane, purging the stream.
//
// On the executor; floor() from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "registry/directory.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/condition.hpp"
#include "storage/ingest/stream_purge.hpp"
#include "storage/ingest/stream_reader.hpp"
#include "storage/ingest/stream_settings.hpp"
#include "storage/sharing/lane_tenure.hpp"

namespace mp::storage {

class SharedConsumption final : public StreamReader {
  public:
    // Everything referenced outlives it. `instance`: this one's name in the directory, in which
    // those who share the store say so (ServiceInstance.store: the durable consumer's name).
    SharedConsumption(
        bus::Connection& connection,
        SharedEngine& engine,
        const StorageMetrics& metrics,
        const StreamSettings& settings,
        reliability::KeyValue& locks,
        registry::Directory& directory,
        const std::string& instance,
        Ingest::DeadLetterSink dead_letters
    );

    Task<Status> Run() override;

    Nanos incarnation() const override { return incarnation_; }
    // Of all lanes, whoever writes to them.
    uint64_t floor() const override { return floor_; }
    // Lanes are read in order.
    bool settled() const override { return true; }
    const Status& state() const override { return state_; }

  private:
    Task<Status> Share();
    void AssignNow();
    Task<Status> Watch();
    Task<Status> Serve();
    Task<Status> Look();
    void Report();

    bus::Connection& connection_;
    SharedEngine& engine_;
    const StorageMetrics& metrics_;
    const StreamSettings settings_;
    registry::Directory& directory_;
    const std::string instance_;
    runtime::BlockingPool pool_;
    StreamPurge purge_;
    std::vector<std::unique_ptr<LaneTenure>> lanes_;
    runtime::Condition changed_;
    Nanos incarnation_ = 0;
    std::atomic<uint64_t> floor_{0};
    Status state_ = absl::UnavailableError("not started");
};

}  // namespace mp::storage
