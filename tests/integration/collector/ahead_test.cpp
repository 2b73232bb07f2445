// A venue that once gives a time which has not come: nothing up to there is vouched for, what is
// lost afterwards is named, and the book goes on.
#include <fmt/format.h>

#include "okx_fixture.hpp"

namespace mp::collector {
namespace {

constexpr int64_t kFarAhead = 4'102'444'800'000;  // the year 2100, ms

class AheadTest : public FeedFixture {
  protected:
    AheadTest() {
        listing_ = {"BTC"};
        config_.books.audit_interval = Duration(0);
    }

    std::string Trade(uint64_t id, int64_t time) const {
        return fmt::format(
            R"({{"stream":"btcusdt@trade","data":{{"e":"trade","E":{0},"s":"BTCUSDT","t":{1},)"
            R"("p":"100","q":"1","T":{0},"m":true}}}})",
            time,
            id
        );
    }

    std::string Update(uint64_t id, int64_t time) const {
        return fmt::format(
            R"({{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":{0},"s":"BTCUSDT",)"
            R"("U":{1},"u":{1},"b":[["99","{1}"]],"a":[]}}}})",
            time,
            id
        );
    }

    void Follow(model::DataType type) {
        types_ = {type};
        Start({"BTC-USDT"});
        ASSERT_TRUE(Until([this] {
            return !feed_->Series().empty() && feed_->Series().front()->tracker.flowing();
        }));
    }

    bool Came(uint64_t messages) {
        return Until([this, messages] { return feed_->Series().front()->messages == messages; });
    }
    bool Refused() {
        const std::string errors =
            R"(marketprism_errors_total{exchange="binance",error_type="data"} 1)";
        return Until([this, errors] { return Says(errors); });
    }

    // What is claimed once everything has settled: "complete 5-7 ", in ms behind `zero_`.
    std::vector<std::string> Claims() {
        const Nanos steady = DefaultClock().Steady();
        for (const Duration later : {1s, 3s}) {
            feed_->CollectCoverage(DefaultClock().Now(), steady + Duration(later).count());
        }
        claims_.Send();
        std::vector<std::string> found;
        ForEachEvent([&](const model::Instrument&, const model::Event& event) {
            const auto* claim = std::get_if<model::Coverage>(&event.body);
            if (claim == nullptr) return;
            found.push_back(fmt::format(
                "{} {}-{} {}",
                model::ToString(claim->state),
                Behind(claim->from_ts),
                Behind(claim->to_ts),
                claim->reason
            ));
        });
        return found;
    }
    double Behind(Nanos time) const {
        return static_cast<double>(time - zero_ * kMillisecond) / kMillisecond;
    }

    Nanos Newest() {
        Nanos newest = 0;
        lanes_.Flush();
        ForEachEvent([&](const model::Instrument&, const model::Event& event) {
            if (model::TypeOf(event) == model::DataType::kInstrument) return;
            newest = std::max(newest, event.order_ts);
        });
        return newest;
    }

    const int64_t zero_ = DefaultClock().Now() / kMillisecond - 60'000;
};

TEST_F(AheadTest, OneTradeAheadOfTimeVouchesForNothing) {
    Follow(model::DataType::kTrade);
    Say(Trade(1, zero_));
    Say(Trade(2, zero_ + 1000));
    ASSERT_TRUE(Came(2));
    Say(Trade(3, kFarAhead));
    ASSERT_TRUE(Refused());
    Say(Trade(4, zero_ + 2000));
    Say(Trade(9, zero_ + 3000));
    ASSERT_TRUE(Came(4));
    const std::vector<std::string> claims = Claims();
    EXPECT_EQ(Newest(), (zero_ + 3000) * kMillisecond);
    std::string all;
    for (const std::string& claim : claims) all += claim + "\n";
    EXPECT_NE(all.find("open 1000-2000.000001 bad_message"), std::string::npos) << all;
    EXPECT_NE(all.find("open 2000.000001-3000.000001 sequence_gap"), std::string::npos) << all;
    EXPECT_EQ(all.find("complete 3000.000001-"), std::string::npos) << all;
    EXPECT_EQ(dead_letters_.counters().waiting, 1u);
}

TEST_F(AheadTest, TheFirstTradeAheadOfTimeVouchesForNothing) {
    Follow(model::DataType::kTrade);
    Say(Trade(1, kFarAhead));
    ASSERT_TRUE(Refused());
    Say(Trade(2, zero_));
    Say(Trade(3, zero_ + 1000));
    ASSERT_TRUE(Came(2));
    for (const std::string& claim : Claims()) {
        EXPECT_TRUE(claim.ends_with("-1000.000001 ")) << claim;
    }
    EXPECT_EQ(Newest(), (zero_ + 1000) * kMillisecond);
}

TEST_F(AheadTest, ABookIsSeededAnewAndGoesOn) {
    depths_ = {
        R"({"lastUpdateId":10,"bids":[["100","1"]],"asks":[["101","1"]]})",
        R"({"lastUpdateId":13,"bids":[["100","2"]],"asks":[["101","1"]]})"};
    Follow(model::DataType::kBookDelta);
    const auto synced = [this](uint64_t id) {
        const BookKeeper* book = feed_->FindBook("BTC-USDT");
        return book->state() == BookKeeper::State::kSynced && book->last_update_id() == id;
    };
    Say(Update(11, zero_));
    ASSERT_TRUE(Until([&] { return synced(11); }));
    Say(Update(12, kFarAhead));
    ASSERT_TRUE(Refused());
    EXPECT_EQ(feed_->FindBook("BTC-USDT")->state(), BookKeeper::State::kWaiting);
    Say(Update(13, zero_ + 1000));
    Say(Update(14, zero_ + 2000));
    ASSERT_TRUE(Until([&] { return synced(14); }));
    EXPECT_EQ(feed_->FindBook("BTC-USDT")->last_order_ts(), (zero_ + 2000) * kMillisecond);
    EXPECT_EQ(Newest(), (zero_ + 2000) * kMillisecond) << "snapshots included";
    EXPECT_TRUE(Says("marketprism_book_resyncs_total{exchange=\"binance\"} 2"));
}

// Venues put many events into one message.
TEST_F(OkxFixture, AMessageOfManyEventsAheadOfTimeIsToldOfOnce) {
    Follow(model::DataType::kTrade);
    const auto message = [](uint64_t from, uint64_t to, int64_t time) {
        std::string rows;
        for (uint64_t id = from; id <= to; ++id) {
            rows += fmt::format(
                R"({}{{"instId":"BTC-USDT","tradeId":"{}","px":"100","sz":"1","side":"buy",)"
                R"("ts":"{}","source":"0","seqId":{}}})",
                rows.empty() ? "" : ",",
                id,
                time,
                id
            );
        }
        return R"({"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[)" + rows + "]}";
    };
    Say(0, message(1, 2, 1'700'000'000'000));
    Say(0, message(3, 40, kFarAhead));
    Say(0, message(41, 42, 1'700'000'001'000));
    ASSERT_TRUE(Received(4));
    EXPECT_TRUE(Says(R"(marketprism_errors_total{exchange="okx",error_type="data"} 1)"));
    EXPECT_EQ(dead_letters_.counters().waiting, 1u);
    EXPECT_GE(Gaps(), 1u);
}

}  // namespace
}  // namespace mp::collector
