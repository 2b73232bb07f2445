#include "tasks/timeout.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace mp::tasks {
namespace {

using std::chrono::milliseconds;

TEST(TasksTimeout, LiesBetweenAMillisecondAndAMonth) {
    EXPECT_EQ(CheckTimeout(milliseconds(1)), OkStatus());
    EXPECT_EQ(CheckTimeout(std::chrono::hours(30 * 24)), OkStatus());
    for (const milliseconds bad :
         {milliseconds(0), milliseconds(-1), kMaxTimeout + kMinTimeout, milliseconds::max()}) {
        EXPECT_TRUE(absl::IsInvalidArgument(CheckTimeout(bad))) << bad.count();
    }
}

}  // namespace
}  // namespace mp::tasks
