#include "rpc/status.hpp"

namespace mp::rpc {
namespace {

static_assert(
    static_cast<int>(StatusCode::kCancelled) == static_cast<int>(grpc::StatusCode::CANCELLED)
);
static_assert(
    static_cast<int>(StatusCode::kUnauthenticated) ==
    static_cast<int>(grpc::StatusCode::UNAUTHENTICATED)
);

}  // namespace

grpc::Status ToGrpc(const Status& status) {
    if (status.ok()) return grpc::Status::OK;
    return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message())};
}

Status FromGrpc(const grpc::Status& status) {
    if (status.ok()) return OkStatus();
    const auto code = static_cast<int>(status.error_code());
    const bool known = code > 0 && code <= static_cast<int>(StatusCode::kUnauthenticated);
    return {known ? static_cast<StatusCode>(code) : StatusCode::kUnknown, status.error_message()};
}

}  // namespace mp::rpc
