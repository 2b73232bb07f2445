#pragma once
// Test only: what the tests of engines share. Events that are easy to write down, batches of them,
// and what a store holds as plain values.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.hpp"
#include "storage/engine.hpp"

namespace mp::storage {

// One event with its series, owning its bytes.
struct TestEvent {
    model::Series series;
    Nanos order_ts = 0;
    Nanos received_ts = 0;
    std::string bytes;
};

model::Instrument TestInstrument(std::string_view symbol = "BTC-USDT");
model::Series TestSeries(model::DataType type, std::string_view symbol = "BTC-USDT");

// A trade of the venue's time `at`, seen `delay` later.
TestEvent TestTrade(Nanos at, uint64_t id, int64_t price = 100, Nanos delay = 5);
// A best bid and offer without a venue's time: it stands where it was received.
TestEvent TestBbo(Nanos received, uint64_t update_id, int64_t bid = 100);
// One bid at each price; received at `at` + `delay`.
TestEvent TestSnapshot(
    model::SnapshotOrigin origin, Nanos at, const std::vector<int64_t>& bids, Nanos delay = 5
);
TestEvent TestKline(Nanos at, std::string_view interval, Nanos open_time, int64_t close = 100);
// A bar of a venue that does not say when it told of it: it stands where it was received.
TestEvent TestUntimedKline(Nanos received, Nanos open_time, int64_t close);
// An instrument's metadata, with the venue's word for its state.
TestEvent TestListing(Nanos received, std::string_view status);
TestEvent Encoded(const model::Series& series, const model::Event& event);

// Events as one message of the bus.
std::string BatchOf(const std::vector<TestEvent>& events);
// A message with the claim that the instrument's trades are complete.
std::string ClaimOf(model::Interval interval);

// Appends events in the order given; aborts the test where the engine refuses.
AppendOutcome Append(Engine& engine, const std::vector<TestEvent>& events);
Result<AppendOutcome> TryAppend(Engine& engine, const std::vector<TestEvent>& events);

// A claim about the instrument's trades.
struct TestClaim {
    model::Interval interval;
    std::string_view source = "c1/ws1";
    model::CoverageState state = model::CoverageState::kComplete;
    std::string_view reason = "";
};
AppendOutcome Claim(Engine& engine, const std::vector<TestClaim>& claims);
// Gaps of the instrument's trades inside `range`, as "from-to reason" joined by commas.
std::string Gaps(const Engine& engine, model::Interval range);
// How many rows the instrument's coverage takes.
size_t ClaimRows(const Engine& engine);

struct Row {
    std::string key;
    std::string event;
    friend bool operator==(const Row&, const Row&) = default;
};
std::vector<Row> Rows(const Engine& engine, const model::Series& series, ScanRange range = {});
// Everything in the store, as text: equal texts are equal stores.
std::string Dump(const Engine& engine);

// Repeats a sliced deletion until it is finished; how many events went.
uint64_t DeleteAll(Engine& engine, const model::Series& series, model::Interval time);
uint64_t ExpireAll(Engine& engine, const model::Series& series, Nanos received_before);

}  // namespace mp::storage
