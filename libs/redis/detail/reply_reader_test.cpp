#include "redis/detail/reply_reader.hpp"

#include <gtest/gtest.h>
#include <string>

namespace mp::redis::detail {
namespace {

Reply One(std::string_view bytes) {
    ReplyReader reader(1 << 20);
    reader.Feed(bytes);
    auto reply = reader.Next();
    EXPECT_TRUE(reply.ok()) << reply.status();
    EXPECT_TRUE(reply.ok() && *reply) << bytes;
    return reply.ok() && *reply ? **reply : Reply();
}

TEST(RedisReplyReader, ReadsEveryKindOfReply) {
    EXPECT_EQ(*One("+OK\r\n").text(), "OK");
    EXPECT_EQ(*One(":-7\r\n").number(), -7);
    EXPECT_EQ(*One("$4\r\na\r\nb\r\n").text(), "a\r\nb");
    EXPECT_EQ(*One("$0\r\n\r\n").text(), "");
    EXPECT_TRUE(One("$-1\r\n").nil());
    EXPECT_EQ(std::get<ReplyError>(One("-ERR no\r\n").value).text, "ERR no");
    const Reply several = One("*3\r\n:1\r\n$-1\r\n*1\r\n+x\r\n");
    ASSERT_NE(several.items(), nullptr);
    EXPECT_EQ(*several.items()->at(0).number(), 1);
    EXPECT_TRUE(several.items()->at(1).nil());
    EXPECT_EQ(*several.items()->at(2).items()->at(0).text(), "x");
}

TEST(RedisReplyReader, TakesBytesAsTheyCome) {
    const std::string bytes = "$5\r\nhello\r\n:12\r\n";
    ReplyReader reader(1 << 20);
    std::vector<Reply> replies;
    for (const char byte : bytes) {
        reader.Feed({&byte, 1});
        auto reply = reader.Next();
        ASSERT_TRUE(reply.ok()) << reply.status();
        if (*reply) replies.push_back(**reply);
    }
    ASSERT_EQ(replies.size(), 2u);
    EXPECT_EQ(*replies[0].text(), "hello");
    EXPECT_EQ(*replies[1].number(), 12);
}

TEST(RedisReplyReader, RefusesWhatIsNoReply) {
    ReplyReader reader(1 << 20);
    reader.Feed("HTTP/1.1 400 Bad Request\r\n\r\n");
    const auto reply = reader.Next();
    EXPECT_TRUE(absl::IsInternal(reply.status())) << reply.status();
    EXPECT_FALSE(reader.Next().ok()) << "for good";
}

TEST(RedisReplyReader, RefusesAReplyBeyondItsLimit) {
    ReplyReader reader(100);
    reader.Feed("$1000\r\n" + std::string(90, 'x'));
    EXPECT_TRUE(reader.Next().ok());
    reader.Feed(std::string(90, 'x'));
    EXPECT_FALSE(reader.Next().ok());
}

TEST(RedisReplyError, HasTheCodeThatFits) {
    const auto code = [](const char* text) { return StatusOf({text}).code(); };
    EXPECT_EQ(code("NOAUTH Authentication required."), StatusCode::kUnauthenticated);
    EXPECT_EQ(code("WRONGPASS invalid username-password pair"), StatusCode::kUnauthenticated);
    EXPECT_EQ(code("NOPERM this user has no permissions"), StatusCode::kPermissionDenied);
    EXPECT_EQ(code("LOADING Redis is loading"), StatusCode::kUnavailable);
    EXPECT_EQ(code("OOM command not allowed"), StatusCode::kResourceExhausted);
    EXPECT_EQ(code("NOSCRIPT No matching script."), StatusCode::kNotFound);
    EXPECT_EQ(code("ERR unknown command"), StatusCode::kInternal);
}

}  // namespace
}  // namespace mp::redis::detail
