#include "storage/query/kline_query.hpp"

#include <gmock/gmock.h>

#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kMinute = 60 * kSecond;

class KlineQueryTest : public QueryTest {
  protected:
    // Bars of 1m (five events each, the last one just after the close) and 1h beside them.
    void AppendBars(int bars) {
        std::vector<TestEvent> events;
        for (int bar = 0; bar < bars; ++bar) {
            const Nanos open = bar * kMinute;
            for (int i = 1; i <= 4; ++i)
                events.push_back(TestKline(open + i * 12 * kSecond, "1m", open, bar * 10 + i));
            events.push_back(TestKline(open + kMinute + 3 * kMillisecond, "1m", open, bar * 10 + 9)
            );
            events.push_back(TestKline(open + kMinute / 2, "1h", 0, bar));
        }
        Append(engine_, events);
    }
    pb::QueryKlinesRequest Request(std::string interval = "1m") {
        pb::QueryKlinesRequest request;
        *request.mutable_instrument() = Instrument();
        request.set_interval(std::move(interval));
        return request;
    }
    std::vector<int64_t> Closes(const pb::QueryKlinesRequest& request) {
        const auto answer = Collect<KlineQuery>(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        std::vector<int64_t> closes;
        for (const auto& entry : answer->entries()) {
            Decimal close = wire::FromProto(entry.event().kline().close()).value();
            closes.push_back(*MantissaAt(close, 2));
        }
        cursor_ = answer->next_cursor();
        return closes;
    }

    std::string cursor_;
};

TEST_F(KlineQueryTest, GivesTheLatestEventOfEachBar) {
    AppendBars(4);
    auto request = Request();
    request.set_start(kMinute);
    request.set_end(3 * kMinute);
    EXPECT_THAT(Closes(request), ElementsAre(19, 29));
    request.set_start(1);  // a bar that opened earlier is not asked for
    EXPECT_THAT(Closes(request), ElementsAre(19, 29));
}

TEST_F(KlineQueryTest, LongBarsAreFoundAmongShortOnes) {
    AppendBars(50);
    EXPECT_THAT(Closes(Request("1h")), ElementsAre(49));
}

TEST_F(KlineQueryTest, WithoutStartGivesTheLatestBars) {
    AppendBars(10);
    auto request = Request();
    request.set_limit(3);
    EXPECT_THAT(Closes(request), ElementsAre(79, 89, 99));
    request.set_end(5 * kMinute);
    EXPECT_THAT(Closes(request), ElementsAre(29, 39, 49));
}

TEST_F(KlineQueryTest, PagesByOpeningTime) {
    AppendBars(5);
    auto request = Request();
    request.set_start(0);
    request.set_limit(2);
    EXPECT_THAT(Closes(request), ElementsAre(9, 19));
    request.set_cursor(cursor_);
    EXPECT_THAT(Closes(request), ElementsAre(29, 39));
    request.set_cursor(cursor_);
    EXPECT_THAT(Closes(request), ElementsAre(49));
    EXPECT_EQ(cursor_, "");
}

TEST_F(KlineQueryTest, EmptyBarsAreLeftOut) {
    Append(
        engine_,
        {TestKline(5 * kSecond, "1m", 0, 1),
         TestKline(10 * kMinute + 5 * kSecond, "1m", 10 * kMinute, 2)}
    );
    EXPECT_THAT(Closes(Request()), ElementsAre(1, 2));
    auto request = Request();
    request.set_limit(5);
    EXPECT_THAT(Closes(request), ElementsAre(1, 2));
}

TEST_F(KlineQueryTest, ARareIntervalIsFoundAmongManyOthers) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 120'000; ++i)
        events.push_back(TestKline(i * kSecond, "1m", i / 60 * kMinute));
    events.push_back(TestKline(7 * kSecond, "1h", 0, 7));
    Append(engine_, events);
    EXPECT_THAT(Closes(Request("1h")), ElementsAre(7));
    auto request = Request("1h");
    request.set_limit(2);
    EXPECT_THAT(Closes(request), ElementsAre(7));
    request.set_interval("1d");
    EXPECT_THAT(Closes(request), IsEmpty());
}

TEST_F(KlineQueryTest, NamesABadInterval) {
    AppendBars(1);
    EXPECT_EQ(Collect<KlineQuery>(Request("5x")).status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(Closes(Request("5m")), IsEmpty());
}

}  // namespace
}  // namespace mp::storage
