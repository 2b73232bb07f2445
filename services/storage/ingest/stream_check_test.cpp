#include "storage/ingest/stream_check.hpp"

#include <gtest/gtest.h>

#include "storage/ingest/position_tracker.hpp"
#include "storage/ingest/purge_plan.hpp"

namespace mp::storage {
namespace {

const StreamPosition kCommitted{7, 100, {{103, 105}}};

TEST(PositionTracker, ClosesHolesInAnyOrder) {
    PositionTracker tracker;
    for (const uint64_t sequence : {2, 5, 4, 9, 4, 2}) tracker.Add(sequence);
    EXPECT_EQ(tracker.floor(), 0u);
    EXPECT_EQ(tracker.position().beyond.size(), 3u);
    EXPECT_EQ(tracker.highest(), 9u);
    EXPECT_TRUE(tracker.Contains(5));
    EXPECT_FALSE(tracker.Contains(3));
    tracker.Add(1);
    EXPECT_EQ(tracker.floor(), 2u);
    tracker.Add(3);
    EXPECT_EQ(tracker.floor(), 5u);
    tracker.RaiseFloor(8);
    EXPECT_EQ(tracker.floor(), 9u);
    EXPECT_TRUE(tracker.position().beyond.empty());
}

TEST(PositionTracker, NamesWhatIsMissing) {
    const PositionTracker tracker({7, 100, {{103, 105}, {107, 107}}});
    EXPECT_EQ(tracker.Missing(109, 100), (std::vector<uint64_t>{101, 102, 106, 108, 109}));
    EXPECT_EQ(tracker.Missing(104, 100), (std::vector<uint64_t>{101, 102}));
    EXPECT_EQ(tracker.Missing(109, 3), (std::vector<uint64_t>{101, 102, 106}));
    EXPECT_TRUE(tracker.Missing(100, 100).empty());
    EXPECT_EQ(tracker.holes(), 3u);
    EXPECT_EQ(PositionTracker().holes(), 0u);
}

TEST(StreamCheck, GoesOnWhereItWas) {
    const StreamVerdict verdict = CheckStream(kCommitted, {7, 1, 200, 95});
    EXPECT_EQ(verdict.position, kCommitted);
    EXPECT_TRUE(verdict.loss.empty());
    EXPECT_FALSE(verdict.forget_consumer);
}

TEST(StreamCheck, ARewoundStreamIsKnownAlsoWhenItHasGrownAgain) {
    const StreamVerdict verdict = CheckStream(kCommitted, {7, 1, 200, 95, true});
    EXPECT_EQ(verdict.loss, kStreamRewound);
    EXPECT_EQ(verdict.position.floor, 0u);
    EXPECT_TRUE(verdict.forget_consumer);
}

TEST(StreamCheck, APurgeOfWhatIsCommittedLosesNothing) {
    const StreamVerdict verdict = CheckStream(kCommitted, {7, 101, 200, 100});
    EXPECT_TRUE(verdict.loss.empty());
    EXPECT_EQ(verdict.position.floor, 100u);
}

TEST(StreamCheck, APurgeBeyondThatIsALoss) {
    const StreamVerdict verdict = CheckStream(kCommitted, {7, 103, 200, 102});
    EXPECT_EQ(verdict.loss, kStreamTruncated);
    EXPECT_EQ(verdict.position.floor, 105u);
    EXPECT_TRUE(verdict.position.beyond.empty());
}

TEST(StreamCheck, AnotherStreamIsReadFromItsBeginning) {
    const StreamVerdict verdict = CheckStream(kCommitted, {8, 1, 50, std::nullopt});
    EXPECT_EQ(verdict.loss, kStreamReplaced);
    EXPECT_EQ(verdict.position, (StreamPosition{8, 0, {}}));
    EXPECT_FALSE(verdict.forget_consumer);
}

TEST(StreamCheck, AStreamThatLostItsNewestMessagesIsReadAgain) {
    const StreamVerdict verdict = CheckStream(kCommitted, {7, 90, 104, 100});
    EXPECT_EQ(verdict.loss, kStreamRewound);
    EXPECT_EQ(verdict.position.floor, 89u);
    EXPECT_TRUE(verdict.forget_consumer);
}

TEST(StreamCheck, ANewStoreReadsAllThatTheStreamHas) {
    const StreamVerdict fresh = CheckStream(std::nullopt, {7, 1, 200, std::nullopt});
    EXPECT_TRUE(fresh.loss.empty());
    EXPECT_EQ(fresh.position, (StreamPosition{7, 0, {}}));
    const StreamVerdict late = CheckStream(std::nullopt, {7, 51, 200, 150});
    EXPECT_EQ(late.loss, kStreamTruncated);
    EXPECT_EQ(late.position.floor, 50u);
    EXPECT_TRUE(late.forget_consumer);
}

TEST(StreamCheck, AConsumerThatIsAheadOfTheStoreBeginsAnew) {
    EXPECT_TRUE(CheckStream(kCommitted, {7, 1, 200, 150}).forget_consumer);
}

TEST(PurgePlan, KeepsTheWindow) {
    PurgePlan plan({std::chrono::seconds(100), 1 << 30});
    const PurgePlan::Stream stream{1, 1000, 1000};
    EXPECT_EQ(plan.Target(0, 50, stream), 0u);
    EXPECT_EQ(plan.Target(60 * kSecond, 80, stream), 0u);
    EXPECT_EQ(plan.Target(100 * kSecond, 120, stream), 50u);
    EXPECT_EQ(plan.Target(159 * kSecond, 150, stream), 50u);
    EXPECT_EQ(plan.Target(160 * kSecond, 160, stream), 80u);
    EXPECT_EQ(plan.Target(161 * kSecond, 160, {81, 920, 920}), 0u);
}

TEST(PurgePlan, GivesUpTheWindowForRoomButNeverTheUncommitted) {
    PurgePlan plan({std::chrono::hours(1), 800});
    EXPECT_EQ(plan.Target(0, 1000, {1, 1000, 800}), 0u);
    EXPECT_EQ(plan.Target(0, 1000, {1, 1000, 1000}), 301u);
    EXPECT_EQ(plan.Target(0, 200, {1, 1000, 1000}), 200u);
    EXPECT_EQ(plan.Target(0, 200, {201, 1000, 1000}), 0u);
}

TEST(PurgePlan, NeverLetsTheWindowFillTheStream) {
    PurgePlan plan({std::chrono::hours(1), 1000});
    EXPECT_EQ(plan.Target(0, 1000, {1, 1000, 750, 1000}), 0u);
    EXPECT_GT(plan.Target(0, 1000, {1, 1000, 751, 1000}), 0u);
}

TEST(PurgePlan, ForgetsTheNotesOfAnotherStream) {
    PurgePlan plan({std::chrono::seconds(1), 1 << 30});
    EXPECT_EQ(plan.Target(0, 50, {1, 100, 100}), 0u);
    plan.Reset();
    EXPECT_EQ(plan.Target(10 * kSecond, 5, {1, 100, 100}), 0u);
}

}  // namespace
}  // namespace mp::storage
