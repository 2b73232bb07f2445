#pragma once
// A keep-alive HTTP client that costs as little as possible, so that the server is what is
// measured. Blocking; an answer other than 200 ends the process.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace mp::bench {

struct HttpTarget {
    uint16_t port;  // on loopback
    std::string path;
};

// Bytes of one answer, head and body.
size_t AnswerBytes(const HttpTarget& target);

// Answers a second over `connections`, each with one request under way.
double HttpRate(const HttpTarget& target, size_t connections, std::chrono::milliseconds duration);

}  // namespace mp::bench
