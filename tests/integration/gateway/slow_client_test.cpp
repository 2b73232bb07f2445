// Clients of live subscriptions that are slower than the market, on a real broker and a real store.

#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_stand.hpp"
#include "wire/event_codec.hpp"

namespace mp::gateway {
namespace {

using namespace std::chrono_literals;
using model::DataType;
using ::testing::HasSubstr;

class SlowClient : public ::testing::Test {
  protected:
    // Trades up to `last`, of which `quick` has read all; no more at a time than its queue holds.
    void PublishTo(LiveSession& quick, Received& received, uint64_t last) {
        while (received.trade_ids.back() < last) {
            const uint64_t first = received.trade_ids.back() + 1;
            const uint64_t until = std::min(first + 99, last);
            ASSERT_TRUE(stand_.Run(stand_.PublishTrades(first, until)).ok());
            ReadSome(quick, received, received.events.size() + (until - first + 1));
        }
    }

    // Until the feed is at work: what came before it would arrive in one burst.
    void ReadSome(LiveSession& session, Received& received, size_t events) {
        const Status read = stand_.Run(LiveStand::Read(session, received, [&] {
            return received.events.size() >= events;
        }));
        ASSERT_TRUE(read.ok()) << read << " after " << received.events.size();
    }

    LiveStand stand_{{.queue = {.events = 200}}};
};

TEST_F(SlowClient, IsEndedWithATokenAndSlowsNobodyElse) {
    const LiveRequest request = stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kTrade)});
    auto slow = stand_.Open(request);
    auto quick = stand_.Open(request);
    ASSERT_TRUE(slow.ok() && quick.ok());
    Received all;
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 10)).ok());
    ReadSome(**quick, all, 10);
    ASSERT_NO_FATAL_FAILURE(PublishTo(**quick, all, 3000));
    EXPECT_EQ(all.trade_ids, Numbers(1, 3000));
    Received some;
    const Status ended = stand_.Run(LiveStand::Read(**slow, some, [] { return false; }));
    EXPECT_TRUE(absl::IsResourceExhausted(ended)) << ended;
    ASSERT_FALSE(some.tokens.empty());
    EXPECT_EQ(some.trade_ids, Numbers(1, some.trade_ids.size())) << "what was queued is whole";
    LiveRequest resumed = request;
    resumed.token = some.tokens.back();
    const Received rest = stand_.ReadTrades(resumed, 3000);
    EXPECT_EQ(rest.trade_ids, Numbers(some.trade_ids.size() + 1, 3000));
}

TEST_F(SlowClient, FillsNoMemoryWithWhatItCouldBeGivenLater) {
    const LiveRequest request = stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kTrade)});
    auto session = stand_.Open(request);
    ASSERT_TRUE(session.ok()) << session.status();
    Received first;
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 10)).ok());
    ReadSome(**session, first, 1);
    session->reset();
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(11, 3000)).ok());
    LiveRequest resumed = request;
    resumed.token = first.tokens[0];
    auto ahead = stand_.Open(request);  // whoever resumes has to catch up
    auto idle = stand_.Open(resumed);
    auto quick = stand_.Open(resumed);
    ASSERT_TRUE(ahead.ok() && idle.ok() && quick.ok());
    Received all;
    ReadSome(**quick, all, 2999);
    EXPECT_EQ(all.trade_ids, Numbers(2, 3000));
    EXPECT_GT((*idle)->waiting(), 0u);
    EXPECT_LE((*idle)->waiting(), 200u);
    Received late;
    ReadSome(**idle, late, 2999);
    EXPECT_EQ(late.trade_ids, Numbers(2, 3000));
}

class SlowClientOfLargeBatches : public ::testing::Test {
  protected:
    LiveStand stand_{{.queue = {.bytes = 40'000}}};
};

TEST_F(SlowClientOfLargeBatches, IsEndedWhenItKeepsTooManyBytesInMemory) {
    const LiveRequest request = stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kTrade)});
    auto slow = stand_.Open(request);
    auto quick = stand_.Open(request);
    ASSERT_TRUE(slow.ok() && quick.ok());
    Received all, some;
    const auto until = [&](uint64_t last) {
        return stand_.Run(LiveStand::Read(**quick, all, [&] {
            return !all.trade_ids.empty() && all.trade_ids.back() >= last;
        }));
    };
    for (uint64_t last = 100; last <= 2000; last += 100) {
        ASSERT_TRUE(stand_.Run(stand_.PublishTrades(last - 99, last, "BTC-USDT", 100)).ok());
        ASSERT_TRUE(until(last).ok());
    }
    const Status ended = stand_.Run(LiveStand::Read(**slow, some, [] { return false; }));
    EXPECT_TRUE(absl::IsResourceExhausted(ended)) << ended;
    EXPECT_LT(some.trade_ids.size(), 1000u);
    EXPECT_THAT(stand_.metrics.ToText(), HasSubstr("marketprism_live_overflows_total 1"));
    LiveRequest resumed = request;
    resumed.token = some.tokens.back();
    const Received rest = stand_.ReadTrades(resumed, 2000);
    EXPECT_EQ(rest.trade_ids, Numbers(some.trade_ids.size() + 1, 2000));
}

TEST_F(SlowClient, GetsOneBookDeltaForManyThatLeadsToTheSameBook) {
    LiveRequest request = stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kBookDelta)});
    request.policy = SlowPolicy::kConflate;
    auto slow = stand_.Open(request);
    auto watcher = stand_.Open(stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kBookDelta)}));
    ASSERT_TRUE(slow.ok() && watcher.ok());
    std::vector<std::string> deltas;
    for (uint64_t i = 0; i < 500; ++i) {
        const std::string price = std::to_string(100 + i % 7);
        deltas.push_back(DeltaBytes(10 * i + 1, 10 * i + 10, price, std::to_string(i % 5)));
    }
    const model::Series book_deltas = SeriesOf("BTC-USDT", DataType::kBookDelta);
    Received each;
    ASSERT_TRUE(stand_.Run(stand_.Publish(book_deltas, {deltas[0]})).ok());
    ReadSome(**watcher, each, 1);
    deltas.erase(deltas.begin());
    stand_.runner.Start(stand_.Publish(book_deltas, deltas));
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**watcher, each, [&] { return each.events.size() >= 100; })).ok()
    );
    Received merged;
    uint64_t next = 1;
    wire::EventDecoder decoder;
    std::map<Decimal, Decimal> book;
    size_t looked_at = 0;
    const auto until_the_last = [&] {
        for (; looked_at < merged.events.size(); ++looked_at) {
            model::Event event;
            EXPECT_TRUE(decoder.Decode(merged.events[looked_at], event).ok());
            const auto& delta = std::get<model::BookDelta>(event.body);
            EXPECT_EQ(delta.first_update_id, next) << "the sequence has no hole";
            next = delta.last_update_id + 1;
            for (const model::Level& level : delta.bids) book[level.price] = level.quantity;
        }
        return next == 5001;
    };
    ASSERT_TRUE(stand_.Run(LiveStand::Read(**slow, merged, until_the_last)).ok()) << next;
    EXPECT_LT(merged.events.size(), 450u);
    EXPECT_EQ(merged.lagged, 500 - merged.events.size());
    for (uint64_t i = 493; i < 500; ++i) {
        const Decimal price = *Decimal::Parse(std::to_string(100 + i % 7));
        EXPECT_EQ(book[price], *Decimal::Parse(std::to_string(i % 5))) << i;
    }
}

TEST_F(SlowClient, GetsTheNewestStateOfEachSeriesAndNoTokenThatSkipsOne) {
    LiveRequest request = stand_.RequestOf(
        {SeriesOf("BTC-USDT", DataType::kTrade), SeriesOf("ETH-USDT", DataType::kTrade)}
    );
    request.policy = SlowPolicy::kConflate;
    auto slow = stand_.Open(request);
    ASSERT_TRUE(slow.ok()) << slow.status();
    auto quick = stand_.Open(stand_.RequestOf({SeriesOf("BTC-USDT", DataType::kTrade)}));
    Received all;
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 10)).ok());
    ReadSome(**quick, all, 10);
    ASSERT_TRUE(stand_.Run(stand_.PublishTrades(1, 10, "ETH-USDT")).ok());
    ASSERT_NO_FATAL_FAILURE(PublishTo(**quick, all, 2000));
    Received newest;
    ASSERT_TRUE(
        stand_.Run(LiveStand::Read(**slow, newest, [&] { return newest.events.size() >= 2; })).ok()
    );
    EXPECT_EQ(newest.trade_ids[0], 2000u);
    EXPECT_EQ(newest.trade_ids[1], 10u);
    EXPECT_EQ(newest.lagged, 2010u - 2u);
    request.token = newest.tokens[0];
    auto resumed = stand_.Open(request);
    ASSERT_TRUE(resumed.ok()) << resumed.status();
    Received again;
    ASSERT_TRUE(stand_
                    .Run(LiveStand::Read(
                        **resumed,
                        again,
                        [&] {
                            return std::count(again.trade_ids.begin(), again.trade_ids.end(), 10u) >
                                       0 &&
                                   !again.trade_ids.empty();
                        }
                    ))
                    .ok());
}

}  // namespace
}  // namespace mp::gateway
