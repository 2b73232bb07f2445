#include "exchange-sim/recorded_answers.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

CaptureLine Answered(std::string target, std::string body, std::int64_t recv_ns) {
    CaptureLine line;
    line.transport = "rest";
    line.direction = "in";
    line.url_or_stream = std::move(target);
    line.raw = std::move(body);
    line.recv_ns = recv_ns;
    return line;
}

TEST(RecordedAnswers, AreGivenInOrderAndTheLastOneForEver) {
    RecordedAnswers answers;
    answers.Add(Answered("/a?x=1", "one", 11));
    answers.Add(Answered("/a?x=2", "other", 12));
    answers.Add(Answered("/a?x=1", "two", 13));
    for (const auto& [body, time] :
         std::vector<std::pair<std::string, std::int64_t>>{{"one", 11}, {"two", 13}, {"two", 13}}) {
        const auto* answer = answers.Next("/a?x=1");
        ASSERT_NE(answer, nullptr);
        EXPECT_EQ(answer->body, body);
        EXPECT_EQ(answer->recv_ns, time);
    }
    EXPECT_EQ(answers.Next("/a?x=2")->body, "other");
    EXPECT_EQ(answers.Next("/a"), nullptr);
}

TEST(RecordedAnswers, LeaveBooksToTheReplayAndSayWhenTheyCame) {
    RecordedAnswers answers;
    answers.Add(Answered("/api/v3/depth?symbol=X&limit=1000", "book 1", 5));
    answers.Add(Answered("/api/v3/depth?symbol=X&limit=1000", "book 2", 6));
    EXPECT_EQ(answers.Next("/api/v3/depth?symbol=X&limit=1000"), nullptr);
    EXPECT_EQ(answers.ReceivedAt("/api/v3/depth?symbol=X&limit=1000", "book 2"), 6);
    EXPECT_EQ(answers.ReceivedAt("/api/v3/depth?symbol=X&limit=1000", "made up"), 0);
    EXPECT_EQ(answers.ReceivedAt("/other", "book 1"), 0);
}

TEST(RecordedAnswers, PassOverWhatDoesNotSayWhatWasAsked) {
    RecordedAnswers answers;
    CaptureLine frame = Answered("/a", "x", 1);
    frame.transport = "ws";
    answers.Add(frame);
    answers.Add(Answered("https://api.example/a", "x", 1));
    EXPECT_EQ(answers.Next("/a"), nullptr);
    EXPECT_EQ(answers.Next("https://api.example/a"), nullptr);
}

}  // namespace
}  // namespace mp::sim
