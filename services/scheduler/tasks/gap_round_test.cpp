#include "scheduler/tasks/gap_round.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace mp::scheduler {
namespace {

namespace pb = marketprism::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Gaps that never end, by symbol: when they begin.
using Gaps = std::map<std::string, std::vector<Nanos>>;

// "A5": what a run that may take up `most` does, after which `last` is the newest one.
std::vector<std::string> RunOf(const Gaps& gaps, size_t most, GapPlace& last) {
    GapRound round(last, most);
    std::vector<pb::Instrument> instruments;
    for (const auto& [symbol, begins] : gaps) {
        pb::Instrument& instrument = instruments.emplace_back();
        instrument.set_exchange("binance");
        instrument.set_market(pb::MARKET_SPOT);
        instrument.set_symbol(symbol);
    }
    std::reverse(instruments.begin(), instruments.end());
    for (const pb::Instrument& instrument : round.Arrange(std::move(instruments))) {
        std::vector<FoundGap> found;
        for (const Nanos from : gaps.at(instrument.symbol())) {
            FoundGap& gap = found.emplace_back();
            *gap.series.mutable_instrument() = instrument;
            gap.series.set_data_type(pb::DATA_TYPE_TRADE);
            gap.from = from;
        }
        if (!round.Add(std::move(found))) break;
    }
    std::vector<std::string> taken;
    for (const FoundGap& gap : round.Take()) {
        taken.push_back(gap.series.instrument().symbol() + std::to_string(gap.from));
        last = PlaceOf(gap);
    }
    return taken;
}

TEST(GapRound, GapsThatNeverEndKeepNobodyWaiting) {
    const Gaps gaps{{"A", {1, 2}}, {"B", {1, 2}}, {"C", {1}}};
    GapPlace last;
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("A1", "A2"));
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("B1", "B2"));
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("C1", "A1"));
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("A2", "B1"));
}

TEST(GapRound, GoesOnWithinASeries) {
    const Gaps gaps{{"A", {3, 1, 2}}, {"B", {}}};
    GapPlace last;
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("A1", "A2"));
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("A3", "A1"));
    EXPECT_THAT(RunOf(gaps, 2, last), ElementsAre("A2", "A3"));
}

TEST(GapRound, TakesAllWhereThereIsRoomAndEachOnce) {
    const Gaps gaps{{"A", {1}}, {"B", {1, 2}}};
    GapPlace last;
    EXPECT_THAT(RunOf(gaps, 9, last), ElementsAre("A1", "B1", "B2"));
    EXPECT_THAT(RunOf(gaps, 9, last), ElementsAre("A1", "B1", "B2"));
    last.symbol = "Z";
    EXPECT_THAT(RunOf(gaps, 9, last), ElementsAre("A1", "B1", "B2"));
    EXPECT_THAT(RunOf({}, 9, last), IsEmpty());
}

}  // namespace
}  // namespace mp::scheduler
