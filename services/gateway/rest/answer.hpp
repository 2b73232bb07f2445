#pragma once
// One answer of a route as it is kept and sent.

#include <cstddef>
#include <optional>
#include <string>

namespace mp::gateway {

struct Answer {
    std::string body;
    // What JSON says in its body and the other formats in headers.
    std::string next_cursor;
    std::optional<bool> complete;  // of the interval that was asked for
    bool degraded = false;
    bool empty = false;  // no rows
};

// What the cache counts.
inline size_t BytesOf(const Answer& answer) {
    return sizeof(Answer) + answer.body.capacity() + answer.next_cursor.capacity();
}

}  // namespace mp::gateway
