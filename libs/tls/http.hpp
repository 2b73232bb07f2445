#pragma once
// Certificates for libs/net: contexts that take up every change. `credentials` outlives them.

#include <optional>

#include "net/tls.hpp"
#include "tls/credentials.hpp"

namespace mp::tls {

// For a service's HTTP port; absent: it is plain.
std::optional<net::TlsContext> HttpServerTls(Credentials& credentials);

// For calls to https and wss: shows the certificate to who asks, and trusts the CA alone where one
// is named.
net::TlsContext HttpClientTls(Credentials& credentials);

}  // namespace mp::tls
