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
    EXPECT_THAT(Reload().added(), IsEmpty());
}

TEST_F(InstrumentChangesTest, AreThereAfterARestart) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}).ok());
    ASSERT_TRUE(changes.Remove("ETH-USDT", true).ok());
    const InstrumentChanges again = Reload();
    EXPECT_THAT(again.added().at("SOL-USDT"), ElementsAre(DataType::kTrade));
    EXPECT_TRUE(again.Removed("ETH-USDT"));
    EXPECT_FALSE(again.Removed("SOL-USDT"));
}

TEST_F(InstrumentChangesTest, AddTypesToThoseThatWereAddedBefore) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kTrade}).ok());
    ASSERT_TRUE(changes.Add("SOL-USDT", {DataType::kBbo}).ok());
    EXPECT_THAT(
        Reload().added().at("SOL-USDT"),
        ::testing::UnorderedElementsAre(DataType::kTrade, DataType::kBbo)
    );
}

TEST_F(InstrumentChangesTest, CancelEachOther) {
    InstrumentChanges changes = Reload();
    ASSERT_TRUE(changes.Remove("ETH-USDT", true).ok());
    ASSERT_TRUE(changes.Add("ETH-USDT", {DataType::kTrade}).ok());
    EXPECT_FALSE(Reload().Removed("ETH-USDT"));
    // Nothing but the addition made it collected.
    ASSERT_TRUE(changes.Remove("ETH-USDT", false).ok());
    EXPECT_THAT(Reload().added(), IsEmpty());
    EXPECT_FALSE(Reload().Removed("ETH-USDT"));
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
          "{\"added\":{},\"removed\":[7]}"}) {
        folder_.Write("instruments/binance_spot.json", text);
        const auto changes = InstrumentChanges::Load(path_);
        EXPECT_EQ(changes.status().code(), StatusCode::kDataLoss) << text;
    }
}

TEST_F(InstrumentChangesTest, StayAsTheyAreWhereTheyCannotBeWritten) {
    folder_.Write("file", "");
    InstrumentChanges changes(folder_ / "file/instruments.json");
    EXPECT_FALSE(changes.Add("SOL-USDT", {DataType::kTrade}).ok());
    EXPECT_THAT(changes.added(), IsEmpty());
}

}  // namespace
}  // namespace mp::collector
