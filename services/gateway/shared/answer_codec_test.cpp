#include "gateway/shared/answer_codec.hpp"

#include <gtest/gtest.h>

namespace mp::gateway {
namespace {

TEST(AnswerCodec, GivesBackWhatWasPutIn) {
    const std::string body("{\"data\":[\0\r\n\xff]}", 15);
    for (const auto& complete : {std::optional<bool>(true), std::optional<bool>(false), {}}) {
        for (const char* cursor : {"", "a cursor"}) {
            const Answer answer{.body = body, .next_cursor = cursor, .complete = complete};
            const auto read = DecodeAnswer(EncodeAnswer(answer));
            ASSERT_TRUE(read);
            EXPECT_EQ(read->body, body);
            EXPECT_EQ(read->next_cursor, cursor);
            EXPECT_EQ(read->complete, complete);
            EXPECT_FALSE(read->degraded);
        }
    }
    EXPECT_EQ(DecodeAnswer(EncodeAnswer({}))->body, "");
}

TEST(AnswerCodec, TakesNothingElseForAnAnswer) {
    const std::string bytes = EncodeAnswer({.body = "{\"data\":[]}", .next_cursor = "c"});
    for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(DecodeAnswer(bytes.substr(0, size))) << size;
    }
    for (size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(DecodeAnswer(changed)) << at;
    }
    EXPECT_FALSE(DecodeAnswer(bytes + "x"));
}

}  // namespace
}  // namespace mp::gateway
