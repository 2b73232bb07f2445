#include "storage/query/sampling.hpp"

#include <gmock/gmock.h>

#include "storage/query/event_source.hpp"
#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Nanos kMs = kSecond / 1000;

class SamplingTest : public QueryTest {
  protected:
    static pb::QueryEventsRequest Request(model::DataType type, Nanos every) {
        pb::QueryEventsRequest request;
        wire::ToProto(TestSeries(type), *request.mutable_series());
        request.set_every(every);
        return request;
    }
    pb::EventChunk Ask(const pb::QueryEventsRequest& request) {
        auto answer = Collect<EventSource>(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        return *std::move(answer);
    }
    // In milliseconds.
    static std::vector<Nanos> Times(const pb::EventChunk& chunk) {
        std::vector<Nanos> times;
        for (const auto& entry : chunk.entries()) times.push_back(entry.event().order_ts() / kMs);
        return times;
    }
    void AppendBbos(const std::vector<Nanos>& milliseconds) {
        std::vector<TestEvent> events;
        for (const Nanos at : milliseconds) events.push_back(TestBbo(at * kMs, ++id_));
        Append(engine_, events);
    }

  private:
    uint64_t id_ = 0;
};

TEST(SampleOf, AlignsToTheEpoch) {
    EXPECT_EQ(SampleOf(0, 10), 0);
    EXPECT_EQ(SampleOf(9, 10), 0);
    EXPECT_EQ(SampleOf(10, 10), 1);
    EXPECT_EQ(SampleOf(-1, 10), -1);
    EXPECT_EQ(SampleOf(-10, 10), -1);
    EXPECT_EQ(SampleOf(-11, 10), -2);
}

TEST_F(SamplingTest, GivesTheLastEventOfEachInterval) {
    AppendBbos({1, 5, 9, 10, 25, 27, 39, 61});
    auto request = Request(model::DataType::kBbo, 10 * kMs);
    request.set_start(0);
    EXPECT_THAT(Times(Ask(request)), ElementsAre(9, 10, 27, 39, 61));
    request.set_start(5 * kMs);
    request.set_end(27 * kMs);
    EXPECT_THAT(Times(Ask(request)), ElementsAre(9, 10, 25)) << "of what lies in [start, end)";
}

TEST_F(SamplingTest, WithoutStartGivesTheLatest) {
    AppendBbos({1, 5, 9, 10, 25, 27, 39, 61});
    auto request = Request(model::DataType::kBbo, 10 * kMs);
    request.set_limit(3);
    EXPECT_THAT(Times(Ask(request)), ElementsAre(27, 39, 61));
    request.set_end(30 * kMs);
    EXPECT_THAT(Times(Ask(request)), ElementsAre(9, 10, 27));
}

TEST_F(SamplingTest, EveryIntervalIsGivenOnceWhileEventsArrive) {
    AppendBbos({1, 11, 21, 31});
    auto request = Request(model::DataType::kBbo, 10 * kMs);
    request.set_start(0);
    request.set_limit(2);
    auto page = Ask(request);
    EXPECT_THAT(Times(page), ElementsAre(1, 11));
    AppendBbos({3, 13, 23});
    request.set_cursor(page.next_cursor());
    page = Ask(request);
    EXPECT_THAT(Times(page), ElementsAre(23, 31));
    EXPECT_EQ(page.next_cursor(), "");
}

// What arrives in the newest interval while an answer is made takes the place of what was there.
TEST_F(SamplingTest, TheLatestIntervalIsNotLostWhileItGoesOn) {
    AppendBbos({1, 11, 21});
    auto request = Request(model::DataType::kBbo, 10 * kMs);
    request.set_limit(3);
    request.set_chunk_rows(1);
    bool first = true;
    between_chunks_ = [&](ChunkSource& query) {
        query.Release();
        if (std::exchange(first, false)) AppendBbos({24, 31});
    };
    EXPECT_THAT(Times(Ask(request)), ElementsAre(1, 11, 24));
}

// More rows in an interval than are read on for.
TEST_F(SamplingTest, DenseIntervalsAreLookedAtFromTheirEnds) {
    std::vector<TestEvent> events;
    uint64_t id = 0;
    for (Nanos second = 0; second < 12; ++second) {
        const Nanos rows = second % 3 == 2 ? 3 : 9000;
        for (Nanos i = 0; i < rows; ++i) {
            events.push_back(TestBbo(second * kSecond + i * 1000, ++id));
        }
    }
    Append(engine_, events);
    std::vector<Nanos> expected;
    for (Nanos second = 0; second < 12; ++second) {
        expected.push_back(second * 1000 + (second % 3 == 2 ? 0 : 8));
    }
    auto request = Request(model::DataType::kBbo, kSecond);
    EXPECT_EQ(Times(Ask(request)), expected);
    request.set_limit(5);
    EXPECT_EQ(Times(Ask(request)), std::vector<Nanos>(expected.end() - 5, expected.end()));
    request.set_start(0);
    std::vector<Nanos> paged;
    for (bool more = true; more;) {
        const auto page = Ask(request);
        for (const Nanos time : Times(page)) paged.push_back(time);
        request.set_cursor(page.next_cursor());
        more = !page.next_cursor().empty();
    }
    EXPECT_EQ(paged, expected);
}

TEST_F(SamplingTest, CoverageIsThatOfTheWholeInterval) {
    Append(engine_, {TestTrade(1 * kMs, 1), TestTrade(15 * kMs, 2)});
    Claim(engine_, {{{0, 7 * kMs}}, {{10 * kMs, 30 * kMs}}});
    auto request = Request(model::DataType::kTrade, 10 * kMs);
    request.set_start(0);
    request.set_end(30 * kMs);
    EXPECT_THAT(GapsOf(Ask(request).coverage()), HasSubstr("7000000-10000000"));
}

TEST_F(SamplingTest, IsForStatesOnly) {
    Append(engine_, {TestTrade(1, 1)});
    for (const auto type : {model::DataType::kBookDelta, model::DataType::kKline}) {
        const auto refused = Collect<EventSource>(Request(type, kSecond)).status();
        EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
        EXPECT_THAT(std::string(refused.message()), HasSubstr("every: "));
    }
    for (const Nanos every : {Nanos{-1}, Nanos{1}, 367 * 86400 * kSecond}) {
        const auto refused = Collect<EventSource>(Request(model::DataType::kTrade, every)).status();
        EXPECT_THAT(std::string(refused.message()), HasSubstr("every: must be")) << every;
    }
}

TEST_F(SamplingTest, ACursorBelongsToItsInterval) {
    AppendBbos({1, 11, 21});
    auto request = Request(model::DataType::kBbo, 10 * kMs);
    request.set_start(0);
    request.set_limit(1);
    request.set_cursor(Ask(request).next_cursor());
    request.set_every(5 * kMs);
    EXPECT_THAT(std::string(Collect<EventSource>(request).status().message()), HasSubstr("cursor"));
}

}  // namespace
}  // namespace mp::storage
