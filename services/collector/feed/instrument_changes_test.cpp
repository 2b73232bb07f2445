#include "collector/feed/instrument_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temp_dir.hpp"

namespace mp::collector {
namespace {

using model::DataType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class InstrumentChangesTest : public ::testing::Test {
  protected:
    // As another process would see them.
    InstrumentChanges Reload() {
        auto changes = InstrumentChanges::Load(path_);
        EXPECT_TRUE(changes.ok()) << changes.status();
        return changes.ok() ? *changes : InstrumentChanges(path_);
    }

    mp::testing::TempDir folder_;
    const std::filesystem::path path_ = folder_ / "instruments/binance_spot.json";
};

TEST_F(InstrumentChangesTest, AreNoneWhereNothingWasWritten) {
    EXPECT_THAT(Reload().all(), IsEmpty());
}

TEST_F(InstrumentChangesTest, AreThereAfterARestart) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}, 10).ok());
    ASSERT_TRUE(changes.Remove("ETH-USDT", true, 5).ok());
    const InstrumentChanges again = Reload();
    EXPECT_THAT(again.all().at("SOL-USDT").types, ElementsAre(DataType::kTrade));
    EXPECT_TRUE(again.Removed("ETH-USDT"));
    EXPECT_FALSE(again.Removed("SOL-USDT"));
}

TEST_F(InstrumentChangesTest, AddTypesToThoseThatWereAddedBefore) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}, 10).ok());
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kBbo}, 11).ok());
    EXPECT_THAT(
        Reload().all().at("SOL-USDT").types,
        ::testing::UnorderedElementsAre(DataType::kTrade, DataType::kBbo)
    );
}

TEST_F(InstrumentChangesTest, CancelEachOther) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Remove("ETH-USDT", true, 5).ok());
    ASSERT_TRUE(changes.Add("ETH-USDT", {DataType::kTrade}, 10).ok());
    EXPECT_FALSE(Reload().Removed("ETH-USDT"));
    // Nothing but the addition made it collected.
    ASSERT_TRUE(changes.Remove("ETH-USDT", false, 12).ok());
    EXPECT_FALSE(Reload().Added("ETH-USDT"));
    EXPECT_FALSE(Reload().Removed("ETH-USDT"));
}

TEST_F(InstrumentChangesTest, OfTwoCollectorsTheLaterCounts) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}, 10).ok());
    const InstrumentChange earlier{InstrumentChange::Kind::kRemoved, {}, 9};
    EXPECT_FALSE(changes.Take("SOL-USDT", earlier).value());
    EXPECT_TRUE(changes.Added("SOL-USDT"));
    const InstrumentChange later{InstrumentChange::Kind::kRemoved, {}, 12};
    EXPECT_TRUE(changes.Take("SOL-USDT", later).value());
    EXPECT_EQ(Reload().all().at("SOL-USDT"), later);
    EXPECT_FALSE(changes.Take("SOL-USDT", later).value());
    // What is said here now is later than all that was said, whatever the clock.
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}, 11).ok());
    EXPECT_EQ(Reload().all().at("SOL-USDT").changed, 13);
}

TEST_F(InstrumentChangesTest, AreReadFromFilesOfBeforeThereWereFleets) {
    folder_.Write("instruments/binance_spot.json", R"({"added":{"A":["trade"]},"removed":["B"]})");
    const InstrumentChanges changes = Reload();
    EXPECT_TRUE(changes.Added("A"));
    EXPECT_TRUE(changes.Removed("B"));
    EXPECT_EQ(changes.all().at("A").changed, 0);
}

TEST_F(InstrumentChangesTest, SayThatTheirFileIsDamaged) {
    for (const char* text :
         {"",
          "{",
          "[]",
          "{\"added\":{}}",
          "{\"added\":[],\"removed\":[]}",
          "{\"added\":{\"A\":[\"nonsense\"]},\"removed\":[]}",
          "{\"added\":{\"A\":7},\"removed\":[]}",
          "{\"added\":{},\"removed\":[7]}",
          "{\"added\":{},\"removed\":[],\"withdrawn\":{}}",
          "{\"added\":{\"A\":[]},\"removed\":[],\"changed\":{\"A\":\"now\"}}"}) {
        folder_.Write("instruments/binance_spot.json", text);
        const auto changes = InstrumentChanges::Load(path_);
        EXPECT_EQ(changes.status().code(), StatusCode::kDataLoss) << text;
    }
}

TEST_F(InstrumentChangesTest, StayAsTheyAreWhereTheyCannotBeWritten) {
    folder_.Write("file", "");
    InstrumentChanges changes(folder_ / "file/instruments.json");
    EXPECT_FALSE(changes.Add("SOL-USDT", {DataType::kTrade}, 10).ok());
    EXPECT_THAT(changes.all(), IsEmpty());
}

}  // namespace
}  // namespace mp::collector
