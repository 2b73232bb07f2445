#pragma once
// A service's certificate for what libs/net carries: contexts that take up every change.
// `credentials` outlives them.

#include <optional>

#include "net/tls.hpp"
#include "tls/credentials.hpp"

namespace mp::tls {

// For a service's HTTP port; absent: it is plain.
std::optional<net::TlsContext> HttpServerTls(Credentials& credentials);

// For connections that this process makes: shows its certificate where it has one, and trusts its
// CA, the system's where none is named.
net::TlsContext ClientTls(Credentials& credentials);

}  // namespace mp::tls
