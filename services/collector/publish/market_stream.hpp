#pragma once
// The broker's side of publishing: makes sure that the streams are there and keeps an eye on the
// room that is left. One executor's thread.

#include <cstdint>
#include <filesystem>

#include "bus/connection.hpp"
#include "bus/stream.hpp"
#include "collector/config.hpp"
#include "collector/publish/outbox.hpp"
#include "runtime/condition.hpp"
#include "runtime/task.hpp"

namespace mp::collector {

class MarketStream {
  public:
    // Everything outlives it. `memory`: the file in which the next process finds how many shards
    // there are, should it start without a broker.
    MarketStream(
        bus::Connection& bus, const BusConfig& config, Outbox& outbox, std::filesystem::path memory
    );

    // Connects and works until cancelled. Fails where the stream is not the one that was collected
    // for.
    Task<Status> Run();

    // The stream as it is, or a new one, with what stands beside it.
    Task<Status> Make();

    // Until it is there.
    Task<> Known() { return known_.Wait(); }
    // As long, or for a moment where it was known before; nothing by then: goes on as it was, or as
    // configured, until the broker says otherwise.
    Task<bool> KnownOrAssumed(Deadline deadline);

    // A property of the stream; 0: nobody has been asked yet. Stays where it is.
    const uint32_t& shards() const { return shards_; }

  private:
    Task<Result<bus::StreamInfo>> FindOrMake();
    uint32_t Remembered() const;
    Status TakeShards(const bus::StreamInfo& stream);
    Task<Status> FindOrMakeDeadLetters();
    Task<> MakeRest();
    Task<> LookForRoom();

    bus::Connection& bus_;
    const BusConfig& config_;
    Outbox& outbox_;
    const std::filesystem::path memory_;
    uint32_t shards_ = 0;
    runtime::Event known_;
};

}  // namespace mp::collector
