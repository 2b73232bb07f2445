#pragma once
// How a server proves who it is. Only libs/rpc uses it.

#include <grpcpp/security/server_credentials.h>
#include <memory>

#include "tls/credentials.hpp"

namespace mp::rpc {

// Plain for null, or where there is no certificate. Else every new connection gets the
// certificates that are current then; to be kept as long as the server lives, as is `tls`.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(const tls::Credentials* tls);

}  // namespace mp::rpc
