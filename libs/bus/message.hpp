#pragma once
// A message as it came from the broker. Owns the received bytes: the views below live as long as it
// does. Movable, not copyable; may be handed to another thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace mp::bus {

// Names are case-sensitive; the order is kept.
using Headers = std::vector<std::pair<std::string, std::string>>;

class Message {
  public:
    // What the wrapped client calls a message; `Free` gives it back.
    struct Free {
        void operator()(void* raw) const noexcept;
    };
    using Raw = std::unique_ptr<void, Free>;

    Message() = default;
    explicit Message(Raw raw) noexcept : raw_(std::move(raw)) {}

    std::string_view subject() const noexcept;
    std::string_view reply() const noexcept;  // empty: wants no answer
    std::string_view payload() const noexcept;
    // The first value of the header, if there is one.
    std::optional<std::string_view> header(const char* name) const;
    Headers headers() const;

    void* raw() const noexcept { return raw_.get(); }
    explicit operator bool() const noexcept { return raw_ != nullptr; }

  private:
    Raw raw_;
};

// A message of a stream, delivered by a consumer.
struct StreamMessage {
    Message message;
    uint64_t stream_sequence = 0;
    uint64_t consumer_sequence = 0;
    uint64_t deliveries = 0;  // 1 for the first time
    uint64_t pending = 0;     // how many more the consumer had to deliver
    Nanos stored = 0;         // when the stream stored it, by the broker's clock

    std::string_view subject() const noexcept { return message.subject(); }
    std::string_view payload() const noexcept { return message.payload(); }
};

}  // namespace mp::bus
