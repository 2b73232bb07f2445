#pragma once
// What a pull consumer sends to the broker, and the broker's own answers to it.

#include <chrono>
#include <cstdint>
#include <string>

#include "bus/message.hpp"

namespace mp::bus::detail {

struct PullRequest {
    uint64_t batch = 1;
    std::chrono::nanoseconds expires{0};  // 0: only what is there now
    std::chrono::nanoseconds heartbeat{0};
};

std::string ToJsonText(const PullRequest& request);

// Where requests for the consumer go.
std::string PullSubject(const std::string& stream, const std::string& durable);

enum class PullStatus : uint8_t {
    kAlive,       // a heartbeat
    kOver,        // nothing more comes for this request
    kNoConsumer,  // the consumer has been deleted
};
PullStatus ReadPullStatus(const Message& message);

}  // namespace mp::bus::detail
