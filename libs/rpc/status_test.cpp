#include "rpc/status.hpp"

#include <gtest/gtest.h>

namespace mp::rpc {
namespace {

TEST(RpcStatus, GoesThereAndBack) {
    for (int code = 1; code <= 16; ++code) {
        const Status status(static_cast<StatusCode>(code), "why");
        const grpc::Status other = ToGrpc(status);
        EXPECT_EQ(static_cast<int>(other.error_code()), code);
        EXPECT_EQ(FromGrpc(other), status);
    }
    EXPECT_TRUE(ToGrpc(OkStatus()).ok());
    EXPECT_TRUE(FromGrpc(grpc::Status::OK).ok());
}

TEST(RpcStatus, TakesCodesItDoesNotKnow) {
    const grpc::Status strange(static_cast<grpc::StatusCode>(20), "odd");
    EXPECT_EQ(FromGrpc(strange).code(), StatusCode::kUnknown);
}

}  // namespace
}  // namespace mp::rpc
