// Books are compared with fresh snapshots now and then; one that differs is made anew.
#include "feed_fixture.hpp"

namespace mp::collector {
namespace {

constexpr char kFirst[] = R"({"lastUpdateId":10,"bids":[["100","1"]],"asks":[["101","1"]]})";
constexpr char kUpdate[] =
    R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000000,"s":"BTCUSDT","U":11,"u":11,"b":[["99","2"]],"a":[]}})";
constexpr char kSame[] =
    R"({"lastUpdateId":11,"bids":[["100","1"],["99","2"]],"asks":[["101","1"]]})";
constexpr char kOther[] =
    R"({"lastUpdateId":11,"bids":[["100","4"],["98","2"]],"asks":[["101","1"]]})";

class AuditTest : public FeedFixture {
  protected:
    AuditTest() {
        listing_ = {"BTC"};
        types_ = {model::DataType::kBookDelta};
        config_.books.audit_interval = 20ms;
        greeting_ = kUpdate;
    }

    bool Audited(const std::string& result, int times) {
        const std::string metric = "marketprism_book_audits_total{exchange=\"binance\",result=\"" +
                                   result + "\"} " + std::to_string(times);
        return Until([this, metric] { return Says(metric); });
    }
};

TEST_F(AuditTest, ABookThatAgreesStays) {
    depths_ = {kFirst, kSame};
    Start({"BTC-USDT"});
    EXPECT_TRUE(Audited("equal", 2));
    EXPECT_TRUE(Says("marketprism_book_resyncs_total{exchange=\"binance\"} 1"));
    EXPECT_EQ(feed_->FindBook("BTC-USDT")->state(), BookKeeper::State::kSynced);
}

TEST_F(AuditTest, ABookThatDiffersIsMadeAnew) {
    depths_ = {kFirst, kOther, kOther, kSame};
    Start({"BTC-USDT"});
    EXPECT_TRUE(Audited("different", 2));
    EXPECT_TRUE(Says("marketprism_book_divergent_levels_total{exchange=\"binance\"} 6"));
    EXPECT_TRUE(Until([this] {
        return Says("marketprism_book_resyncs_total{exchange=\"binance\"} 2");
    })) << "a new snapshot is asked for";
}

TEST_F(AuditTest, OneSnapshotThatDiffersAloneIsNotBelieved) {
    depths_ = {kFirst, kOther, kSame};
    Start({"BTC-USDT"});
    EXPECT_TRUE(Audited("different", 1));
    EXPECT_TRUE(Audited("equal", 2));
    EXPECT_TRUE(Says("marketprism_book_resyncs_total{exchange=\"binance\"} 1"));
}

TEST_F(AuditTest, ASnapshotFromBeforeDecidesNothing) {
    depths_ = {kFirst, R"({"lastUpdateId":9,"bids":[["50","1"]],"asks":[["101","1"]]})", kSame};
    Start({"BTC-USDT"});
    const auto decided = [this] { return depths_asked_ >= 2; };
    ASSERT_TRUE(Until(decided));
    EXPECT_TRUE(AfterLists(5));
    EXPECT_FALSE(Says("marketprism_book_audits_total{exchange=\"binance\",result=\"different\"} 1")
    );
    EXPECT_EQ(feed_->FindBook("BTC-USDT")->state(), BookKeeper::State::kSynced);
}

}  // namespace
}  // namespace mp::collector
