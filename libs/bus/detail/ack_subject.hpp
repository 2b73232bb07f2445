#pragma once
// The reply subject of a delivered message carries its numbers:
//   $JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>
// with two more parts before the stream (domain, account) and possibly one behind from newer
// brokers.

#include <charconv>
#include <string_view>

#include "bus/message.hpp"

namespace mp::bus::detail {

inline constexpr std::string_view kAckPrefix = "$JS.ACK.";

// Fills everything but the message itself. False: not a delivery. Does not allocate.
inline bool ParseAckSubject(std::string_view subject, StreamMessage& out) {
    if (!subject.starts_with(kAckPrefix)) return false;
    std::string_view parts[12];
    size_t count = 0;
    for (size_t begin = 0; count < 12 && begin <= subject.size(); ++count) {
        const size_t dot = std::min(subject.find('.', begin), subject.size());
        parts[count] = subject.substr(begin, dot - begin);
        begin = dot + 1;
    }
    if (count < 9 || count == 10) return false;
    const std::string_view* number = parts + (count == 9 ? 4 : 6);
    const auto read = [&number](auto& value) {
        const std::string_view text = *number++;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size();
    };
    return read(out.deliveries) && read(out.stream_sequence) && read(out.consumer_sequence) &&
           read(out.stored) && read(out.pending);
}

}  // namespace mp::bus::detail
