#include "reliability/key_value.hpp"

#include <gtest/gtest.h>

namespace mp::reliability {
namespace {

TEST(Key, AcceptsTokensJoinedByDots) {
    EXPECT_TRUE(CheckKey("a").ok());
    EXPECT_TRUE(CheckKey("jobs.funding_rates.2024-01-01/x=").ok());
}

TEST(Key, RefusesWhatABucketCannotHold) {
    for (const std::string_view bad :
         {"", ".", "a.", ".a", "a..b", "a b", "a:b", "a*", "a>", "\xc3\xbc"}) {
        EXPECT_EQ(CheckKey(bad).code(), StatusCode::kInvalidArgument) << bad;
    }
}

TEST(Key, BelongsToAPrefixByWholeTokens) {
    EXPECT_TRUE(KeyHasPrefix("jobs.a.1", ""));
    EXPECT_TRUE(KeyHasPrefix("jobs.a.1", "jobs"));
    EXPECT_TRUE(KeyHasPrefix("jobs.a.1", "jobs.a"));
    EXPECT_TRUE(KeyHasPrefix("jobs.a.1", "jobs.a.1"));
    EXPECT_FALSE(KeyHasPrefix("jobsite", "jobs"));
    EXPECT_FALSE(KeyHasPrefix("job", "jobs"));
}

TEST(Key, TokenOfAnyTextIsAValidKeyOfItsOwn) {
    EXPECT_EQ(KeyToken(""), "_");
    EXPECT_TRUE(CheckKey(KeyToken("BTC USDT:*>\xff")).ok());
    EXPECT_NE(KeyToken("a"), KeyToken("b"));
}

}  // namespace
}  // namespace mp::reliability
