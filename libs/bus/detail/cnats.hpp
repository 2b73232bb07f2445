#pragma once
// The one include of the C client, and how its errors read here.

#include <nats/nats.h>
#include <string_view>

#include "base/status.hpp"
#include "bus/message.hpp"

namespace mp::bus::detail {

Status FromNats(natsStatus status, std::string_view what);

inline natsMsg* RawOf(const Message& message) {
    return static_cast<natsMsg*>(message.raw());
}
inline Message MakeMessage(natsMsg* raw) {
    return Message(Message::Raw(raw));
}

// The status line of a message that is an answer of the broker itself ("404 No Messages"): its
// number, or 0 for an ordinary message.
int StatusCodeOf(const Message& message);

}  // namespace mp::bus::detail
