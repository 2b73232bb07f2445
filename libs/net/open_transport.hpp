#pragma once
// A client's connection to where a URL points: name lookup, TCP, TLS where the scheme says so. Only
// libs/net and clients of other protocols in libs (redis) use it.

#include <memory>
#include <optional>

#include "net/transport.hpp"
#include "net/url.hpp"

namespace mp::net {

// `tls` absent: for secure schemes a context is made from the system's CAs. `url` outlives the
// task.
Task<Result<std::unique_ptr<Transport>>> OpenTransport(
    Executor executor, const Url& url, std::optional<TlsContext> tls, Deadline deadline
);

}  // namespace mp::net
