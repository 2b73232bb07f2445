// Whoever between the bus and the store loses, doubles or misstates an event is found out.

#include "storage/ingest/reconciliation.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/wrapped_engine.hpp"
#include "storage/ingest/ingest.hpp"
#include "testing/manual_clock.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kTradeSubject = "md.binance.spot.trade.3";
constexpr std::string_view kCoverageSubject = "md.binance.spot.coverage.3";

// Says that it stored everything. Beforehand it leaves out the events that `loses` names by their
// order_ts.
class LosingEngine final : public WrappedEngine {
  public:
    std::set<Nanos> loses;
    bool loses_claims = false;
    Status refuses;

    Result<AppendOutcome> Append(const AppendBatch& batch) override {
        if (!refuses.ok()) return refuses;
        AppendBatch less;
        for (const AppendBatch::Entry& entry : batch.entries()) {
            model::Event event;
            if (loses.contains(entry.order_ts)) continue;
            if (!decoder_.Decode(entry.event, event).ok()) return absl::InternalError("bad event");
            less.Add(entry.series, event, entry.event);
        }
        for (const AppendBatch::Claim& claim : batch.claims()) {
            if (loses_claims) continue;
            less.AddClaim(claim.series, claim.subject, claim.received_ts, claim.coverage);
        }
        for (const Note& note : batch.notes()) less.AddNote(note.key, note.value);
        if (batch.position()) less.SetPosition(*batch.position());
        const Result<AppendOutcome> outcome = WrappedEngine::Append(less);
        if (!outcome.ok()) return outcome;
        AppendOutcome claimed;
        claimed.events.assign(batch.entries().size(), Verdict::kStored);
        claimed.claims.assign(batch.claims().size(), Verdict::kStored);
        return claimed;
    }

  private:
    wire::EventDecoder decoder_;
};

// Counts more than it was given.
class BoastingEngine final : public WrappedEngine {
  public:
    Tally TallyOf(SeriesId series) const override {
        Tally tally = WrappedEngine::TallyOf(series);
        if (tally.stored > 2) tally.stored += 5;
        return tally;
    }
};

template <typename Kind>
class Reconciling : public ::testing::Test {
  protected:
    Reconciling() { EXPECT_TRUE(ingest_.Begin({1, 0, {}}).ok()); }

    // Messages by their sequence; those in `claims_` carry claims.
    Status Handle(const std::vector<std::pair<uint64_t, std::string>>& messages) {
        std::vector<IngestMessage> batch;
        for (const auto& [sequence, payload] : messages) {
            const bool claim = claims_.contains(sequence);
            batch.push_back({sequence, claim ? kCoverageSubject : kTradeSubject, payload});
        }
        return ingest_.Handle(batch);
    }
    std::string Metric(const std::string& type, int value) {
        return "marketprism_storage_reconciliation_difference{exchange=\"binance\",data_type=\"" +
               type + "\"} " + std::to_string(value) + "\n";
    }

    telemetry::MetricRegistry registry_;
    StorageMetrics metrics_{registry_};
    Kind engine_;
    testing::ManualClock clock_;
    Ingest ingest_{
        engine_, metrics_, [](std::string, std::string_view, std::string_view) {}, clock_};
    std::set<uint64_t> claims_;
};

using WithLosingEngine = Reconciling<LosingEngine>;
using WithBoastingEngine = Reconciling<BoastingEngine>;

TEST_F(WithLosingEngine, AllIsWellWhereNothingIsLost) {
    claims_ = {3};
    const std::string batch = BatchOf({TestTrade(10, 1), TestTrade(20, 2), TestBbo(5, 1)});
    ASSERT_TRUE(Handle({{1, batch}, {2, batch}, {3, ClaimOf({0, 25})}}).ok());
    ASSERT_TRUE(Handle({{1, batch}, {4, BatchOf({TestTrade(20, 2, 999)})}}).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
    for (const char* type : {"trade", "bbo", "coverage"}) {
        EXPECT_THAT(registry_.ToText(), HasSubstr(Metric(type, 0)));
    }
}

TEST_F(WithLosingEngine, ALostEventIsADifferenceOfOneThatStays) {
    engine_.loses = {20};
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1), TestTrade(20, 2)})},
                        {2, BatchOf({TestBbo(5, 1)})}}
    ).ok());
    EXPECT_EQ(ingest_.difference(), 1u);
    EXPECT_THAT(registry_.ToText(), HasSubstr(Metric("trade", 1)));
    EXPECT_THAT(registry_.ToText(), HasSubstr(Metric("bbo", 0)));
    ASSERT_TRUE(Handle({{3, BatchOf({TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(ingest_.difference(), 1u);
    ASSERT_TRUE(Handle({{4, BatchOf({TestTrade(20, 2)})}}).ok());
    EXPECT_EQ(ingest_.difference(), 2u);
}

TEST_F(WithLosingEngine, OneSeriesDoesNotMakeUpForAnother) {
    engine_.loses = {20};
    TestEvent other = TestTrade(20, 2);
    other.series = TestSeries(model::DataType::kTrade, "ETH-USDT");
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(20, 1), other})}}).ok());
    EXPECT_THAT(registry_.ToText(), HasSubstr(Metric("trade", 2)));
}

TEST_F(WithLosingEngine, ALostClaimIsADifferenceToo) {
    claims_ = {1};
    engine_.loses_claims = true;
    ASSERT_TRUE(Handle({{1, ClaimOf({0, 25})}}).ok());
    EXPECT_THAT(registry_.ToText(), HasSubstr(Metric("coverage", 1)));
}

TEST_F(WithLosingEngine, WhatIsRefusedAndComesAgainIsInFlight) {
    engine_.refuses = absl::ResourceExhaustedError("disk full");
    const std::string batch = BatchOf({TestTrade(10, 1), TestTrade(20, 2)});
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(Handle({{1, batch}}).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
    engine_.refuses = OkStatus();
    engine_.loses = {20};
    ASSERT_TRUE(Handle({{1, batch}}).ok());
    EXPECT_EQ(ingest_.difference(), 1u);
}

TEST_F(WithLosingEngine, DeadLettersAreAccountedFor) {
    const std::string good = BatchOf({TestTrade(10, 1)});
    TestEvent bad = TestTrade(20, 2);
    bad.bytes.back() = '\xff';
    ASSERT_TRUE(Handle({{1, "garbage"}, {2, good.substr(0, good.size() - 3)}, {3, BatchOf({bad})}}
    ).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
    EXPECT_THAT(registry_.ToText(), HasSubstr(Metric("trade", 0)));
}

TEST_F(WithLosingEngine, ADamagedStoreSetsAsideWhatItDoesNotLose) {
    class Damaged final : public WrappedEngine {
      public:
        Result<AppendOutcome> Append(const AppendBatch& batch) override {
            for (const AppendBatch::Entry& entry : batch.entries()) {
                if (entry.order_ts == 20) return absl::DataLossError("a block is damaged");
            }
            return WrappedEngine::Append(batch);
        }
    } damaged;
    Ingest ingest(
        damaged, metrics_, [](std::string, std::string_view, std::string_view) {}, clock_
    );
    ASSERT_TRUE(ingest.Begin({1, 0, {}}).ok());
    const std::string one = BatchOf({TestTrade(10, 1)});
    const std::string two = BatchOf({TestTrade(20, 2), TestTrade(21, 3)});
    const std::vector<IngestMessage> messages = {{1, kTradeSubject, one}, {2, kTradeSubject, two}};
    ASSERT_TRUE(ingest.Handle(messages).ok());
    EXPECT_EQ(ingest.difference(), 0u);
}

TEST_F(WithLosingEngine, ClaimsThatWaitAreInFlightAlsoOverARestart) {
    claims_ = {3};
    const std::string claim = ClaimOf({0, 25});
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1)})}, {3, claim}}).ok());
    ASSERT_TRUE(Handle({{3, claim}}).ok());  // delivered again while it waits
    EXPECT_EQ(ingest_.difference(), 0u);
    ASSERT_TRUE(ingest_.Begin(*engine_.Position().value()).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
    ASSERT_TRUE(Handle({{2, BatchOf({TestTrade(20, 2)})}}).ok());
    EXPECT_EQ(ingest_.floor(), 3u);
    EXPECT_EQ(ingest_.difference(), 0u);

    claims_ = {6};
    ASSERT_TRUE(Handle({{6, ClaimOf({25, 60})}}).ok());
    Ingest second(
        engine_, metrics_, [](std::string, std::string_view, std::string_view) {}, clock_
    );
    ASSERT_TRUE(second.Begin(*engine_.Position().value()).ok());
    engine_.loses_claims = true;
    const std::string late = BatchOf({TestTrade(30, 3), TestTrade(40, 4)});
    const std::vector<IngestMessage> messages = {
        {4, kTradeSubject, late}, {5, kTradeSubject, late}};
    ASSERT_TRUE(second.Handle(messages).ok());
    EXPECT_EQ(second.difference(), 1u) << "the claim that waited is lost";
}

TEST_F(WithLosingEngine, ClaimsOfAnotherStreamAreNotMissed) {
    claims_ = {9};
    ASSERT_TRUE(Handle({{9, ClaimOf({0, 25})}}).ok());
    ASSERT_TRUE(ingest_.Begin({2, 0, {}}).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
}

TEST_F(WithBoastingEngine, AnEngineThatCountsTooMuchIsFoundOutAsWell) {
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1), TestTrade(20, 2)})}}).ok());
    EXPECT_EQ(ingest_.difference(), 0u);
    ASSERT_TRUE(Handle({{2, BatchOf({TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(ingest_.difference(), 5u);
}

}  // namespace
}  // namespace mp::storage
