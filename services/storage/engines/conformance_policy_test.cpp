// What is older than all retention, ahead of time or of a type that nobody knows: on every engine
// it is stored or a dead letter as it is said, counted, and in nobody's way.

#include <gmock/gmock.h>

#include "model/ahead.hpp"
#include "storage/engines/test/conformance.hpp"
#include "storage/ingest/ingest.hpp"

namespace mp::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// With a body of a number that no type has.
TestEvent OfUnknownType(Nanos at) {
    TestEvent event = TestTrade(at, 77);
    const std::string trade = "\x22";  // field 4, LEN
    const size_t body = event.bytes.find(trade);
    EXPECT_NE(body, std::string::npos);
    event.bytes.replace(body, trade.size(), "\xba\x0c");  // field 199, LEN
    return event;
}

TEST_P(EngineConformance, WhatIsTooOldTooEarlyOrUnknownIsCountedAndBlocksNothing) {
    telemetry::MetricRegistry registry;
    const StorageMetrics metrics(registry);
    std::vector<std::string> reasons;
    const auto sink = [&](std::string reason, std::string_view, std::string_view) {
        reasons.push_back(std::move(reason));
    };
    Ingest ingest(engine(), metrics, sink, clock_);
    ASSERT_TRUE(ingest.Begin({1, 0, {}}).ok());
    const Nanos now = clock_.Now();
    const Nanos decade = 3653 * 86'400 * kSecond;
    const std::vector<std::string> payloads{
        BatchOf({TestTrade(now - decade, 1, 100, decade), TestTrade(now, 2)}),
        BatchOf(
            {TestTrade(now + 2 * model::kMaxAhead, 3, 100, -2 * model::kMaxAhead),
             TestTrade(now, 4)}
        ),
        BatchOf({OfUnknownType(now), TestTrade(now, 5)}),
        BatchOf({TestTrade(now + 1, 6)})};
    std::vector<IngestMessage> messages;
    for (const std::string& payload : payloads) {
        messages.push_back({messages.size() + 1, "md.binance.spot.trade.3", payload});
    }
    ASSERT_TRUE(ingest.Handle(messages).ok());
    EXPECT_EQ(ingest.floor(), payloads.size()) << "all of them are settled";
    EXPECT_EQ(ingest.difference(), 0u) << "and accounted for";
    EXPECT_THAT(reasons, ElementsAre(HasSubstr("ahead of time"), HasSubstr("undecodable")));
    const std::string counted = registry.ToText();
    EXPECT_THAT(counted, HasSubstr(R"(data_type="trade",status="stored"} 5)"));
    EXPECT_THAT(counted, HasSubstr(R"(status="undecodable"} 2)"));
    Restart();
    const auto rows = Rows(engine(), kTrades);
    ASSERT_EQ(rows.size(), 5u);
    EXPECT_EQ(rows[0].event, TestTrade(now - decade, 1, 100, decade).bytes);
    // Retention counts from the receipt: what happened long ago was not received long ago.
    EXPECT_EQ(ExpireAll(engine(), kTrades, now), 0u);
    EXPECT_EQ(ExpireAll(engine(), kTrades, now + 1), 1u);
}

}  // namespace
}  // namespace mp::storage
