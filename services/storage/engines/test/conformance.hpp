#pragma once
// Test only: what the conformance tests of all engines share. One instance for each engine; the
// one in memory is the reference.

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/memory_engine.hpp"
#include "testing/manual_clock.hpp"
#include "testing/temp_dir.hpp"

namespace mp::storage {

inline const model::Series kTrades = TestSeries(model::DataType::kTrade);
inline const model::Series kBbos = TestSeries(model::DataType::kBbo);
inline const model::Series kKlines = TestSeries(model::DataType::kKline);

struct EngineKind {
    std::string name;
    bool durable = false;
    std::function<std::unique_ptr<Engine>(const testing::TempDir&, const Clock&)> open;
    uint64_t random_runs = 12;
    const char* missing = nullptr;  // why it is skipped
    // What is on the disk of a machine that dies now, in place of what the engine leaves in order.
    std::function<void(const testing::TempDir&, std::unique_ptr<Engine>&)> crash;
};

class EngineConformance : public ::testing::TestWithParam<EngineKind> {
  protected:
    void SetUp() override {
        if (GetParam().missing != nullptr) GTEST_SKIP() << GetParam().missing;
        engine_ = GetParam().open(folder_, clock_);
    }

    // Ends the engine and begins anew on what it left.
    void Restart() {
        if (!GetParam().durable) return;
        engine_.reset();
        engine_ = GetParam().open(folder_, clock_);
    }

    Engine& engine() { return *engine_; }

    testing::TempDir folder_;
    testing::ManualClock clock_;
    std::unique_ptr<Engine> engine_;
};

inline std::vector<Row> Expected(const std::vector<TestEvent>& events) {
    MemoryEngine reference;
    Append(reference, events);
    return Rows(reference, events.front().series);
}

}  // namespace mp::storage
