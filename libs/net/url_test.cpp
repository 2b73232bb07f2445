#include "net/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mp::net {
namespace {

using ::testing::HasSubstr;

TEST(Url, ReadsEveryPart) {
    const auto url = ParseUrl("wss://Stream.Binance.com:9443/stream?streams=a/b#part");
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->scheme, "wss");
    EXPECT_EQ(url->host, "stream.binance.com");
    EXPECT_EQ(url->port, 9443);
    EXPECT_EQ(url->target, "/stream?streams=a/b");
    EXPECT_TRUE(url->secure());
    EXPECT_TRUE(url->websocket());
    EXPECT_EQ(url->HostHeader(), "stream.binance.com:9443");
}

TEST(Url, FillsInPortAndPath) {
    EXPECT_EQ(ParseUrl("http://a")->port, 80);
    EXPECT_EQ(ParseUrl("https://a")->port, 443);
    EXPECT_EQ(ParseUrl("ws://a")->target, "/");
    EXPECT_EQ(ParseUrl("ws://a?x=1")->target, "/?x=1");
    EXPECT_EQ(ParseUrl("https://a:443/")->HostHeader(), "a");
    EXPECT_EQ(ParseUrl("https://a")->Authority(), "a:443");
}

TEST(Url, ReadsIpv6) {
    const auto url = ParseUrl("http://[::1]:8000/x");
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->Authority(), "[::1]:8000");
    EXPECT_EQ(ParseUrl("http://[::1]/")->HostHeader(), "[::1]");
}

TEST(Url, RefusesWhatIsNone) {
    for (const char* text :
         {"",
          "a",
          "ftp://a",
          "http://",
          "http://:80",
          "http://a:",
          "http://a:0",
          "http://a:65536",
          "http://a:8x",
          "http://u@a",
          "http://[::1",
          "http://a b",
          "http://[::1]8",
          "http://[a]",
          "http://[[::1]",
          "http://a]:80",
          "http://\xc3\xa4"}) {
        EXPECT_FALSE(ParseUrl(text).ok()) << text;
    }
    EXPECT_THAT(ParseUrl("http://a:x").status().ToString(), HasSubstr("port"));
}

TEST(PercentEncoding, GoesThereAndBack) {
    const std::string text = "a b+c/%&\xc3\xa4~_.-";
    EXPECT_EQ(PercentEncode(text), "a%20b%2Bc%2F%25%26%C3%A4~_.-");
    EXPECT_EQ(*PercentDecode(PercentEncode(text)), text);
    EXPECT_EQ(*PercentDecode("a+b"), "a+b");
    EXPECT_EQ(*PercentDecode("a+b%2b", true), "a b+");
}

TEST(PercentEncoding, RefusesBrokenEscapes) {
    for (const char* text : {"%", "%4", "%4g", "%g4", "a%"}) {
        EXPECT_FALSE(PercentDecode(text).ok()) << text;
    }
}

}  // namespace
}  // namespace mp::net
