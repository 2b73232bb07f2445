#include "bus/detail/api.hpp"

#include <gtest/gtest.h>

#include "bus/detail/connection_impl.hpp"
#include "bus/detail/options.hpp"

namespace mp::bus::detail {
namespace {

TEST(BusAck, IsReadWithOrWithoutTrimmings) {
    auto ack = ParseAck(R"({"stream":"MARKET_DATA","seq":4711})");
    ASSERT_TRUE(ack.ok());
    EXPECT_EQ(ack->sequence, 4711u);
    EXPECT_FALSE(ack->duplicate);
    ack = ParseAck(R"({"stream":"S","domain":"d","seq":12,"duplicate": true})");
    ASSERT_TRUE(ack.ok());
    EXPECT_EQ(ack->sequence, 12u);
    EXPECT_TRUE(ack->duplicate);
}

StatusCode CodeFor(int number, int code) {
    return ParseAck(
               R"({"error":{"code":)" + std::to_string(code) + R"(,"err_code":)" +
               std::to_string(number) + R"(,"description":"why"},"stream":"S","seq":0})"
    )
        .status()
        .code();
}

TEST(BusAck, TellsErrorsApart) {
    EXPECT_EQ(CodeFor(10077, 503), StatusCode::kResourceExhausted);
    EXPECT_EQ(CodeFor(10023, 503), StatusCode::kResourceExhausted);
    EXPECT_EQ(CodeFor(10054, 400), StatusCode::kInvalidArgument);
    EXPECT_EQ(CodeFor(10071, 400), StatusCode::kAborted);
    EXPECT_EQ(CodeFor(10059, 404), StatusCode::kNotFound);
    EXPECT_EQ(CodeFor(10005, 400), StatusCode::kUnavailable);
    EXPECT_EQ(CodeFor(10008, 503), StatusCode::kUnavailable);
    EXPECT_EQ(CodeFor(99999, 400), StatusCode::kFailedPrecondition);
    EXPECT_EQ(CodeFor(99999, 500), StatusCode::kInternal);
    EXPECT_EQ(ParseAck("").status().code(), StatusCode::kInternal);
    EXPECT_EQ(ParseAck("{}").status().code(), StatusCode::kInternal);
    EXPECT_EQ(ParseAck("-ERR 'x'").status().code(), StatusCode::kInternal);
}

TEST(BusReconnect, WaitsLongerEveryTimeUpToALimit) {
    ConnectionConfig config;
    config.reconnect_min = std::chrono::milliseconds(100);
    config.reconnect_max = std::chrono::milliseconds(1000);
    for (int attempt = 1; attempt < 100; ++attempt) {
        const auto delay = ReconnectDelay(config, attempt);
        const int ceiling = attempt > 4 ? 1000 : 100 << (attempt - 1);
        EXPECT_GE(delay.count(), ceiling / 2);
        EXPECT_LE(delay.count(), ceiling);
    }
}

TEST(BusOptions, RefuseAServerThatCannotExist) {
    ConnectionConfig config;
    config.url = "nats://a:1, nats://b:2";
    EXPECT_TRUE(MakeOptions(config).ok());
    config.url = "http://x";
    EXPECT_TRUE(absl::IsInvalidArgument(MakeOptions(config).status()));
}

TEST(BusInbox, IsNeverTheSame) {
    EXPECT_NE(MakeInbox(), MakeInbox());
    EXPECT_TRUE(MakeInbox().starts_with("_INBOX."));
    EXPECT_EQ(NumberAtEnd("_INBOX.abc.42"), 42u);
    EXPECT_EQ(NumberAtEnd("nothing"), 0u);
}

}  // namespace
}  // namespace mp::bus::detail
