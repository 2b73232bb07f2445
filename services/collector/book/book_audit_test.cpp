#include "collector/book/book_audit.hpp"

#include <gtest/gtest.h>

#include "collector/venues/binance/book_rule.hpp"

namespace mp::collector {
namespace {

Decimal D(std::string_view text) {
    return *Decimal::Parse(text);
}

using Levels = std::vector<model::Level>;

Levels Of(std::initializer_list<std::pair<const char*, const char*>> texts) {
    Levels levels;
    for (const auto& [price, quantity] : texts) levels.push_back({D(price), D(quantity)});
    return levels;
}

class BookAuditTest : public testing::Test, protected BookKeeper::Output {
  protected:
    BookAuditTest() {
        Seed(10, Of({{"100", "1"}, {"99", "2"}, {"98", "3"}}), Of({{"101", "1"}, {"102", "2"}}));
        Delta(11, Of({{"99", "5"}}), false);
    }

    void OnSnapshot(const model::BookSnapshot&, Nanos) override {}
    void OnApplied(Nanos) override {}

    static SnapshotData Snapshot(uint64_t id, Levels bids, Levels asks, uint32_t limit = 0) {
        SnapshotData data;
        data.last_update_id = id;
        data.bids = std::move(bids);
        data.asks = std::move(asks);
        data.depth_limit = limit;
        return data;
    }
    void Seed(uint64_t id, Levels bids, Levels asks) {
        book_.OnSnapshot(Snapshot(id, std::move(bids), std::move(asks)));
    }
    // Bids, by number.
    void Delta(uint64_t id, const Levels& bids, bool audited = true) {
        model::BookDelta delta;
        delta.bids = bids;
        delta.first_update_id = delta.last_update_id = id;
        book_.OnDelta(delta, static_cast<Nanos>(id));
        if (audited) audit_.OnDelta(delta, static_cast<Nanos>(id));
    }

    binance::SpotBookRule rule_;
    BookKeeper book_{rule_, {}, *this};
    BookAudit audit_{rule_, {}};
};

TEST_F(BookAuditTest, ComparesWhereBothStandAtTheSameUpdate) {
    EXPECT_EQ(audit_.Compare(book_), std::nullopt);
    Delta(12, Of({{"98", "0"}}));
    audit_.OnSnapshot(
        Snapshot(13, Of({{"100", "1"}, {"99", "7"}}), Of({{"101", "1"}, {"102", "2"}}))
    );
    EXPECT_EQ(audit_.Compare(book_), std::nullopt) << "the stream has not come so far";
    Delta(13, Of({{"99", "7"}}));
    EXPECT_EQ(audit_.Compare(book_), 0u);
    Delta(14, Of({{"97", "1"}}));
    EXPECT_EQ(audit_.Compare(book_), 0u);
}

TEST_F(BookAuditTest, BringsTheSnapshotForward) {
    Delta(12, Of({{"98", "0"}}));
    Delta(13, Of({{"99", "7"}}));
    audit_.OnSnapshot(
        Snapshot(12, Of({{"100", "1"}, {"99", "5"}}), Of({{"101", "1"}, {"102", "2"}}))
    );
    EXPECT_EQ(audit_.Compare(book_), 0u);
}

TEST_F(BookAuditTest, CountsEveryLevelThatDiffers) {
    audit_.OnSnapshot(
        Snapshot(11, Of({{"100", "1"}, {"99", "2"}, {"97", "1"}}), Of({{"101", "1"}, {"103", "2"}}))
    );
    // 99 has another quantity; 98, 97, 102 and 103 are in one only.
    EXPECT_EQ(audit_.Compare(book_), 5u);
}

TEST_F(BookAuditTest, LooksNoFurtherThanBothKnow) {
    audit_.OnSnapshot(
        Snapshot(11, Of({{"100", "1"}, {"99", "5"}}), Of({{"101", "1"}, {"102", "2"}}), 2)
    );
    EXPECT_EQ(audit_.Compare(book_), 0u) << "98 is beyond what the snapshot tells";
}

TEST_F(BookAuditTest, FailsOnASnapshotFromBeforeItBegan) {
    Delta(12, Of({{"98", "0"}}));
    audit_.OnSnapshot(Snapshot(8, Of({{"100", "1"}}), Of({{"101", "1"}})));
    EXPECT_TRUE(audit_.failed());
    EXPECT_EQ(audit_.Compare(book_), std::nullopt);
}

TEST_F(BookAuditTest, FailsOnASnapshotWithoutANumber) {
    audit_.OnSnapshot(Snapshot(0, Of({{"100", "1"}}), Of({{"101", "1"}})));
    EXPECT_TRUE(audit_.failed());
}

TEST_F(BookAuditTest, FailsWhereTheStreamBreaks) {
    audit_.OnSnapshot(
        Snapshot(11, Of({{"100", "1"}, {"99", "5"}, {"98", "3"}}), Of({{"101", "1"}, {"102", "2"}}))
    );
    EXPECT_EQ(audit_.Compare(book_), 0u);
    Delta(12, Of({{"98", "0"}}));
    Delta(20, Of({{"98", "0"}}));
    EXPECT_TRUE(audit_.failed());
    EXPECT_EQ(audit_.Compare(book_), std::nullopt);
}

}  // namespace
}  // namespace mp::collector
