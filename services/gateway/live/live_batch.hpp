#pragma once
// One message of the bus, taken apart once and then shared, unchanged, by all who are sent its
// events.

#include <memory>
#include <utility>

#include "base/status.hpp"
#include "bus/message.hpp"
#include "wire/batch.hpp"

namespace mp::gateway {

class LiveBatch {
  public:
    // InvalidArgument or FailedPrecondition for a payload that is no batch of a known version.
    static Result<std::shared_ptr<const LiveBatch>> Open(bus::StreamMessage message) {
        auto batch = std::make_shared<LiveBatch>(std::move(message));
        MP_RETURN_IF_ERROR(batch->reader_.Open(batch->message_.payload()));
        return std::shared_ptr<const LiveBatch>(std::move(batch));
    }
    explicit LiveBatch(bus::StreamMessage message) : message_(std::move(message)) {}

    uint64_t sequence() const { return message_.stream_sequence; }
    std::span<const model::Instrument> instruments() const { return reader_.instruments(); }
    std::span<const wire::BatchEntry> entries() const { return reader_.entries(); }
    // What it takes up.
    size_t bytes() const {
        return message_.payload().size() + entries().size() * sizeof(wire::BatchEntry);
    }

  private:
    bus::StreamMessage message_;
    wire::BatchReader reader_;  // looks into message_
};

// One event of a batch; keeps the batch alive.
struct LiveEvent {
    std::shared_ptr<const LiveBatch> batch;
    uint32_t index = 0;

    const model::Instrument& instrument() const {
        return batch->instruments()[batch->entries()[index].instrument];
    }
    std::string_view bytes() const { return batch->entries()[index].event; }
};

}  // namespace mp::gateway
