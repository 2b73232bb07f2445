#include "base/json_depth.hpp"

#include <gtest/gtest.h>
#include <string>

namespace mp {
namespace {

TEST(JsonDepth, CountsOpenBracketsAndBraces) {
    EXPECT_FALSE(NestsDeeperThan("", 0));
    EXPECT_FALSE(NestsDeeperThan("1", 0));
    EXPECT_TRUE(NestsDeeperThan("{}", 0));
    EXPECT_FALSE(NestsDeeperThan(R"({"a":[1],"b":[2],"c":{}})", 2));
    EXPECT_TRUE(NestsDeeperThan(R"({"a":[[1]]})", 2));
    EXPECT_TRUE(NestsDeeperThan(std::string(1000, '['), kMaxJsonDepth));
}

TEST(JsonDepth, SkipsStrings) {
    EXPECT_FALSE(NestsDeeperThan(R"({"a":"[[[[{{{{"})", 1));
    EXPECT_FALSE(NestsDeeperThan(R"({"a":"\"[[[[\\"})", 1));
    EXPECT_TRUE(NestsDeeperThan(R"({"a\\":[[]]})", 2));
    EXPECT_FALSE(NestsDeeperThan("\"never closed [[[[ \\", 1));
}

}  // namespace
}  // namespace mp
