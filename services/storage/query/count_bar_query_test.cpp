#include <gmock/gmock.h>

#include "storage/query/bar_query.hpp"
#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Nanos kDay = 86400 * kSecond;

class CountBarQueryTest : public QueryTest {
  protected:
    // Trades of 1.5 each at these times.
    void AppendTrades(const std::vector<Nanos>& times) {
        std::vector<TestEvent> events;
        for (const Nanos at : times) events.push_back(TestTrade(at, ++id_, 100 + at % 100));
        Append(engine_, events);
    }
    void AppendEvery(Nanos step, int count) {
        std::vector<Nanos> times;
        for (int i = 0; i < count; ++i) times.push_back(i * step);
        AppendTrades(times);
    }
    void AppendAggregates(const std::vector<Nanos>& times) {
        for (const Nanos at : times) {
            model::Event event;
            event.order_ts = at;
            event.received_ts = at;
            model::Trade trade;
            trade.price = Decimal::Make(1, 0);
            trade.quantity = Decimal::Make(1, 0);
            trade.id_space = model::TradeIdSpace::kAggregate;
            trade.trade_id.number = ++id_;
            event.body = trade;
            Append(engine_, {Encoded(TestSeries(model::DataType::kTrade), event)});
        }
    }
    static pb::QueryCandlesRequest Request(std::string interval) {
        pb::QueryCandlesRequest request;
        *request.mutable_instrument() = Instrument();
        request.set_interval(std::move(interval));
        return request;
    }
    Result<pb::QueryCandlesResponse> TryAsk(const pb::QueryCandlesRequest& request) {
        return Answer<pb::QueryCandlesResponse, BarQuery>(request);
    }
    pb::QueryCandlesResponse Ask(const pb::QueryCandlesRequest& request) {
        auto answer = TryAsk(request);
        EXPECT_TRUE(answer.ok()) << answer.status();
        return *std::move(answer);
    }
    // All pages of `limit`, one behind the other.
    std::vector<std::string> Paged(pb::QueryCandlesRequest request, uint32_t limit) {
        request.set_limit(limit);
        std::vector<std::string> bars;
        for (bool more = true; more;) {
            const auto page = Ask(request);
            for (const std::string& bar : Bars(page)) bars.push_back(bar);
            request.set_cursor(page.next_cursor());
            more = !page.next_cursor().empty();
        }
        return bars;
    }
    static std::vector<std::string> Bars(const pb::QueryCandlesResponse& answer) {
        std::vector<std::string> bars;
        for (const auto& bar : answer.candles()) bars.push_back(bar.ShortDebugString());
        return bars;
    }
    static std::vector<uint64_t> Numbers(const pb::QueryCandlesResponse& answer) {
        std::vector<uint64_t> numbers;
        for (const auto& bar : answer.candles()) numbers.push_back(bar.number());
        return numbers;
    }
    static std::vector<uint64_t> Counts(const pb::QueryCandlesResponse& answer) {
        std::vector<uint64_t> counts;
        for (const auto& bar : answer.candles()) counts.push_back(bar.trade_count());
        return counts;
    }
    static std::vector<bool> Complete(const pb::QueryCandlesResponse& answer) {
        std::vector<bool> complete;
        for (const auto& bar : answer.candles()) complete.push_back(bar.complete());
        return complete;
    }

  private:
    uint64_t id_ = 0;
};

TEST_F(CountBarQueryTest, CountsTradesOfADay) {
    AppendEvery(kSecond, 7);
    auto request = Request("3t");
    request.set_start(0);
    const auto answer = Ask(request);
    EXPECT_THAT(Counts(answer), ElementsAre(3, 3, 1));
    EXPECT_THAT(Numbers(answer), ElementsAre(0, 1, 2));
    EXPECT_EQ(answer.candles(1).open_time(), 3 * kSecond);
    EXPECT_EQ(answer.candles(1).close_time(), 5 * kSecond + 1);
    EXPECT_EQ(answer.candles(1).volume(), "4.5");
}

TEST_F(CountBarQueryTest, CountsVolume) {
    AppendEvery(kSecond, 7);
    auto request = Request("4v");
    request.set_start(0);
    EXPECT_THAT(Counts(Ask(request)), ElementsAre(3, 3, 1)) << "4.5 is the first sum not below 4";
    request = Request("1.5v");
    EXPECT_THAT(Counts(Ask(request)), SizeIs(7));
}

// The same bars from every start, on every page, and from the end backwards.
TEST_F(CountBarQueryTest, BarsAreTheSameWhoeverAsks) {
    std::vector<Nanos> times;
    for (int i = 0; i < 200; ++i) times.push_back(i * i % 37 + i / 3 * kSecond * 1000);
    AppendTrades(times);
    for (const char* interval : {"1t", "4t", "7t", "5v", "1000t"}) {
        auto request = Request(interval);
        request.set_start(0);
        const auto all = Ask(request);
        const std::vector<std::string> bars = Bars(all);
        for (const uint32_t limit : {1u, 2u, 5u, 1000u}) {
            EXPECT_EQ(Paged(request, limit), bars) << interval << " " << limit;
            auto latest = Request(interval);
            latest.set_limit(limit);
            const size_t count = std::min<size_t>(limit, bars.size());
            EXPECT_EQ(Bars(Ask(latest)), std::vector<std::string>(bars.end() - count, bars.end()))
                << interval << " " << limit;
        }
        for (int bar = 0; bar < all.candles_size(); bar += 3) {
            request.set_start(all.candles(bar).open_time());
            std::vector<std::string> expected;
            for (const auto& candle : all.candles()) {
                if (candle.open_time() >= request.start())
                    expected.push_back(candle.ShortDebugString());
            }
            EXPECT_EQ(Bars(Ask(request)), expected) << interval << " from bar " << bar;
        }
    }
}

TEST_F(CountBarQueryTest, EveryDayBeginsAnewAndEndsWithWhatIsLeft) {
    AppendTrades({kDay - 2, kDay - 1, kDay, kDay + 1, kDay + 2, 9 * kDay});
    auto request = Request("2t");
    EXPECT_THAT(Counts(Ask(request)), ElementsAre(2, 2, 1, 1));
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(0, 0, 1, 0));
    request.set_limit(2);
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(1, 0)) << "over the days between";
    request.set_end(9 * kDay);
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(0, 1));
}

TEST_F(CountBarQueryTest, ABarBelongsWhereItOpensAndGoesOnUntilItIsFull) {
    AppendEvery(kSecond, 10);
    auto request = Request("4t");
    request.set_start(1);
    request.set_end(5 * kSecond);
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(1));
    EXPECT_THAT(Counts(Ask(request)), ElementsAre(4));
    request.clear_start();
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(0, 1));
    request.set_end(4 * kSecond);
    EXPECT_THAT(Numbers(Ask(request)), ElementsAre(0));
    request.set_end(0);
    EXPECT_THAT(Numbers(Ask(request)), IsEmpty());
}

TEST_F(CountBarQueryTest, SaysWhichBarsAreComplete) {
    AppendEvery(kSecond, 9);
    Claim(engine_, {{{0, 2 * kSecond + 1}}, {{4 * kSecond, kDay}}});
    auto request = Request("2t");
    request.set_start(0);
    request.set_end(kDay);
    auto answer = Ask(request);
    // Between the second and the third bar something may be missing of either; the last one is over
    // because its day is.
    EXPECT_THAT(Complete(answer), ElementsAre(true, false, false, true, true));
    EXPECT_THAT(GapsOf(answer.coverage()), HasSubstr("collector_lost"));
    request = Request("10t");
    request.set_start(4 * kSecond);
    request.set_end(8 * kSecond);
    answer = Ask(request);
    EXPECT_EQ(answer.candles_size(), 0) << "it opened at midnight";
    EXPECT_THAT(GapsOf(answer.coverage()), HasSubstr("2000000001-4000000000"))
        << "what it was counted from is part of the answer";
}

TEST_F(CountBarQueryTest, ABarBehindAGapIsNotComplete) {
    AppendTrades({1, 2, 10, 11});
    Claim(engine_, {{{0, 5}}, {{7, 20}}});
    EXPECT_THAT(Complete(Ask(Request("2t"))), ElementsAre(true, false))
        << "its first trade may be missing";
    Claim(engine_, {{{5, 7}}});
    EXPECT_THAT(Complete(Ask(Request("2t"))), ElementsAre(true, true));
    EXPECT_THAT(Complete(Ask(Request("3t"))), ElementsAre(true, false)) << "still open";
}

TEST_F(CountBarQueryTest, LateTradesChangeTheBarsButNotWhatPagesSplitAmongThem) {
    AppendEvery(kSecond, 6);
    auto request = Request("2t");
    request.set_start(0);
    request.set_limit(1);
    const auto first = Ask(request);
    EXPECT_THAT(Counts(first), ElementsAre(2));
    AppendTrades({1});
    request.set_limit(100);
    const auto anew = Ask(request);
    EXPECT_EQ(anew.candles(0).close_time(), 2) << "the bar as it is now";
    request.set_cursor(first.next_cursor());
    const auto rest = Ask(request);
    EXPECT_EQ(rest.candles(0).open_time(), 2 * kSecond) << "no trade twice";
    EXPECT_THAT(Numbers(rest), ElementsAre(1, 2));
}

TEST_F(CountBarQueryTest, AggregatedTradesCountInSecondsWithoutFills) {
    AppendTrades({2 * kSecond, 2 * kSecond + 5, 3 * kSecond});
    AppendAggregates({1, 2 * kSecond, 2 * kSecond + 5, 3 * kSecond, 4 * kSecond});
    auto request = Request("1t");
    request.set_start(0);
    EXPECT_THAT(Paged(request, 1), SizeIs(5));
    EXPECT_EQ(Paged(request, 1), Bars(Ask(request)));
    std::vector<Nanos> opens;
    const auto answer = Ask(request);
    for (const auto& bar : answer.candles()) opens.push_back(bar.open_time());
    EXPECT_THAT(opens, ElementsAre(1, 2 * kSecond, 2 * kSecond + 5, 3 * kSecond, 4 * kSecond));
}

TEST_F(CountBarQueryTest, ManyTradesTakeSeveralSteps) {
    std::vector<TestEvent> events;
    for (uint64_t i = 0; i < 120'000; ++i)
        events.push_back(TestTrade(static_cast<Nanos>(i), i + 1));
    Append(engine_, events);
    auto request = Request("50001t");
    request.set_start(0);
    EXPECT_THAT(Counts(Ask(request)), ElementsAre(50001, 50001, 19998));
    EXPECT_THAT(Counts(Ask(Request("50001t"))), ElementsAre(50001, 50001, 19998));
}

TEST_F(CountBarQueryTest, NamesWhatIsWrong) {
    AppendEvery(kSecond, 5);
    for (const char* interval : {"0t", "0v", "1.5t", "-1v", "t"}) {
        const Status refused = TryAsk(Request(interval)).status();
        EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument) << interval;
        EXPECT_THAT(std::string(refused.message()), HasSubstr("interval"));
    }
    auto request = Request("2t");
    request.set_start(0);
    request.set_limit(1);
    request.set_cursor(Ask(request).next_cursor());
    request.set_interval("3t");
    EXPECT_THAT(std::string(TryAsk(request).status().message()), HasSubstr("cursor"));
    request = Request("2t");
    request.mutable_instrument()->set_symbol("NO-SUCH");
    EXPECT_EQ(TryAsk(request).status().code(), StatusCode::kNotFound);
}

TEST_F(CountBarQueryTest, VolumeOfContractsIsRefused) {
    model::Event event;
    event.order_ts = 1;
    event.received_ts = 1;
    model::Trade trade;
    trade.price = Decimal::Make(1, 0);
    trade.quantity = Decimal::Make(5, 0);
    trade.quantity_unit = model::QuantityUnit::kContracts;
    trade.trade_id.number = 1;
    event.body = trade;
    Append(engine_, {Encoded(TestSeries(model::DataType::kTrade), event)});
    const Status refused = TryAsk(Request("1v")).status();
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(
        std::string(refused.message()), HasSubstr("interval: volume bars count the base currency")
    );
    EXPECT_THAT(Counts(Ask(Request("1t"))), ElementsAre(1));
}

TEST_F(CountBarQueryTest, NoTradesNoBars) {
    Append(engine_, {TestBbo(1, 1)});
    EXPECT_THAT(Counts(Ask(Request("5t"))), IsEmpty());
    auto request = Request("5t");
    request.set_start(5);
    EXPECT_THAT(Counts(Ask(request)), IsEmpty());
}

}  // namespace
}  // namespace mp::storage
