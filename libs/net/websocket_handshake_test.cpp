#include "net/websocket_handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mp::net {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // of RFC 6455 section 1.3

HttpHeaders Answer(std::string_view extensions = "") {
    HttpHeaders headers{
        {"Upgrade", "WebSocket"},
        {"Connection", "upgrade"},
        {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}};
    if (!extensions.empty()) headers.Add("Sec-WebSocket-Extensions", extensions);
    return headers;
}

TEST(WebSocketHandshake, AcceptsTheAnswerToItsKey) {
    EXPECT_EQ(WebSocketAccept(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const auto plain = CheckUpgradeResponse(Answer(), kKey, true);
    ASSERT_TRUE(plain.ok()) << plain.status();
    EXPECT_FALSE(plain->deflate);
    EXPECT_FALSE(CheckUpgradeResponse(Answer(), MakeWebSocketKey(), true).ok());
    EXPECT_FALSE(CheckUpgradeResponse({}, kKey, true).ok());
}

TEST(WebSocketHandshake, ReadsWhatTheServerSaysOfDeflate) {
    const auto kept = CheckUpgradeResponse(Answer("permessage-deflate"), kKey, true);
    ASSERT_TRUE(kept.ok());
    EXPECT_TRUE(kept->deflate);
    EXPECT_TRUE(kept->server_keeps_context);
    const auto fresh = CheckUpgradeResponse(
        Answer("permessage-deflate; server_no_context_takeover; server_max_window_bits=12; "
               "client_no_context_takeover"),
        kKey,
        true
    );
    ASSERT_TRUE(fresh.ok());
    EXPECT_FALSE(fresh->server_keeps_context);
    EXPECT_FALSE(CheckUpgradeResponse(Answer("permessage-deflate"), kKey, false).ok());
    EXPECT_FALSE(CheckUpgradeResponse(Answer("x-other"), kKey, true).ok());
    EXPECT_FALSE(
        CheckUpgradeResponse(Answer("permessage-deflate; client_max_window_bits=9"), kKey, true)
            .ok()
    );
    EXPECT_FALSE(
        CheckUpgradeResponse(Answer("permessage-deflate, permessage-deflate"), kKey, true).ok()
    );
}

TEST(WebSocketHandshake, AsksForWhatItsOwnServerAccepts) {
    const Url url = *ParseUrl("ws://host:9/p?q");
    const std::string text = UpgradeRequest(url, kKey, true, {{"X-Key", "1"}});
    EXPECT_THAT(text, HasSubstr("GET /p?q HTTP/1.1\r\nHost: host:9\r\n"));
    EXPECT_THAT(text, HasSubstr("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    EXPECT_THAT(text, HasSubstr("X-Key: 1\r\n"));
    EXPECT_THAT(text, ::testing::EndsWith("\r\n\r\n"));

    HttpRequest request;
    request.headers = {
        {"Upgrade", "websocket"},
        {"Connection", "keep-alive, Upgrade"},
        {"Sec-WebSocket-Version", "13"},
        {"Sec-WebSocket-Key", kKey}};
    EXPECT_TRUE(CheckUpgradeRequest(request).ok());
    EXPECT_THAT(
        UpgradeResponse(request, {}),
        HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    request.headers.Set("Sec-WebSocket-Key", "c2hvcnQ=");
    EXPECT_FALSE(CheckUpgradeRequest(request).ok());
}

}  // namespace
}  // namespace mp::net
