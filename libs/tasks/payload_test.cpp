#include "tasks/payload.hpp"

#include <gtest/gtest.h>

namespace mp::tasks {
namespace {

using namespace std::chrono_literals;

std::string Refused(const Result<Payload>& payload) {
    const Status status = payload.ok() ? payload->Finish() : payload.status();
    return std::string(status.message());
}

TEST(Payload, GivesWhatIsThereAndOtherwiseTheFallback) {
    auto payload = Payload::Parse(R"({"age":"30d","most":5,"to":"/there"})");
    ASSERT_TRUE(payload.ok());
    EXPECT_EQ(payload->GetDuration("age", 1s), 30 * 24h);
    EXPECT_EQ(payload->GetDuration("period", 1s), 1s);
    EXPECT_EQ(payload->GetCount("most", 7), 5u);
    EXPECT_EQ(payload->GetCount("least", 7), 7u);
    EXPECT_EQ(payload->GetText("to", "/here"), "/there");
    EXPECT_EQ(payload->GetText("from", "/here"), "/here");
    EXPECT_TRUE(payload->Finish().ok());
    EXPECT_TRUE(CheckNoPayload("").ok());
    EXPECT_TRUE(CheckNoPayload("{}").ok());
}

TEST(Payload, HandsPartsOutAsTheyAre) {
    auto payload = Payload::Parse(R"({"series":[{"symbol":"BTC-USDT"}],"at":5})");
    ASSERT_TRUE(payload.ok());
    EXPECT_EQ(payload->GetJson("series"), R"([{"symbol":"BTC-USDT"}])");
    EXPECT_EQ(payload->GetJson("at"), "5");
    EXPECT_EQ(payload->GetJson("none"), "");
    EXPECT_TRUE(payload->Finish().ok());
}

TEST(Payload, NamesWhatNobodyAskedFor) {
    auto payload = Payload::Parse(R"({"older_than":"1s","exchange":"okx"})");
    ASSERT_TRUE(payload.ok());
    (void)payload->GetDuration("older_than", 0s);
    EXPECT_EQ(Refused(payload), "exchange: unknown member of the payload");
    EXPECT_FALSE(CheckNoPayload(R"({"foo":1})").ok());
}

TEST(Payload, NamesWhatIsWrong) {
    for (const char* text : {R"({"age":5})", R"({"age":"5"})", R"({"age":null})"}) {
        auto payload = Payload::Parse(text);
        ASSERT_TRUE(payload.ok());
        EXPECT_EQ(payload->GetDuration("age", 1s), 1s);
        EXPECT_EQ(Refused(payload).substr(0, 4), "age:") << text;
    }
    for (const char* text : {R"({"most":-1})", R"({"most":"5"})", R"({"most":1e9})"}) {
        auto payload = Payload::Parse(text);
        ASSERT_TRUE(payload.ok());
        EXPECT_EQ(payload->GetCount("most", 7), 7u);
        EXPECT_EQ(Refused(payload).substr(0, 5), "most:") << text;
    }
    for (const char* text : {R"({"to":5})", R"({"to":""})", R"({"to":null})"}) {
        auto payload = Payload::Parse(text);
        ASSERT_TRUE(payload.ok());
        EXPECT_EQ(payload->GetText("to", "x"), "x");
        EXPECT_EQ(Refused(payload).substr(0, 3), "to:") << text;
    }
    EXPECT_EQ(Refused(Payload::Parse("[]")), "the payload is no JSON object");
    EXPECT_EQ(Refused(Payload::Parse("{")), "the payload is no JSON object");
}

}  // namespace
}  // namespace mp::tasks
