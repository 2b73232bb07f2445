#include "storage/ingest/ingest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "model/ahead.hpp"
#include "storage/engines/test/engine_fixture.hpp"
#include "storage/engines/test/wrapped_engine.hpp"
#include "testing/manual_clock.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const model::Series kTrades = TestSeries(model::DataType::kTrade);
constexpr std::string_view kTradeSubject = "md.binance.spot.trade.3";
constexpr std::string_view kCoverageSubject = "md.binance.spot.coverage.3";

// Fails every Append while `broken`, and those that touch a damaged place.
class BreakableEngine final : public WrappedEngine {
  public:
    bool broken = false;
    std::set<Nanos> damaged;  // order_ts of events
    bool claims_damaged = false;

    Result<AppendOutcome> Append(const AppendBatch& batch) override {
        if (broken) return absl::ResourceExhaustedError("disk full");
        for (const AppendBatch::Entry& entry : batch.entries()) {
            if (damaged.contains(entry.order_ts)) return absl::DataLossError("a block is damaged");
        }
        if (claims_damaged && !batch.claims().empty()) {
            return absl::DataLossError("stored coverage is damaged");
        }
        return WrappedEngine::Append(batch);
    }
};

class IngestTest : public ::testing::Test {
  protected:
    IngestTest() { EXPECT_TRUE(ingest_.Begin({1, 0, {}}).ok()); }

    Status Handle(const std::vector<std::pair<uint64_t, std::string>>& messages) {
        std::vector<IngestMessage> batch;
        for (const auto& [sequence, payload] : messages) {
            const bool claim = claims_.contains(sequence);
            batch.push_back({sequence, claim ? kCoverageSubject : kTradeSubject, payload});
        }
        return ingest_.Handle(batch);
    }

    std::vector<std::string> ClaimNotes() {
        std::vector<std::string> keys;
        const std::vector<Note> notes = engine_.Notes().value();
        for (const Note& note : notes) {
            if (note.key.starts_with("claims/")) keys.push_back(note.key);
        }
        return keys;
    }

    telemetry::MetricRegistry registry_;
    StorageMetrics metrics_{registry_};
    BreakableEngine engine_;
    std::vector<std::string> reasons_;
    std::vector<std::string> letters_;
    testing::ManualClock clock_;
    Ingest ingest_{
        engine_,
        metrics_,
        [this](std::string reason, std::string_view bytes, std::string_view) {
            reasons_.push_back(std::move(reason));
            letters_.emplace_back(bytes);
        },
        clock_};
    std::set<uint64_t> claims_;
};

TEST_F(IngestTest, StoresEventsAndSettlesTheirMessages) {
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1), TestTrade(20, 2)})},
                        {2, BatchOf({TestBbo(5, 1)})}}
    ).ok());
    EXPECT_EQ(Rows(engine_, kTrades).size(), 2u);
    EXPECT_EQ(ingest_.floor(), 2u);
    EXPECT_EQ(engine_.Position().value()->floor, 2u);
    EXPECT_THAT(
        registry_.ToText(),
        HasSubstr(
            R"(marketprism_messages_total{exchange="binance",data_type="trade",status="stored"} 2)"
        )
    );
}

TEST_F(IngestTest, GarbageBecomesADeadLetterAndIsSettled) {
    const std::string good = BatchOf({TestTrade(10, 1)});
    ASSERT_TRUE(Handle({{1, "garbage"}, {2, good.substr(0, good.size() - 3)}, {3, good}}).ok());
    EXPECT_THAT(letters_, ElementsAre("garbage", good.substr(0, good.size() - 3)));
    EXPECT_THAT(reasons_[0], HasSubstr("undecodable"));
    EXPECT_EQ(Rows(engine_, kTrades).size(), 1u);
    EXPECT_EQ(ingest_.floor(), 3u);
}

TEST_F(IngestTest, GarbageIsOneDeadLetterHoweverOftenTheStoreFails) {
    engine_.broken = true;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(Handle({{1, "garbage"}, {2, BatchOf({TestTrade(10, 1)})}}).ok());
    }
    EXPECT_THAT(letters_, ElementsAre()) << "nothing is decided yet";
    engine_.broken = false;
    ASSERT_TRUE(Handle({{1, "garbage"}, {2, BatchOf({TestTrade(10, 1)})}}).ok());
    EXPECT_THAT(letters_, ElementsAre("garbage"));
    EXPECT_THAT(registry_.ToText(), HasSubstr(R"(status="undecodable"} 1)"));
}

TEST_F(IngestTest, ANewerSchemaVersionIsADeadLetter) {
    std::string newer = BatchOf({TestTrade(10, 1)});
    ASSERT_EQ(newer.substr(0, 2), std::string("\x08\x01"));
    newer[1] = 2;
    ASSERT_TRUE(Handle({{1, newer}}).ok());
    ASSERT_EQ(letters_.size(), 1u);
    EXPECT_THAT(reasons_[0], HasSubstr("version"));
}

TEST_F(IngestTest, OneBadEventDoesNotCostTheOthers) {
    TestEvent bad = TestTrade(20, 2);
    bad.bytes.back() = '\xff';
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1), bad, TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(Rows(engine_, kTrades).size(), 2u);
    EXPECT_THAT(letters_, ElementsAre(bad.bytes));
}

TEST_F(IngestTest, WhatHasNotHappenedYetIsADeadLetter) {
    const Nanos now = clock_.Now();
    const TestEvent early = TestTrade(now + model::kMaxAhead + 1, 2, 100, -model::kMaxAhead - 1);
    const TestEvent close = TestTrade(now + model::kMaxAhead, 3, 100, -model::kMaxAhead);
    const std::string events = BatchOf({TestTrade(now, 1), early, close});
    ASSERT_TRUE(Handle({{1, events}}).ok());
    EXPECT_EQ(Rows(engine_, kTrades).size(), 2u);
    EXPECT_THAT(letters_, ElementsAre(early.bytes));
    EXPECT_THAT(reasons_[0], HasSubstr("ahead of time"));
    EXPECT_EQ(ingest_.floor(), 1u);
    // Whoever received it, or we, may have a wrong clock.
    ASSERT_TRUE(Handle({{2, BatchOf({TestTrade(now + 2 * model::kMaxAhead, 4)})}}).ok());
    clock_.StepWall(Duration(model::kMaxAhead));
    ASSERT_TRUE(Handle({{3, BatchOf({early})}}).ok());
    EXPECT_EQ(Rows(engine_, kTrades).size(), 4u);
    EXPECT_EQ(letters_.size(), 1u);
    EXPECT_EQ(ingest_.difference(), 0u) << "it is accounted for";
}

TEST_F(IngestTest, AClaimOfTimesThatHaveNotComeIsADeadLetter) {
    claims_ = {1};
    const Nanos now = clock_.Now();
    model::Coverage claim;
    claim.data_type = model::DataType::kTrade;
    claim.state = model::CoverageState::kComplete;
    claim.from_ts = now;
    claim.to_ts = now + 2 * model::kMaxAhead;
    model::Event event;
    event.order_ts = event.received_ts = now;
    event.body = claim;
    ASSERT_TRUE(Handle({{1, BatchOf({Encoded(TestSeries(model::DataType::kCoverage), event)})}}
    ).ok());
    EXPECT_EQ(ClaimRows(engine_), 0u);
    EXPECT_EQ(letters_.size(), 1u);
    EXPECT_EQ(ingest_.difference(), 0u);
}

TEST_F(IngestTest, ConflictsAreDeadLetters) {
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1, 100)})}}).ok());
    ASSERT_TRUE(Handle({{2, BatchOf({TestTrade(10, 1, 999)})}}).ok());
    EXPECT_THAT(letters_, ElementsAre(TestTrade(10, 1, 999).bytes));
    EXPECT_THAT(reasons_[0], HasSubstr("conflict"));
}

TEST_F(IngestTest, ARefusedBatchChangesNothingAndCanBeRepeated) {
    engine_.broken = true;
    EXPECT_FALSE(Handle({{1, BatchOf({TestTrade(10, 1)})}}).ok());
    EXPECT_EQ(ingest_.floor(), 0u);
    engine_.broken = false;
    EXPECT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1)})}}).ok());
    EXPECT_EQ(ingest_.floor(), 1u);
    EXPECT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1)})}}).ok());
    EXPECT_EQ(Rows(engine_, kTrades).size(), 1u);
}

TEST_F(IngestTest, ADamagedPlaceCostsOnlyTheMessageThatTouchesIt) {
    engine_.damaged = {20};
    const std::string bad = BatchOf({TestTrade(20, 2)});
    ASSERT_TRUE(
        Handle({{1, BatchOf({TestTrade(10, 1)})}, {2, bad}, {3, BatchOf({TestTrade(30, 3)})}}).ok()
    );
    EXPECT_EQ(Rows(engine_, kTrades).size(), 2u);
    EXPECT_EQ(ingest_.floor(), 3u);
    EXPECT_THAT(letters_, ElementsAre(bad));
    EXPECT_THAT(reasons_[0], HasSubstr("a block is damaged"));
    EXPECT_THAT(registry_.ToText(), HasSubstr("marketprism_store_set_aside_messages_total 1"));
}

TEST_F(IngestTest, ClaimsThatCannotBeStoredStopNoEvents) {
    claims_ = {2, 4};
    engine_.claims_damaged = true;
    ASSERT_TRUE(Handle({{2, ClaimOf({0, 15})}}).ok());  // waits
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1)})}, {3, BatchOf({TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(ingest_.floor(), 3u);
    ASSERT_TRUE(Handle({{4, ClaimOf({15, 40})}, {5, BatchOf({TestTrade(50, 5)})}}).ok());
    EXPECT_EQ(ingest_.floor(), 5u);
    EXPECT_EQ(Rows(engine_, kTrades).size(), 3u);
    EXPECT_EQ(ClaimRows(engine_), 0u);
    EXPECT_EQ(letters_.size(), 2u);
    EXPECT_THAT(ClaimNotes(), IsEmpty());
}

TEST_F(IngestTest, RemembersTheNewestMessageByItsTime) {
    const std::string one = BatchOf({TestTrade(10, 1)});
    const std::vector<IngestMessage> first = {
        {1, kTradeSubject, one, 100}, {3, kTradeSubject, one, 300}};
    ASSERT_TRUE(ingest_.Handle(first).ok());
    EXPECT_EQ(LoadNewest(engine_).value(), (NewestMessage{3, 300}));
    // Another message under the same number takes nobody's place.
    const std::vector<IngestMessage> again = {
        {2, kTradeSubject, one, 200}, {3, kTradeSubject, one, 999}};
    ASSERT_TRUE(ingest_.Handle(again).ok());
    EXPECT_EQ(LoadNewest(engine_).value(), (NewestMessage{3, 300}));
    ASSERT_TRUE(ingest_.Begin({1, 0, {}}).ok());
    EXPECT_EQ(LoadNewest(engine_).value(), std::nullopt);
}

TEST_F(IngestTest, AClaimWaitsForTheDataInFrontOfIt) {
    claims_ = {3, 5};
    ASSERT_TRUE(Handle({{1, BatchOf({TestTrade(10, 1)})}}).ok());
    ASSERT_TRUE(Handle({{3, ClaimOf({0, 25})}, {4, BatchOf({TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(ClaimRows(engine_), 0u);
    EXPECT_EQ(ingest_.floor(), 1u);

    // A restart in between.
    Ingest second(
        engine_, metrics_, [](std::string, std::string_view, std::string_view) {}, clock_
    );
    ASSERT_TRUE(second.Begin(*engine_.Position().value()).ok());
    const std::string late = BatchOf({TestTrade(20, 2)});
    const std::vector<IngestMessage> messages = {{2, kTradeSubject, late}};
    ASSERT_TRUE(second.Handle(messages).ok());
    EXPECT_EQ(second.floor(), 4u);
    EXPECT_EQ(Gaps(engine_, {0, 25}), "");
    EXPECT_THAT(ClaimNotes(), IsEmpty());
}

TEST_F(IngestTest, WhatIsGoneIsNotWaitedFor) {
    claims_ = {9};
    ASSERT_TRUE(Handle({{9, ClaimOf({0, 25})}}).ok());
    EXPECT_EQ(ClaimRows(engine_), 0u);
    const std::vector<uint64_t> gone = {1, 2, 3, 4, 5, 6, 7, 8};
    ASSERT_TRUE(ingest_.Handle({}, gone).ok());
    EXPECT_EQ(ingest_.floor(), 9u);
    ASSERT_TRUE(Handle({{10, BatchOf({TestTrade(30, 3)})}}).ok());
    EXPECT_EQ(Gaps(engine_, {0, 25}), "");
}

TEST_F(IngestTest, ClaimsOfAnotherStreamAreForgotten) {
    claims_ = {9};
    ASSERT_TRUE(Handle({{9, ClaimOf({0, 25})}}).ok());
    ASSERT_TRUE(ingest_.Begin({2, 0, {}}).ok());
    EXPECT_THAT(ClaimNotes(), IsEmpty());
    EXPECT_EQ(engine_.Position().value()->incarnation, 2);
}

}  // namespace
}  // namespace mp::storage
