#pragma once
// The one place where our Status and gRPC's meet. The codes are numerically equal.

#include <grpcpp/support/status.h>

#include "base/status.hpp"

namespace mp::rpc {

grpc::Status ToGrpc(const Status& status);
Status FromGrpc(const grpc::Status& status);

}  // namespace mp::rpc
