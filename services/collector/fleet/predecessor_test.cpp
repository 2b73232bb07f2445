#include "collector/fleet/predecessor.hpp"

#include <gtest/gtest.h>

#include "testing/temp_dir.hpp"

namespace mp::collector {
namespace {

TEST(Predecessor, IsWhoeverHeldTheFolderBefore) {
    const mp::testing::TempDir folder;
    EXPECT_EQ(TakeOverFrom(folder.path(), "a"), std::nullopt);
    EXPECT_EQ(TakeOverFrom(folder.path(), "a"), std::nullopt);
    EXPECT_EQ(TakeOverFrom(folder.path(), "b"), "a");
    EXPECT_EQ(TakeOverFrom(folder.path(), "c"), "b");
}

TEST(Predecessor, IsUnknownWhereNothingCanBeWritten) {
    EXPECT_EQ(TakeOverFrom("/nonexistent/folder", "a"), std::nullopt);
}

}  // namespace
}  // namespace mp::collector
