#include "collector/book/book_keeper.hpp"

#include <gtest/gtest.h>

#include "collector/book/crc32.hpp"
#include "collector/venues/binance/book_rule.hpp"
#include "collector/venues/okx/book_rule.hpp"

namespace mp::collector {
namespace {

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

class BookKeeperTest : public testing::Test, protected BookKeeper::Output {
  protected:
    void OnSnapshot(const model::BookSnapshot& snapshot, Nanos order_ts) override {
        snapshots_.push_back({snapshot.last_update_id, order_ts});
        known_bid_to_ = snapshot.known_bid_to;
        snapshot_bids_ = snapshot.bids.size();
    }
    void OnApplied(Nanos) override { ++applied_; }

    // One bid at `price`; update ids first..last; event time = last.
    bool Delta(
        uint64_t first, uint64_t last, std::string_view price, std::string_view quantity = "1"
    ) {
        const model::Level level{D(price), D(quantity)};
        model::BookDelta delta;
        delta.bids = {&level, 1};
        delta.first_update_id = first;
        delta.last_update_id = last;
        return keeper_.OnDelta(delta, static_cast<Nanos>(last));
    }
    bool Snapshot(uint64_t id, uint32_t limit = 1000) {
        SnapshotData data;
        data.last_update_id = id;
        data.bids = {{D("10"), D("1")}, {D("9"), D("1")}};
        data.asks = {{D("100"), D("2")}};
        data.depth_limit = limit;
        return keeper_.OnSnapshot(data);
    }
    bool Bbo(uint64_t id, std::string_view bid, std::string_view quantity) {
        model::Bbo bbo;
        bbo.update_id = id;
        bbo.bid_price = D(bid);
        bbo.bid_quantity = D(quantity);
        bbo.ask_price = D("100");
        bbo.ask_quantity = D("2");
        return keeper_.OnBbo(bbo);
    }

    binance::SpotBookRule rule_;
    BookKeeper keeper_{rule_, {.max_kept_deltas = 4}, *this};
    std::vector<std::pair<uint64_t, Nanos>> snapshots_;
    std::optional<Decimal> known_bid_to_;
    size_t snapshot_bids_ = 0;
    int applied_ = 0;
};

TEST_F(BookKeeperTest, BridgesASnapshotWithTheDeltasThatWaited) {
    EXPECT_FALSE(Delta(90, 95, "8"));
    EXPECT_FALSE(Delta(96, 100, "8"));
    EXPECT_FALSE(Delta(101, 110, "11"));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
    EXPECT_FALSE(Snapshot(105));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kSynced);
    EXPECT_EQ(applied_, 1);
    EXPECT_EQ(keeper_.stats().stale, 2u);
    ASSERT_EQ(snapshots_.size(), 1u);
    EXPECT_EQ(snapshots_[0], (std::pair<uint64_t, Nanos>{105, 110}));
    EXPECT_EQ(snapshot_bids_, 2u);
    EXPECT_EQ(keeper_.book().best_bid()->price, D("11"));
}

TEST_F(BookKeeperTest, WaitsForTheDeltaThatBridgesANewerSnapshot) {
    EXPECT_FALSE(Delta(96, 100, "8"));
    EXPECT_FALSE(Snapshot(105));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kBridging);
    EXPECT_TRUE(snapshots_.empty());
    EXPECT_FALSE(Delta(101, 105, "8"));
    EXPECT_FALSE(Delta(106, 107, "12"));
    EXPECT_EQ(snapshots_[0], (std::pair<uint64_t, Nanos>{105, 105}))
        << "a delta that ends where the snapshot ends has its time";
}

TEST_F(BookKeeperTest, AsksAgainWhenTheSnapshotIsTooOld) {
    EXPECT_FALSE(Delta(110, 112, "8"));
    EXPECT_TRUE(Snapshot(105));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
    EXPECT_TRUE(snapshots_.empty());
    EXPECT_FALSE(Snapshot(109));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kSynced);
    EXPECT_EQ(applied_, 1);
}

TEST_F(BookKeeperTest, LosesTheBookAtAGapAndRecovers) {
    Snapshot(100);
    EXPECT_FALSE(Delta(101, 102, "11"));
    EXPECT_FALSE(Delta(103, 103, "11"));
    EXPECT_TRUE(Delta(105, 106, "11"));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
    EXPECT_EQ(keeper_.stats().gaps, 1u);
    EXPECT_FALSE(Delta(107, 108, "12"));
    EXPECT_FALSE(Snapshot(106));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kSynced);
    EXPECT_EQ(keeper_.last_update_id(), 108u);
}

TEST_F(BookKeeperTest, RepeatsChangeNothing) {
    Snapshot(100);
    Delta(101, 102, "11");
    EXPECT_FALSE(Delta(101, 102, "12"));
    EXPECT_FALSE(Delta(99, 100, "13"));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("11"));
    EXPECT_FALSE(Delta(103, 104, "14"));
}

TEST_F(BookKeeperTest, NumbersThatGoBackWhileTimeGoesOnAreAGap) {
    Snapshot(1000);
    Delta(1001, 1002, "11");
    const model::Level level{D("1"), D("1")};
    model::BookDelta delta;
    delta.bids = {&level, 1};
    delta.first_update_id = 1;
    delta.last_update_id = 2;
    EXPECT_TRUE(keeper_.OnDelta(delta, 5000));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
}

TEST_F(BookKeeperTest, AnOverlapIsNoContinuation) {
    Snapshot(100);
    Delta(101, 105, "11");
    EXPECT_TRUE(Delta(104, 108, "12"));
}

TEST_F(BookKeeperTest, KeepsABoundedNumberOfDeltas) {
    for (uint64_t i = 0; i < 10; ++i) EXPECT_FALSE(Delta(101 + i, 101 + i, "8"));
    EXPECT_EQ(keeper_.stats().overflows, 6u);
    EXPECT_TRUE(Snapshot(100));
    EXPECT_FALSE(Snapshot(106));
    EXPECT_EQ(keeper_.last_update_id(), 110u);
}

TEST_F(BookKeeperTest, SaysHowFarACutSnapshotIsKnown) {
    Snapshot(100, 2);
    Delta(101, 101, "11");
    EXPECT_EQ(known_bid_to_, D("9"));
    EXPECT_EQ(keeper_.Derive().known_bid_to, D("9"));
    EXPECT_EQ(keeper_.Derive().origin, model::SnapshotOrigin::kDerived);
    EXPECT_EQ(keeper_.Derive().last_update_id, 101u);
}

TEST_F(BookKeeperTest, ComparesTheBestQuoteOfTheSameUpdate) {
    Snapshot(100);
    EXPECT_FALSE(Bbo(101, "11", "1"));
    EXPECT_FALSE(Delta(101, 101, "11"));
    EXPECT_EQ(keeper_.stats().checks, 1u);
    EXPECT_FALSE(Delta(102, 102, "12"));
    EXPECT_FALSE(Bbo(101, "5", "1"));
    EXPECT_TRUE(Bbo(102, "11", "1"));
    EXPECT_EQ(keeper_.stats().mismatches, 1u);
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
}

// A book that its stream seeds, with checksums.
class StreamedBookTest : public testing::Test, protected BookKeeper::Output {
  protected:
    void OnSnapshot(const model::BookSnapshot& snapshot, Nanos) override {
        ++snapshots_;
        known_bid_to_ = snapshot.known_bid_to;
    }
    void OnApplied(Nanos) override { ++applied_; }

    bool Delta(
        uint64_t previous,
        uint64_t last,
        std::string_view price,
        Nanos time,
        std::optional<uint32_t> checksum = std::nullopt
    ) {
        const model::Level level{D(price), D("1")};
        model::BookDelta delta;
        delta.bids = {&level, 1};
        delta.first_update_id = previous;
        delta.last_update_id = last;
        if (last > 0) delta.previous_update_id = previous;
        return keeper_.OnDelta(delta, time, checksum);
    }
    bool Snapshot(uint64_t id, Nanos time, std::optional<uint32_t> checksum = std::nullopt) {
        SnapshotData data;
        data.last_update_id = id;
        data.time = time;
        data.live = true;
        data.checksum = checksum;
        data.bids = {{D("10"), D("1")}, {D("9"), D("1")}};
        data.asks = {{D("100"), D("2")}};
        return keeper_.OnSnapshot(data);
    }

    okx::OkxBookRule rule_{3};
    BookKeeper keeper_{rule_, {.max_kept_deltas = 4}, *this};
    int snapshots_ = 0;
    int applied_ = 0;
    std::optional<Decimal> known_bid_to_;
};

TEST_F(StreamedBookTest, IsRightFromItsSnapshotOn) {
    EXPECT_FALSE(Delta(50, 60, "8", 90));
    EXPECT_FALSE(Snapshot(100, 100));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kSynced);
    EXPECT_EQ(keeper_.stats().stale, 1u);
    EXPECT_EQ(snapshots_, 1);
    EXPECT_FALSE(Delta(100, 107, "11", 110));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("11"));
}

TEST_F(StreamedBookTest, AWrongChecksumLosesTheBookBeforeAnybodySeesIt) {
    EXPECT_FALSE(Snapshot(100, 100, Crc32("10:1:100:2:9:1")));
    EXPECT_FALSE(Delta(100, 101, "11", 110, Crc32("11:1:100:2:10:1:9:1")));
    EXPECT_EQ(applied_, 1);
    EXPECT_TRUE(Delta(101, 102, "12", 120, 1));
    EXPECT_EQ(applied_, 1);
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
    EXPECT_TRUE(keeper_.contradicted());
    EXPECT_EQ(keeper_.stats().checks, 3u);
    EXPECT_EQ(keeper_.stats().mismatches, 1u);
    EXPECT_FALSE(Delta(102, 103, "13", 130, 2)) << "lost once";
    EXPECT_FALSE(Snapshot(105, 140));
    EXPECT_FALSE(keeper_.contradicted());
    EXPECT_EQ(keeper_.book().best_bid()->price, D("10"));
}

TEST_F(StreamedBookTest, AWrongSnapshotIsNoBook) {
    EXPECT_TRUE(Snapshot(100, 100, 1));
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kWaiting);
    EXPECT_EQ(snapshots_, 0);
}

TEST_F(StreamedBookTest, ASnapshotThatIsOlderThanTheBookChangesNothing) {
    Snapshot(100, 100);
    Delta(100, 107, "11", 110);
    EXPECT_FALSE(Snapshot(100, 105));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("11"));
    EXPECT_EQ(snapshots_, 1);
    EXPECT_FALSE(Snapshot(120, 120));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("10"));
    EXPECT_FALSE(Delta(107, 110, "12", 115)) << "what the snapshot holds already";
    EXPECT_EQ(keeper_.book().best_bid()->price, D("10"));
    EXPECT_FALSE(Snapshot(3, 130)) << "numbers that began anew";
    EXPECT_EQ(keeper_.last_update_id(), 3u);
}

TEST_F(StreamedBookTest, ARepeatIsNoNewBeginningWhereTheTimesOfUpdatesGoBack) {
    Snapshot(100, 100);
    EXPECT_FALSE(Delta(100, 107, "11", 110));
    EXPECT_FALSE(Delta(107, 109, "12", 105));
    EXPECT_FALSE(Delta(100, 107, "11", 110)) << "on a second connection";
    EXPECT_EQ(keeper_.state(), BookKeeper::State::kSynced);
    EXPECT_EQ(keeper_.book().best_bid()->price, D("12"));
}

TEST_F(StreamedBookTest, WithoutNumbersOnlyWhatFollowsTheSnapshotCounts) {
    EXPECT_FALSE(Delta(0, 0, "50", 90));
    EXPECT_FALSE(Snapshot(0, 100));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("10"));
    EXPECT_FALSE(Delta(0, 0, "11", 110));
    EXPECT_EQ(keeper_.book().best_bid()->price, D("11"));
}

TEST_F(StreamedBookTest, KnowsItsWindowAsItMoves) {
    Snapshot(100, 100);
    EXPECT_FALSE(known_bid_to_);
    Delta(100, 101, "11", 110);
    EXPECT_EQ(keeper_.Derive().known_bid_to, D("9"));
    Delta(101, 102, "12", 120);
    EXPECT_EQ(keeper_.Derive().known_bid_to, D("10"));
    EXPECT_FALSE(keeper_.Derive().known_ask_to);
}

}  // namespace
}  // namespace mp::collector
