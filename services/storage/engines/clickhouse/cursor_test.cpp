// Long reads of a real server, beside the reference in memory.

#include "storage/engines/clickhouse/cursor.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "storage/engines/test/clickhouse_fixture.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {
namespace {

constexpr Nanos kStart = 1'700'000'000 * kSecond;  // less than two hours before midnight
const model::Series kTrades = TestSeries(model::DataType::kTrade);

class CursorTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const char* const why = NoClickHouse()) GTEST_SKIP() << why;
    }

    testing::TempDir folder_;
    testing::ManualClock clock_{kStart};
};

// Pages asked for ahead: most of a day in one second of it, so that a window holds too much and
// what was asked for behind it is asked for again, and late events between those that are stored.
TEST_F(CursorTest, StreamsADayThatIsNotEvenlyFilled) {
    const auto engine = OpenClickHouse(folder_, clock_);
    MemoryEngine reference(clock_);
    std::vector<TestEvent> events, late;
    uint64_t id = 0;
    for (int i = 0; i < 40'000; ++i) {
        (i % 50 == 7 ? late : events).push_back(TestTrade(kStart + i * kSecond / 4, ++id));
    }
    for (int i = 0; i < 100'000; ++i) {
        (i % 50 == 7 ? late : events)
            .push_back(TestTrade(kStart + kSecond * 5'000 + i * kMicrosecond, ++id));
    }
    for (const auto* part : {&events, &late, &late}) {
        ASSERT_EQ(Append(*engine, *part).events, Append(reference, *part).events);
    }
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
        ScanRange range;
        range.direction = direction;
        range.bulk = true;
        EXPECT_TRUE(Rows(*engine, kTrades, range) == Rows(reference, kTrades, range));
    }
}

}  // namespace
}  // namespace mp::storage
