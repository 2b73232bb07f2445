#pragma once
// A subscriber of our own: the gateway measures the way to subscribers only where it has some, and
// a table that shows "-" until somebody else listens tells nothing. Follows a few instruments of
// each market and throws away what it is sent. One io_context thread.

#include <cstddef>

#include "mpctl/client/gateway.hpp"
#include "mpctl/client/json.hpp"
#include "runtime/task.hpp"

namespace mp::mpctl {

// The series to follow out of an answer of /api/v1/instruments: of each exchange, market and
// streamed data type at most `most` instruments, in the order of the answer.
Json SampleOf(const Json& instruments, size_t most);

class Listener {
  public:
    explicit Listener(Gateway& gateway) : gateway_(gateway) {}

    // Until cancelled. What goes wrong is tried again: the table shows the latency as unknown.
    Task<Status> Run();

  private:
    Task<Status> ListenOnce();

    Gateway& gateway_;
};

}  // namespace mp::mpctl
