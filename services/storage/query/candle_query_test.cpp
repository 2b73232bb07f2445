#include "storage/query/candle_query.hpp"

#include <gmock/gmock.h>

#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CandleQueryTest : public QueryTest {
  protected:
    // A trade in every second but those of the gap.
    void AppendTrades(int from, int to) {
        std::vector<TestEvent> events;
        for (int i = from; i < to; ++i) {
            events.push_back(TestTrade(i * kSecond, static_cast<uint64_t>(i) + 1, 100 + i));
        }
        Append(engine_, events);
    }
    pb::QueryCandlesRequest Request(std::string interval) {
        pb::QueryCandlesRequest request;
        *request.mutable_instrument() = Instrument();
        request.set_interval(std::move(interval));
        return request;
    }
    pb::QueryCandlesResponse Ask(const pb::QueryCandlesRequest& request) {
        auto answer = Answer<pb::QueryCandlesResponse, BarQuery>(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        return *std::move(answer);
    }
    static std::vector<int64_t> Opens(const pb::QueryCandlesResponse& answer) {
        std::vector<int64_t> opens;
        for (const auto& candle : answer.candles()) opens.push_back(candle.open_time() / kSecond);
        return opens;
    }
};

TEST_F(CandleQueryTest, CountsTheTradesOfEachBar) {
    AppendTrades(0, 20);
    auto request = Request("10s");
    request.set_start(0);
    const auto answer = Ask(request);
    ASSERT_EQ(answer.candles_size(), 2);
    const auto& bar = answer.candles(1);
    EXPECT_EQ(bar.open_time(), 10 * kSecond);
    EXPECT_EQ(bar.close_time(), 20 * kSecond);
    EXPECT_EQ(bar.trade_count(), 10u);
    EXPECT_EQ(bar.volume(), "15");
    EXPECT_EQ(bar.open().mantissa(), 11);  // 1.10
    EXPECT_EQ(bar.close().mantissa(), 119);
}

TEST_F(CandleQueryTest, ABarBelongsWhereItOpens) {
    AppendTrades(0, 40);
    auto request = Request("10s");
    request.set_start(5 * kSecond);
    request.set_end(25 * kSecond);
    const auto answer = Ask(request);
    EXPECT_THAT(Opens(answer), ElementsAre(10, 20));
    EXPECT_EQ(answer.candles(1).trade_count(), 10u);
}

TEST_F(CandleQueryTest, WithoutStartGivesTheLatestBarsWhateverLiesBetween) {
    AppendTrades(0, 30);
    AppendTrades(5000, 5010);
    AppendTrades(90'000, 90'005);
    auto request = Request("10s");
    request.set_limit(3);
    EXPECT_THAT(Opens(Ask(request)), ElementsAre(20, 5000, 90'000));
    request.set_limit(100);
    EXPECT_THAT(Opens(Ask(request)), ElementsAre(0, 10, 20, 5000, 90'000));
}

TEST_F(CandleQueryTest, Pages) {
    AppendTrades(0, 45);
    auto request = Request("10s");
    request.set_start(0);
    request.set_limit(2);
    auto page = Ask(request);
    EXPECT_THAT(Opens(page), ElementsAre(0, 10));
    request.set_cursor(page.next_cursor());
    page = Ask(request);
    EXPECT_THAT(Opens(page), ElementsAre(20, 30));
    request.set_cursor(page.next_cursor());
    page = Ask(request);
    EXPECT_THAT(Opens(page), ElementsAre(40));
    EXPECT_EQ(page.next_cursor(), "");
}

TEST_F(CandleQueryTest, AggregatedTradesCountOnlyWhereThereAreNoFills) {
    AppendTrades(0, 10);
    std::vector<TestEvent> aggregated;
    for (int i = 0; i < 20; ++i) {
        model::Event event;
        event.order_ts = i * kSecond;
        event.exchange_ts = event.order_ts;
        event.received_ts = event.order_ts + 1;
        model::Trade trade;
        trade.price = Decimal::Make(1, 0);
        trade.quantity = Decimal::Make(1, 0);
        trade.id_space = model::TradeIdSpace::kAggregate;
        trade.trade_id.number = static_cast<uint64_t>(i);
        event.body = trade;
        aggregated.push_back(Encoded(TestSeries(model::DataType::kTrade), event));
    }
    Append(engine_, aggregated);
    auto request = Request("10s");
    request.set_start(0);
    const auto answer = Ask(request);
    ASSERT_EQ(answer.candles_size(), 2);
    EXPECT_EQ(answer.candles(0).volume(), "15");
    EXPECT_EQ(answer.candles(1).volume(), "10");
}

TEST_F(CandleQueryTest, ManyTradesTakeSeveralSteps) {
    std::vector<TestEvent> events;
    for (uint64_t i = 0; i < 120'000; ++i)
        events.push_back(TestTrade(static_cast<Nanos>(i), i + 1));
    Append(engine_, events);
    auto request = Request("1s");
    request.set_start(0);
    EXPECT_EQ(Ask(request).candles(0).trade_count(), 120'000u);
}

TEST_F(CandleQueryTest, NoTradesNoBars) {
    Append(engine_, {TestBbo(1, 1)});
    EXPECT_THAT(Opens(Ask(Request("1m"))), IsEmpty());
}

}  // namespace
}  // namespace mp::storage
