#pragma once
// Live reading of a stream: every message of a subject filter once, in order, with its stream
// sequence, at the price of a plain subscription. Holes are noticed, never passed over.
//
// The broker's side is a temporary consumer without acks. Whenever its numbering breaks (lost
// messages, broker restarted, connection lost, heartbeats missing) it is made again
// behind the last message handed over, so nothing is lost and nothing doubled. What the stream
// itself does not have any more is reported as a hole.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "bus/connection.hpp"
#include "bus/message.hpp"

namespace mp::bus {

struct StartAt {
    enum class Kind : uint8_t {
        kNew,             // what comes from now on
        kAll,             // from the oldest kept
        kLast,            // from the newest kept
        kLastPerSubject,  // the newest of every subject, then what comes
        kSequence,        // from `sequence`
    };
    Kind kind = Kind::kNew;
    uint64_t sequence = 0;

    static StartAt New() { return {}; }
    static StartAt All() { return {Kind::kAll, 0}; }
    static StartAt Last() { return {Kind::kLast, 0}; }
    static StartAt LastPerSubject() { return {Kind::kLastPerSubject, 0}; }
    static StartAt Sequence(uint64_t sequence) { return {Kind::kSequence, sequence}; }
};

struct Hole {
    enum class Kind : uint8_t {
        kPurged,     // the stream removed first..last before they were read
        kTruncated,  // the broker lost its newest messages (power cut): numbers repeat from `first`
        kNewIncarnation,  // the stream was deleted and made again: numbers begin anew
    };
    Kind kind = Kind::kPurged;
    uint64_t first = 0;
    uint64_t last = 0;
};

struct OrderedConsumerConfig {
    std::string stream;
    std::string filter;  // subject with wildcards; empty: all
    StartAt start;
    bool headers_only = false;
    // The broker says so often that it is alive; two missing ones reset the consumer.
    std::chrono::milliseconds heartbeat{1000};
};

struct OrderedHandlers {
    // A burst of messages, in order. Required.
    std::function<void(std::span<StreamMessage>)> on_messages;
    // Before the messages that follow the hole. May be empty.
    std::function<void(const Hole&)> on_hole;
    // Once: all that the stream held at the start was handed over. May be empty.
    std::function<void()> on_caught_up;
};

// Callbacks run on the connection's executor, never after destruction, and may destroy the
// consumer.
class OrderedConsumer {
  public:
    // Starts by itself as soon as there is a connection and the stream exists.
    OrderedConsumer(Connection& connection, OrderedConsumerConfig config, OrderedHandlers handlers);
    ~OrderedConsumer();
    OrderedConsumer(const OrderedConsumer&) = delete;
    OrderedConsumer& operator=(const OrderedConsumer&) = delete;

    bool active() const noexcept;  // a consumer exists on the broker
    Nanos incarnation(
    ) const noexcept;  // StreamInfo::created of the stream read; 0 before the start
    uint64_t last_sequence() const noexcept;  // of the last message handed over
    uint64_t resets() const noexcept;         // restarts, however caused
    Status last_error() const;                // why it is not active

    struct Impl;

  private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace mp::bus
