#include "storage/query/event_query.hpp"

#include <gmock/gmock.h>

#include "storage/query/test/query_fixture.hpp"

namespace mp::storage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class EventQueryTest : public QueryTest {
  protected:
    pb::QueryEventsRequest Request(model::DataType type = model::DataType::kTrade) {
        pb::QueryEventsRequest request;
        wire::ToProto(TestSeries(type), *request.mutable_series());
        return request;
    }
    Result<pb::EventChunk> Ask(const pb::QueryEventsRequest& request) {
        return Collect<EventSource>(request);
    }
    static std::vector<Nanos> Times(const pb::EventChunk& chunk) {
        std::vector<Nanos> times;
        for (const auto& entry : chunk.entries()) times.push_back(entry.event().order_ts());
        return times;
    }
    void AppendTrades(int count) {
        std::vector<TestEvent> events;
        for (int i = 1; i <= count; ++i) {
            events.push_back(TestTrade(i * 10, static_cast<uint64_t>(i), 100 + i));
        }
        Append(engine_, events);
    }
};

TEST_F(EventQueryTest, GivesStoredEventsVerbatimAndInOrder) {
    Append(engine_, {TestTrade(20, 2), TestTrade(10, 1)});
    auto request = Request();
    request.set_start(0);
    request.set_end(100);
    const auto answer = Ask(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_THAT(Times(*answer), ElementsAre(10, 20));
    EXPECT_EQ(answer->entries(0).event().SerializeAsString(), TestTrade(10, 1).bytes);
    EXPECT_EQ(answer->instruments(0).symbol(), "BTC-USDT");
}

TEST_F(EventQueryTest, StartIsInclusiveAndEndExclusive) {
    AppendTrades(5);
    auto request = Request();
    request.set_start(20);
    request.set_end(40);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(20, 30));
}

TEST_F(EventQueryTest, WithoutStartGivesTheLatestInAscendingOrder) {
    AppendTrades(5);
    auto request = Request();
    request.set_limit(2);
    const auto answer = Ask(request).value();
    EXPECT_THAT(Times(answer), ElementsAre(40, 50));
    EXPECT_EQ(answer.next_cursor(), "");
    request.set_end(40);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(20, 30));
}

TEST_F(EventQueryTest, WithoutStartAndLimitGivesEverything) {
    AppendTrades(5);
    EXPECT_THAT(Times(Ask(Request()).value()), ElementsAre(10, 20, 30, 40, 50));
}

TEST_F(EventQueryTest, PagesNeitherRepeatNorSkipWhileEventsArrive) {
    AppendTrades(7);
    auto request = Request();
    request.set_start(0);
    request.set_end(1000);
    request.set_limit(3);
    auto page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(10, 20, 30));
    Append(engine_, {TestTrade(15, 90), TestTrade(45, 91)});
    request.set_cursor(page.next_cursor());
    page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(40, 45, 50));
    request.set_cursor(page.next_cursor());
    page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(60, 70));
    EXPECT_EQ(page.next_cursor(), "");
}

TEST_F(EventQueryTest, ACursorBelongsToItsQuestion) {
    AppendTrades(7);
    auto request = Request();
    request.set_start(0);
    request.set_limit(3);
    const auto page = Ask(request).value();
    request.set_cursor(page.next_cursor());
    request.set_start(10);
    EXPECT_THAT(std::string(Ask(request).status().message()), HasSubstr("cursor"));
    request.set_start(0);
    for (const std::string& bad : {std::string("x"), std::string("####"), std::string("AQ")}) {
        request.set_cursor(bad);
        EXPECT_EQ(Ask(request).status().code(), StatusCode::kInvalidArgument) << bad;
    }
}

TEST_F(EventQueryTest, ComesInChunksOfTheSizeAskedFor) {
    AppendTrades(25);
    auto request = Request();
    request.set_start(0);
    request.set_chunk_rows(10);
    EXPECT_EQ(Ask(request).value().entries_size(), 25);
    EXPECT_EQ(chunks_, 3);
}

// Two collectors observe a listing that is halted and comes back; the later one starts anew in
// between. What one says late stands where it belongs.
TEST_F(EventQueryTest, AStateIsGivenWhereItChanges) {
    Append(
        engine_,
        {TestListing(10, "TRADING"),
         TestListing(11, "TRADING"),
         TestListing(15, "TRADING"),
         TestListing(30, "TRADING"),
         TestListing(31, "TRADING")}
    );
    auto request = Request(model::DataType::kInstrument);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(10));
    Append(engine_, {TestListing(20, "HALT"), TestListing(21, "HALT")});
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(10, 20, 30));
}

TEST_F(EventQueryTest, StatesAreTheSameFromEveryStartAndInEveryPage) {
    std::vector<TestEvent> observed;
    for (Nanos at = 0; at < 60; ++at) {
        observed.push_back(TestListing(at, at / 10 % 2 == 0 ? "TRADING" : "HALT"));
    }
    Append(engine_, observed);
    auto request = Request(model::DataType::kInstrument);
    for (Nanos start = 0; start <= 50; ++start) {
        request.set_start(start);
        request.set_end(50);
        std::vector<Nanos> changes;
        for (Nanos at = (start + 9) / 10 * 10; at < 50; at += 10) changes.push_back(at);
        EXPECT_EQ(Times(Ask(request).value()), changes) << start;
    }
    request.set_start(0);
    request.set_limit(2);
    auto page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(0, 10));
    request.set_cursor(page.next_cursor());
    page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(20, 30));
    request.set_cursor(page.next_cursor());
    page = Ask(request).value();
    EXPECT_THAT(Times(page), ElementsAre(40));
    EXPECT_EQ(page.next_cursor(), "");
}

TEST_F(EventQueryTest, TheLatestStatesAreTheLatestChanges) {
    for (Nanos at = 0; at < 60; ++at) {
        Append(engine_, {TestListing(at, at / 10 % 2 == 0 ? "TRADING" : "HALT")});
    }
    auto request = Request(model::DataType::kInstrument);
    for (uint32_t limit = 1; limit <= 7; ++limit) {
        request.set_limit(limit);
        const Nanos first = limit >= 6 ? 0 : 60 - Nanos{10} * limit;
        std::vector<Nanos> changes;
        for (Nanos at = first; at < 60; at += 10) changes.push_back(at);
        EXPECT_EQ(Times(Ask(request).value()), changes) << limit;
    }
    request.set_limit(1);
    request.set_end(35);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(30));
}

TEST_F(EventQueryTest, EndsWhereItHasBecomeTooLargeAndSaysWhereToGoOn) {
    AppendTrades(7);
    auto request = Request();
    request.set_limit(7);
    request.set_max_bytes(2 * TestTrade(10, 1).bytes.size());
    std::vector<Nanos> times;
    for (int page = 0; page < 10; ++page) {
        const auto answer = Ask(request).value();
        EXPECT_LE(answer.entries_size(), 2);
        for (const Nanos time : Times(answer)) times.push_back(time);
        request.set_cursor(answer.next_cursor());
        if (request.cursor().empty()) break;
    }
    EXPECT_THAT(times, ElementsAre(10, 20, 30, 40, 50, 60, 70));
}

TEST_F(EventQueryTest, ReleasedBetweenChunksItGoesOnAtTheSamePlace) {
    AppendTrades(25);
    auto request = Request();
    request.set_start(0);
    request.set_chunk_rows(10);
    const auto expected = Times(Ask(request).value());
    between_chunks_ = [](ChunkSource& query) { query.Release(); };
    EXPECT_EQ(Times(Ask(request).value()), expected);
    EXPECT_EQ(chunks_, 3);
}

TEST_F(EventQueryTest, WhatIsClaimedWhileRowsAreReadVouchesForNoneOfThem) {
    AppendTrades(25);
    Claim(engine_, {{{0, 100}, {200, 1000}}});
    auto request = Request();
    request.set_start(0);
    request.set_end(1000);
    request.set_chunk_rows(15);
    between_chunks_ = [this](ChunkSource&) {
        Append(engine_, {TestTrade(105, 90)});  // behind the place that the answer has reached
        Claim(engine_, {{{100, 200}}});
    };
    const auto answer = Ask(request).value();
    EXPECT_THAT(Times(answer), Not(Contains(105)));
    EXPECT_NE(GapsOf(answer.coverage()), "complete");
    between_chunks_ = [](ChunkSource&) {};
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "complete");
}

TEST_F(EventQueryTest, FiltersKlinesByInterval) {
    Append(
        engine_,
        {TestKline(10, "1m", 0),
         TestKline(11, "1h", 0),
         TestKline(20, "1m", 0),
         TestKline(21, "1h", 0)}
    );
    auto request = Request(model::DataType::kKline);
    request.set_interval("1m");
    request.set_limit(1);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(20));
    request.set_start(0);
    request.set_limit(10);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(10, 20));
}

TEST_F(EventQueryTest, AFilterThatPassesLittleComesToAnEnd) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 120'000; ++i) events.push_back(TestKline(i, "1m", 0));
    events.push_back(TestKline(7, "1h", 0));
    Append(engine_, events);
    auto request = Request(model::DataType::kKline);
    request.set_interval("1h");
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(7));
    request.set_limit(2);
    EXPECT_THAT(Times(Ask(request).value()), ElementsAre(7));
    request.set_interval("1d");
    EXPECT_THAT(Times(Ask(request).value()), IsEmpty());
}

TEST_F(EventQueryTest, SaysWhatItsIntervalLacks) {
    AppendTrades(5);
    Claim(engine_, {{{0, 35}}});
    auto request = Request();
    request.set_start(0);
    request.set_end(30);
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "complete");
    request.set_end(60);
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "35-60 collector_lost");
    // A page speaks for itself only.
    request.set_limit(2);
    auto page = Ask(request).value();
    EXPECT_EQ(GapsOf(page.coverage()), "complete");
    request.set_cursor(page.next_cursor());
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "35-41 collector_lost");
}

TEST_F(EventQueryTest, WithoutEndTheAnswerReachesToNow) {
    clock_.Advance(std::chrono::seconds(100));
    const Nanos now = clock_.Now();
    Append(engine_, {TestTrade(now - 2 * kSecond, 1)});
    auto request = Request();
    request.set_start(now - 3 * kSecond);
    Claim(engine_, {{{now - 3 * kSecond, now - kSecond}}});
    // The newest moment is never vouched for yet.
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "complete");
    settled_ = false;
    EXPECT_NE(GapsOf(Ask(request)->coverage()), "complete");
    settled_ = true;
    clock_.Advance(std::chrono::seconds(5));
    EXPECT_NE(GapsOf(Ask(request)->coverage()), "complete");
}

TEST_F(EventQueryTest, RecordedDataEndsWithItsLastRow) {
    const Nanos delay = 30 * 24 * 3600 * kSecond;
    Append(engine_, {TestTrade(10, 1, 100, delay), TestTrade(20, 2, 100, delay)});
    Claim(engine_, {{{0, 21}}});
    auto request = Request();
    request.set_start(0);
    EXPECT_EQ(GapsOf(Ask(request)->coverage()), "complete");
}

TEST_F(EventQueryTest, ASeriesWithoutEventsIsAGap) {
    Append(engine_, {TestTrade(10, 1)});
    auto request = Request(model::DataType::kTicker);
    request.set_start(5);
    request.set_end(50);
    const auto answer = Ask(request).value();
    EXPECT_EQ(answer.entries_size(), 0);
    EXPECT_EQ(GapsOf(answer.coverage()), "5-50 collector_lost");
}

TEST_F(EventQueryTest, NamesWhatIsWrong) {
    AppendTrades(1);
    auto request = Request();
    request.mutable_series()->mutable_instrument()->set_symbol("NO-SUCH");
    EXPECT_EQ(Ask(request).status().code(), StatusCode::kNotFound);
    request = Request();
    request.mutable_series()->clear_data_type();
    EXPECT_THAT(std::string(Ask(request).status().message()), HasSubstr("data_type"));
    request = Request();
    request.set_start(10);
    request.set_end(5);
    EXPECT_THAT(std::string(Ask(request).status().message()), HasSubstr("end"));
    request = Request();
    request.set_interval("1m");
    EXPECT_THAT(std::string(Ask(request).status().message()), HasSubstr("interval"));
    request = Request(model::DataType::kKline);
    request.set_layout(pb::LAYOUT_COLUMNS);
    EXPECT_THAT(std::string(Ask(request).status().message()), HasSubstr("layout"));
}

TEST_F(EventQueryTest, PacksTradesAsColumns) {
    Append(engine_, {TestTrade(10, 7, 10050), TestTrade(20, 8, 10100), TestTrade(35, 6, 9925)});
    auto request = Request();
    request.set_layout(pb::LAYOUT_COLUMNS);
    const auto columns = Ask(request).value().trade_columns();
    EXPECT_THAT(columns.order_ts(), ElementsAre(10, 10, 15));
    EXPECT_THAT(columns.received_ts(), ElementsAre(15, 10, 15));
    EXPECT_THAT(columns.exchange_ts(), ElementsAre(0, 0, 0));
    EXPECT_EQ(columns.price_scale(), 2u);
    EXPECT_THAT(columns.price(), ElementsAre(10050, 50, -175));
    EXPECT_EQ(columns.quantity_scale(), 1u);
    EXPECT_THAT(columns.quantity(), ElementsAre(15, 15, 15));
    EXPECT_THAT(columns.trade_id(), ElementsAre(7, 1, -2));
    EXPECT_EQ(columns.side(), std::string(3, '\x01'));
}

TEST_F(EventQueryTest, ColumnsBeginAnewWhereRowsDoNotFitTogether) {
    model::Event event;
    event.order_ts = 20;
    event.received_ts = 25;
    model::Trade trade;
    trade.price = Decimal::Make(INT64_MAX, 18);
    trade.quantity = Decimal::Make(1, 0);
    trade.trade_id.text = "a-1";
    event.body = trade;
    Append(
        engine_,
        {TestTrade(10, 1), Encoded(TestSeries(model::DataType::kTrade), event), TestTrade(30, 3)}
    );
    auto request = Request();
    request.set_layout(pb::LAYOUT_COLUMNS);
    const auto all = Ask(request).value().trade_columns();
    EXPECT_EQ(chunks_, 3);
    EXPECT_THAT(all.trade_id_text(), ElementsAre("a-1"));
    EXPECT_THAT(all.trade_id(), ElementsAre(1, 3));
}

}  // namespace
}  // namespace mp::storage
