#include "storage/engines/clickhouse/client.hpp"

#include <gtest/gtest.h>

namespace mp::storage::clickhouse {
namespace {

TEST(ClickHouseAnswer, TellsWhatPassesFromWhatStays) {
    const auto code = [](std::string_view body) { return FromAnswer(500, body).code(); };
    EXPECT_EQ(
        code("Code: 252, e.displayText() = DB::Exception: Too many parts (300)."),
        absl::StatusCode::kUnavailable
    );
    EXPECT_EQ(
        code("Code: 252. DB::Exception: Too many parts (3000 with average size of 1 MiB)"),
        absl::StatusCode::kUnavailable
    );
    EXPECT_EQ(
        code("Code: 164, e.displayText() = DB::Exception: Cannot execute query in readonly mode."),
        absl::StatusCode::kUnavailable
    );
    EXPECT_EQ(
        code("Code: 243. DB::Exception: Cannot reserve"), absl::StatusCode::kResourceExhausted
    );
    EXPECT_EQ(
        code("Code: 76, e.displayText() = ... No space left on device"),
        absl::StatusCode::kResourceExhausted
    );
    EXPECT_EQ(code("Code: 193, e.displayText() = ..."), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(code("Code: 60, e.displayText() = ..."), absl::StatusCode::kNotFound);
    EXPECT_EQ(code("Code: 57, e.displayText() = ..."), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(code("Code: 6, e.displayText() = ..."), absl::StatusCode::kInternal);
    EXPECT_EQ(code("<html>Bad Gateway</html>"), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mp::storage::clickhouse
