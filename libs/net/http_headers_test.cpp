#include "net/http_headers.hpp"

#include <gtest/gtest.h>

namespace mp::net {
namespace {

TEST(HttpHeaders, ComparesNamesWithoutCase) {
    const HttpHeaders headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
    EXPECT_EQ(headers.Get("content-TYPE"), "text/plain");
    EXPECT_EQ(headers.Get("x-A"), "1");
    EXPECT_FALSE(headers.Has("Content"));
    EXPECT_EQ(headers.size(), 3u);
}

TEST(HttpHeaders, ReplacesAllFieldsOfAName) {
    HttpHeaders headers{{"X-A", "1"}, {"B", "2"}, {"x-a", "3"}};
    headers.Set("X-a", headers.value(1));
    EXPECT_EQ(headers.size(), 2u);
    EXPECT_EQ(headers.Get("x-a"), "2");
    headers.Clear();
    EXPECT_EQ(headers.size(), 0u);
}

TEST(HttpHeaders, FindsTokensInLists) {
    const HttpHeaders headers{{"Connection", "keep-alive ,  Upgrade"}, {"Connection", "x"}};
    EXPECT_TRUE(headers.HasToken("connection", "upgrade"));
    EXPECT_TRUE(headers.HasToken("connection", "X"));
    EXPECT_FALSE(headers.HasToken("connection", "keep"));
}

TEST(HttpHeaders, LetsNobodyInjectALine) {
    HttpHeaders headers;
    headers.Add("X", "a\r\nSet-Cookie: b");
    EXPECT_EQ(headers.Get("X"), "a  Set-Cookie: b");
}

}  // namespace
}  // namespace mp::net
