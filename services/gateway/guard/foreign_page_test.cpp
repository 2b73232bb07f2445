#include "gateway/guard/foreign_page.hpp"

#include <gtest/gtest.h>

#include "gateway/guard/caller.hpp"

namespace mp::gateway {
namespace {

net::HttpRequest Asking(net::HttpHeaders headers, std::string body = {}) {
    net::HttpRequest request;
    request.headers = std::move(headers);
    request.body = std::move(body);
    return request;
}

bool OriginPasses(std::string_view origin, std::string_view host) {
    return CheckOrigin(Asking({{"Host", host}, {"Origin", origin}})).ok();
}

bool HostPasses(std::string_view host) {
    return CheckHost(Asking({{"Host", host}})).ok();
}

TEST(ForeignPage, IsKnownByItsOrigin) {
    EXPECT_FALSE(OriginPasses("http://evil.example", "127.0.0.1:8000"));
    EXPECT_FALSE(OriginPasses("https://127.0.0.1.evil.example", "127.0.0.1:8000"));
    EXPECT_FALSE(OriginPasses("http://127.evil.example:8000", "127.0.0.1:8000"));
    EXPECT_FALSE(OriginPasses("null", "127.0.0.1:8000"));
    EXPECT_FALSE(OriginPasses("", ""));
    EXPECT_FALSE(OriginPasses("http://", ""));
    EXPECT_FALSE(OriginPasses("http://[", "["));
}

TEST(ForeignPage, IsNotOneOfTheSameHostOrOfLoopback) {
    EXPECT_TRUE(OriginPasses("http://localhost:3000", "127.0.0.1:8000"));
    EXPECT_TRUE(OriginPasses("http://[::1]:3000", "localhost:8000"));
    EXPECT_TRUE(OriginPasses("https://Gateway.lan", "gateway.lan:8000"));
    EXPECT_TRUE(CheckOrigin(Asking({{"Host", "127.0.0.1"}})).ok()) << "no browser";
}

TEST(ForeignPage, MayNotComeByANameOfItsOwn) {
    for (const char* host :
         {"localhost", "LocalHost:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:1"})
        EXPECT_TRUE(HostPasses(host)) << host;
    for (const char* host :
         {"evil.example",
          "127.evil.example:8000",
          "localhost.evil.example",
          "10.0.0.1",
          "[::2]",
          "[",
          ""})
        EXPECT_FALSE(HostPasses(host)) << host;
    EXPECT_TRUE(CheckHost(Asking({})).ok());
}

TEST(ForeignPage, SendsNoJsonWithoutBeingAsked) {
    EXPECT_TRUE(SaysJson(Asking({{"Content-Type", "application/json"}}, "{}")));
    EXPECT_TRUE(SaysJson(Asking({{"Content-Type", "Application/JSON ; charset=utf-8"}}, "{}")));
    EXPECT_TRUE(SaysJson(Asking({})));
    EXPECT_FALSE(SaysJson(Asking({}, "{}")));
    EXPECT_FALSE(SaysJson(Asking({{"Content-Type", "text/plain"}}, "{}")));
    EXPECT_FALSE(SaysJson(Asking({{"Content-Type", "application/jsonx"}}, "{}")));
}

}  // namespace
}  // namespace mp::gateway
