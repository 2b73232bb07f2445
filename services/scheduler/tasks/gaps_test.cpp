#include "scheduler/tasks/gaps.hpp"

#include <gtest/gtest.h>

namespace mp::scheduler {
namespace {

namespace pb = marketprism::v1;

constexpr auto kComplete = pb::COVERAGE_STATE_COMPLETE;
constexpr auto kOpen = pb::COVERAGE_STATE_OPEN;
constexpr auto kRepaired = pb::COVERAGE_STATE_REPAIRED;
constexpr auto kUnrepairable = pb::COVERAGE_STATE_UNREPAIRABLE;
constexpr auto kSequence = pb::COVERAGE_BASIS_SEQUENCE;
constexpr auto kConnection = pb::COVERAGE_BASIS_CONNECTION;

struct Row {
    Nanos from;
    Nanos to;
    pb::CoverageState state;
    pb::CoverageBasis basis = kConnection;
    const char* reason = "";
};

std::vector<FoundGap> Find(std::initializer_list<Row> rows, Nanos until = 1000) {
    pb::SeriesCoverage coverage;
    for (const Row& row : rows) {
        pb::Coverage& interval = *coverage.add_intervals();
        interval.set_from_ts(row.from);
        interval.set_to_ts(row.to);
        interval.set_state(row.state);
        interval.set_basis(row.basis);
        interval.set_reason(row.reason);
    }
    return OpenGaps(coverage, until);
}

FoundGap Gap(Nanos from, Nanos to, pb::CoverageBasis basis, std::string reason) {
    return {{}, from, to, basis, std::move(reason)};
}

TEST(OpenGaps, AreRecordsAndWhatNothingCovers) {
    EXPECT_EQ(
        Find(
            {{10, 20, kComplete},
             {20, 30, kOpen, kSequence, "sequence_gap"},
             {30, 40, kComplete},
             {50, 60, kRepaired}}
        ),
        (std::vector<FoundGap>{
            Gap(20, 30, kSequence, "sequence_gap"), Gap(40, 50, kConnection, "collector_lost")})
    );
}

TEST(OpenGaps, AreNotBeforeAndBehindWhatIsKnown) {
    EXPECT_TRUE(Find({}).empty());
    EXPECT_TRUE(Find({{10, 20, kComplete}}).empty());
    EXPECT_EQ(
        Find(
            {{0, 10, kOpen, kSequence, "disconnected"},
             {10, 20, kComplete},
             {20, 30, kOpen, kConnection, "silence"}}
        ),
        (std::vector<FoundGap>{
            Gap(0, 10, kSequence, "disconnected"), Gap(20, 30, kConnection, "silence")})
    );
}

TEST(OpenGaps, AreOneWhereTheyTouch) {
    EXPECT_EQ(
        Find({{10, 20, kComplete}, {25, 30, kOpen, kSequence, "disconnected"}, {35, 40, kComplete}}
        ),
        (std::vector<FoundGap>{Gap(20, 35, kSequence, "disconnected")})
    );
}

TEST(OpenGaps, LeaveOutWhatIsBeyondRepair) {
    EXPECT_EQ(
        Find(
            {{10, 20, kComplete},
             {20, 30, kUnrepairable},
             {30, 35, kOpen, kConnection, "silence"},
             {35, 40, kUnrepairable},
             {40, 50, kComplete}}
        ),
        (std::vector<FoundGap>{Gap(30, 35, kConnection, "silence")})
    );
}

TEST(OpenGaps, WaitUntilTheyAreSettled) {
    EXPECT_TRUE(Find({{10, 20, kComplete}, {30, 40, kComplete}}, 29).empty());
    EXPECT_EQ(Find({{10, 20, kComplete}, {30, 40, kComplete}}, 30).size(), 1u);
}

}  // namespace
}  // namespace mp::scheduler
