#include "reliability/error_class.hpp"

#include <gtest/gtest.h>

#include "reliability/retry_after.hpp"

namespace mp::reliability {
namespace {

TEST(ErrorClass, FollowsTheCode) {
    EXPECT_EQ(Classify(absl::UnavailableError("cut")), ErrorClass::kNetwork);
    EXPECT_EQ(Classify(absl::DeadlineExceededError("slow")), ErrorClass::kNetwork);
    EXPECT_EQ(Classify(absl::ResourceExhaustedError("429")), ErrorClass::kApi);
    EXPECT_EQ(Classify(absl::InvalidArgumentError("not JSON")), ErrorClass::kData);
    EXPECT_EQ(Classify(absl::InternalError("bug")), ErrorClass::kUnknown);
}

TEST(ErrorClass, FollowsTheMarkBeforeTheCode) {
    const Status status = MarkClass(absl::UnavailableError("HTTP 503"), ErrorClass::kApi);
    EXPECT_EQ(Classify(status), ErrorClass::kApi);
    EXPECT_EQ(status.code(), StatusCode::kUnavailable);
    EXPECT_EQ(ToLabel(Classify(status)), "api");
}

TEST(RetryAfter, TravelsInsideTheError) {
    const Status status = WithRetryAfter(absl::UnavailableError("later"), std::chrono::seconds(7));
    EXPECT_EQ(RetryAfterOf(status), Duration(std::chrono::seconds(7)));
    EXPECT_EQ(RetryAfterOf(absl::UnavailableError("now")), std::nullopt);
    EXPECT_TRUE(WithRetryAfter(OkStatus(), Duration(1)).ok());
}

}  // namespace
}  // namespace mp::reliability
