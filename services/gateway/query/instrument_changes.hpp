#pragma once
// When something new was last heard of each instrument's metadata, from the live stream, so that
// what was read from the store may be kept until then. One io_context thread; the connection and
// the clock outlive it.

#include <unordered_map>

#include "base/duration.hpp"
#include "base/time.hpp"
#include "bus/ordered_consumer.hpp"
#include "model/instrument.hpp"
#include "wire/batch.hpp"

namespace mp::gateway {

class InstrumentChanges {
  public:
    // Listens as soon as there is a connection and a stream.
    explicit InstrumentChanges(bus::Connection& connection, const Clock& clock = DefaultClock());

    // For how long there was nothing new; Duration::max() where there never was, 0 while nobody
    // can tell because the stream is away.
    Duration Unchanged(const model::Instrument& instrument) const;

  private:
    void OnMessages(std::span<bus::StreamMessage> messages);

    const Clock& clock_;
    std::unordered_map<model::Instrument, Nanos> changed_;  // steady
    wire::BatchReader reader_;
    bus::OrderedConsumer consumer_;  // last: its callbacks use the above
};

}  // namespace mp::gateway
