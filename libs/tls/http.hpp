#pragma once
// A service's certificate for its HTTP port: a context that takes up every change. `credentials`
// outlives them.

#include <optional>

#include "net/tls.hpp"
#include "tls/credentials.hpp"

namespace mp::tls {

// For a service's HTTP port; absent: it is plain.
std::optional<net::TlsContext> HttpServerTls(Credentials& credentials);

}  // namespace mp::tls
