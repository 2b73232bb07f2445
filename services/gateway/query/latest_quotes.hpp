#pragma once
// The newest best bid and offer of every instrument, straight from the live stream: one consumer
// that is always on, so that the most asked question is answered from memory. One io_context
// thread.

#include <optional>
#include <string>
#include <unordered_map>

#include "bus/ordered_consumer.hpp"
#include "gateway/query/instruments.hpp"
#include "marketprism/v1/query.pb.h"
#include "model/instrument.hpp"
#include "registry/directory.hpp"
#include "wire/batch.hpp"

namespace mp::gateway {

class LatestQuotes {
  public:
    // Starts as soon as there is a connection. Tells `instruments` whom it has seen, so that a
    // gateway that came up while the store is away knows them. All outlive it, and the directory
    // reports to it as long as it runs.
    LatestQuotes(
        bus::Connection& connection, Instruments& instruments, registry::Directory& directory
    );

    // By canonical instrument; nothing where none came since the start. `degraded`: the stream is
    // away, or no collector fills it.
    std::optional<marketprism::v1::GetBboResponse> Find(
        const marketprism::v1::Instrument& instrument
    ) const;

    size_t size() const { return quotes_.size(); }

  private:
    struct Quote {
        Nanos order_ts = 0;
        uint64_t sequence = 0;  // inside order_ts
        std::string bytes;      // of the Event
    };

    void OnMessages(std::span<bus::StreamMessage> messages);
    void Take(const model::Instrument& instrument, std::string_view event);

    Instruments& instruments_;
    bool collected_ = false;  // a collector is listed
    std::unordered_map<model::Instrument, Quote> quotes_;
    std::string identity_;  // scratch
    wire::BatchReader reader_;
    bus::OrderedConsumer consumer_;  // last: its callbacks use the above
};

}  // namespace mp::gateway
