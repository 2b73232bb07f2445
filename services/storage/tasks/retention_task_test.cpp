#include "storage/tasks/retention_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/big_endian.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run_task.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

class RetentionTaskTest : public ::testing::Test {
  protected:
    RetentionTaskTest() {
        Append(engine_, {TestTrade(0, 1), TestTrade(100 * kSecond, 2), TestBbo(10 * kSecond, 1)});
        Claim(engine_, {{{0, 200 * kSecond}}});
    }

    Result<std::string> Run(Duration retention, const std::string& payload) {
        RetentionTask task(engine_, pool_, retention, clock_);
        tasks::Task description;
        description.set_payload_json(payload);
        tasks::TaskContext context(description, "w", 0, Deadline::After(10s));
        return testing::RunTask(task.Run(context));
    }

    testing::ManualClock clock_{150 * kSecond};
    MemoryEngine engine_;
    runtime::BlockingPool pool_{"test", 1, 8};
};

TEST_F(RetentionTaskTest, DeletesWhatIsOlderThanConfigured) {
    EXPECT_EQ(Run(100s, "{}").value(), R"({"deleted":2,"series":2})");
    EXPECT_EQ(Rows(engine_, TestSeries(model::DataType::kTrade)).size(), 1u);
    EXPECT_EQ(Gaps(engine_, {0, 200 * kSecond}), "0-1 retention");
    EXPECT_EQ(Run(100s, "{}").value(), R"({"deleted":0,"series":0})");
}

TEST_F(RetentionTaskTest, KeepsTheStateThatHoldsAtTheCut) {
    const model::Series infos = TestSeries(model::DataType::kInstrument);
    constexpr std::pair<Nanos, std::string_view> kStates[] = {{10, "A"}, {20, "B"}, {100, "C"}};
    for (const auto& [at, asset] : kStates) {
        model::InstrumentInfo info;
        info.base_asset = asset;
        model::Event event;
        event.order_ts = event.received_ts = at * kSecond;
        event.body = info;
        Append(engine_, {Encoded(infos, event)});
    }
    ASSERT_TRUE(Run(100s, "{}").ok());
    EXPECT_EQ(Rows(engine_, infos).size(), 2u);
    ASSERT_TRUE(Run(1s, "{}").ok());
    EXPECT_EQ(Rows(engine_, infos).size(), 1u);
    ASSERT_TRUE(Run(1s, "{}").ok());
    EXPECT_EQ(Rows(engine_, infos).size(), 1u);
}

TEST_F(RetentionTaskTest, KeepsWhatABookIsMadeOf) {
    const model::Series updates = TestSeries(model::DataType::kBookDelta);
    const auto snapshot = [&](Nanos at) {
        Append(engine_, {TestSnapshot(model::SnapshotOrigin::kDerived, at, {100})});
    };
    snapshot(100 * kSecond);
    snapshot(300 * kSecond);
    snapshot(500 * kSecond);
    for (int i = 0; i < 60; ++i) {
        model::BookDelta delta;
        delta.first_update_id = delta.last_update_id = static_cast<uint64_t>(i) + 1;
        model::Event event;
        event.order_ts = event.received_ts = i * 10 * kSecond;
        event.body = delta;
        Append(engine_, {Encoded(updates, event)});
    }
    clock_.Advance(450s);
    ASSERT_TRUE(Run(200s, "{}").ok());
    EXPECT_EQ(Rows(engine_, TestSeries(model::DataType::kBookSnapshot)).size(), 2u);
    const auto kept = Rows(engine_, updates);
    ASSERT_FALSE(kept.empty());
    // A minute before the snapshot of 300 s: what bridges it.
    EXPECT_EQ(ReadSortable(kept.front().key), 240 * kSecond);
    EXPECT_EQ(kept.size(), 36u);
}

TEST_F(RetentionTaskTest, ATaskMaySayHowOld) {
    EXPECT_EQ(Run(0s, R"({"older_than":"1s"})").value(), R"({"deleted":3,"series":2})");
}

TEST_F(RetentionTaskTest, WithoutRetentionNothingIsDeleted) {
    EXPECT_EQ(Run(0s, "").value(), R"({"deleted":0,"series":0})");
}

TEST_F(RetentionTaskTest, RefusesWhatItDoesNotUnderstand) {
    for (const char* payload :
         {"[]",
          "{",
          R"({"older_than":5})",
          R"({"older_than":"0s"})",
          R"({"older_than":"1s","exchange":"okx"})",
          R"({"older_thn":"1d"})"}) {
        EXPECT_EQ(Run(1s, payload).status().code(), StatusCode::kInvalidArgument) << payload;
    }
}

}  // namespace
}  // namespace mp::storage
