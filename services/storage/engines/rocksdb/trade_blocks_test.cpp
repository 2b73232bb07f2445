// Where blocks take the place of rows, and when they become rows again.

#include <gmock/gmock.h>

#include "storage/engines/test/packing_fixture.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TradeBlocksTest : public ::testing::Test {
  protected:
    std::filesystem::path path() const { return folder_ / "store"; }
    std::unique_ptr<Engine> Open(bool pack = true) { return OpenPacking(path(), clock_, pack); }
    // A store of a hundred trades, packed as far as they go.
    std::unique_ptr<Engine> Packed() {
        auto engine = Open();
        Append(*engine, Consecutive(0, 100));
        EXPECT_EQ(KeepUp(*engine).packed_trades, 96u);
        return engine;
    }

    const testing::TempDir folder_;
    testing::ManualClock clock_;
};

TEST_F(TradeBlocksTest, AreInPlaceOfRows) {
    auto engine = Packed();
    const SeriesId series = *engine->Find(kPacked);
    const std::vector<Row> rows = Rows(*engine, kPacked);
    ASSERT_EQ(rows.size(), 100u);
    const std::vector<TestEvent> written = Consecutive(0, 100);
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].event, written[i].bytes);
    ScanRange backward;
    backward.direction = Direction::kBackward;
    std::vector<Row> backwards = Rows(*engine, kPacked, backward);
    std::reverse(backwards.begin(), backwards.end());
    EXPECT_EQ(backwards, rows);
    EXPECT_EQ(ByColumns(*engine), ByEvents(*engine));
    engine.reset();
    {
        const RawKeys keys(path());
        EXPECT_THAT(keys.Rows(series), SizeIs(4));
        EXPECT_THAT(keys.Blocks(series), SizeIs(12));
    }
    EXPECT_EQ(Rows(*Open(), kPacked), rows);
}

TEST_F(TradeBlocksTest, WaitUntilTheirTradesAreOldEnough) {
    RocksConfig config;
    config.path = path();
    config.min_free_bytes = 0;
    config.pack_after = std::chrono::seconds(60);
    config.pack_rows = 8;
    const auto engine = OpenRocksEngine(config, clock_).value();
    std::vector<TestEvent> events;
    for (int i = 0; i < 20; ++i) {
        events.push_back(TestTrade(clock_.Now() - 100, static_cast<uint64_t>(i), 100, i));
    }
    Append(*engine, events);
    EXPECT_EQ(KeepUp(*engine).packed_trades, 0u);
    clock_.Advance(std::chrono::seconds(61));
    EXPECT_EQ(KeepUp(*engine).packed_trades, 16u);
}

TEST_F(TradeBlocksTest, BecomeRowsWhereTheirTradesChangeAndComeBack) {
    const auto engine = Packed();
    // Late, a repeat seen earlier, a deletion.
    Append(*engine, {TestTrade(305, 9000)});
    Append(*engine, {TestTrade(500, 50, 101, 1)});
    EXPECT_EQ(DeleteAll(*engine, kPacked, {700, 720}), 2u);
    EXPECT_THAT(ByEvents(*engine), SizeIs(99));
    EXPECT_EQ(ByColumns(*engine), ByEvents(*engine));
    const UpkeepStep again = KeepUp(*engine);
    EXPECT_EQ(again.unpacked_blocks, 3u);
    EXPECT_GE(again.packed_trades, 20u);
    EXPECT_THAT(ByEvents(*engine), SizeIs(99));
    EXPECT_EQ(ByColumns(*engine), ByEvents(*engine));
    EXPECT_EQ(KeepUp(*engine).packed_trades, 0u);
}

TEST_F(TradeBlocksTest, StayForWhatComesAgainAndForWhatContradicts) {
    const auto engine = Packed();
    EXPECT_THAT(Append(*engine, Consecutive(40, 60)).events, ::testing::Each(Verdict::kDuplicate));
    EXPECT_THAT(Append(*engine, {TestTrade(500, 50, 999)}).events, ElementsAre(Verdict::kConflict));
    EXPECT_EQ(KeepUp(*engine).unpacked_blocks, 0u);
    EXPECT_EQ(engine->ListSeries()[0].events, 100u);
}

TEST_F(TradeBlocksTest, KnowWhatComesAgainBehindARestart) {
    Packed().reset();
    const auto engine = Open();
    EXPECT_THAT(Append(*engine, Consecutive(0, 100)).events, ::testing::Each(Verdict::kDuplicate));
    EXPECT_THAT(Append(*engine, Consecutive(100, 101)).events, ElementsAre(Verdict::kStored));
    EXPECT_THAT(ByEvents(*engine), SizeIs(101));
}

TEST_F(TradeBlocksTest, GoWholeWhereAllTheirTradesGo) {
    auto engine = Packed();
    const SeriesId series = *engine->Find(kPacked);
    EXPECT_EQ(DeleteAll(*engine, kPacked, {0, 320}), 32u);
    EXPECT_EQ(KeepUp(*engine).unpacked_blocks, 0u);
    // The last of them with the first of the next block.
    EXPECT_EQ(ExpireAll(*engine, kPacked, 335), 1u);
    EXPECT_EQ(KeepUp(*engine).unpacked_blocks, 1u);
    EXPECT_THAT(ByEvents(*engine), SizeIs(67));
    EXPECT_EQ(engine->ListSeries()[0].events, 67u);
    EXPECT_EQ(DeleteAll(*engine, kPacked, kAllTime), 67u);
    EXPECT_THAT(ByEvents(*engine), IsEmpty());
    EXPECT_THAT(ByColumns(*engine), IsEmpty());
    engine.reset();
    const RawKeys keys(path());
    EXPECT_THAT(keys.Rows(series), IsEmpty());
    EXPECT_THAT(keys.Blocks(series), IsEmpty());
}

TEST_F(TradeBlocksTest, AreReadAndTakenApartWhereNothingIsPackedAnyMore) {
    Packed().reset();
    const auto engine = Open(false);
    Append(*engine, {TestTrade(305, 9000)});
    Append(*engine, Consecutive(100, 200));
    EXPECT_THAT(ByEvents(*engine), SizeIs(201));
    EXPECT_EQ(ByColumns(*engine), ByEvents(*engine));
    const UpkeepStep step = KeepUp(*engine);
    EXPECT_EQ(step.packed_trades, 0u);
    EXPECT_EQ(step.unpacked_blocks, 1u);
}

// A field that this program does not know must not be lost.
TEST_F(TradeBlocksTest, LeaveRowsThatTheyWouldNotGiveBack) {
    auto engine = Open();
    Append(*engine, Consecutive(0, 100));
    const SeriesId series = *engine->Find(kPacked);
    Row strange = Rows(*engine, kPacked)[50];
    strange.event += std::string("\xf8\x07\x01", 3);  // field 127: 1
    engine.reset();
    {
        std::string key;
        layout::EventKey(series, strange.key, key);
        ASSERT_TRUE(RawKeys(path()).db().Put({}, key, strange.event).ok());
    }
    engine = Open();
    EXPECT_EQ(KeepUp(*engine).packed_trades, 50u + 48u);
    EXPECT_EQ(Rows(*engine, kPacked)[50], strange);
    EXPECT_EQ(ByColumns(*engine), ByEvents(*engine));
}

TEST_F(TradeBlocksTest, OfVersionThreeArePackedAnew) {
    auto engine = Open(false);
    Append(*engine, Consecutive(0, 100));
    const SeriesId series = *engine->Find(kPacked);
    const std::string before = Dump(*engine);
    const std::string first = Rows(*engine, kPacked)[0].key;
    engine.reset();
    std::string block, hole;
    layout::BlockKey(series, first, block);
    layout::HoleKey(series, first, hole);
    {
        RawKeys store(path());
        ASSERT_TRUE(store.db().Put({}, block, "of version 3").ok());
        ASSERT_TRUE(store.db().Put({}, hole, "of version 3").ok());
        ASSERT_TRUE(store.db().Put({}, layout::MetaKey("schema"), "3").ok());
    }
    engine = Open();
    EXPECT_EQ(Dump(*engine), before);
    EXPECT_EQ(KeepUp(*engine).packed_trades, 96u);
    EXPECT_EQ(Dump(*engine), before);
}

TEST_F(TradeBlocksTest, DamagedAreDataLoss) {
    auto engine = Open();
    Append(*engine, Consecutive(0, 20));
    KeepUp(*engine);
    const SeriesId series = *engine->Find(kPacked);
    const std::string first = Rows(*engine, kPacked)[0].key;
    engine.reset();
    {
        std::string key;
        layout::BlockKey(series, first, key);
        ASSERT_TRUE(RawKeys(path()).db().Put({}, key, "x").ok());
    }
    engine = Open();
    const auto trades = engine->ScanTrades(series, {}).value();
    while (trades->Next()) {
    }
    EXPECT_EQ(trades->status().code(), StatusCode::kDataLoss);
    const auto events = engine->Scan(series, {}).value();
    while (events->Next()) {
    }
    EXPECT_EQ(events->status().code(), StatusCode::kDataLoss);
    EXPECT_EQ(TryAppend(*engine, {TestTrade(5, 1)}).status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace mp::storage
