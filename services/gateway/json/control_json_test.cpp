#include "gateway/json/control_json.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

Result<pb::Task> WithTimeout(const std::string& timeout) {
    return TaskOf(R"({"kind":"retention","timeout":)" + timeout + "}");
}

TEST(ControlJson, ReadsTheTimeoutOfATask) {
    for (const auto& [text, milliseconds] :
         {std::pair{R"("1ms")", int64_t{1}}, {R"("2h")", 7'200'000}, {R"("30d")", 2'592'000'000}}) {
        const Result<pb::Task> task = WithTimeout(text);
        ASSERT_TRUE(task.ok()) << text << ": " << task.status();
        EXPECT_EQ(task->timeout_ms(), milliseconds) << text;
    }
    EXPECT_EQ(TaskOf(R"({"kind":"retention"})")->timeout_ms(), 0);
}

TEST(ControlJson, RefusesATimeoutThatIsNone) {
    for (const char* bad :
         {R"("soon")",
          R"("")",
          "5",
          "null",
          R"("0s")",
          R"("999us")",
          R"("-1s")",
          R"("31d")",
          R"("106751d")",
          R"("99999999999999d")"}) {
        const Status refused = WithTimeout(bad).status();
        EXPECT_TRUE(absl::IsInvalidArgument(refused)) << bad;
        EXPECT_TRUE(MessageOf(refused).starts_with("timeout: ")) << refused;
    }
}

}  // namespace
}  // namespace mp::gateway
