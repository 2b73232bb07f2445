#include "net/query_params.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mp::net {
namespace {

TEST(QueryParams, DecodesNamesAndValues) {
    const auto params = QueryParams::Parse("a=1&b%20c=x+y%26&flag&&a=2&e=");
    ASSERT_TRUE(params.ok()) << params.status();
    EXPECT_EQ(params->Get("a"), "1");
    EXPECT_EQ(params->Get("b c"), "x y&");
    EXPECT_EQ(params->Get("flag"), "");
    EXPECT_EQ(params->Get("e"), "");
    EXPECT_FALSE(params->Has("x"));
    EXPECT_EQ(params->all().size(), 5u);
    EXPECT_TRUE(QueryParams::Parse("")->all().empty());
}

TEST(QueryParams, NamesTheBrokenOne) {
    const auto params = QueryParams::Parse("ok=1&symbol=%zz");
    EXPECT_EQ(params.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(params.status().ToString(), ::testing::HasSubstr("symbol"));
}

}  // namespace
}  // namespace mp::net
