#include "storage/engines/test/engine_fixture.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>

#include "base/big_endian.hpp"
#include "model/coverage.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

model::Instrument TestInstrument(std::string_view symbol) {
    return {"binance", model::Market::kSpot, std::string(symbol), "BTCUSDT"};
}

model::Series TestSeries(model::DataType type, std::string_view symbol) {
    return {TestInstrument(symbol), type};
}

TestEvent Encoded(const model::Series& series, const model::Event& event) {
    TestEvent test{series, event.order_ts, event.received_ts, {}};
    wire::AppendEvent(event, test.bytes);
    return test;
}

namespace {

model::Kline BarOf(std::string_view interval, Nanos open_time, int64_t close) {
    model::Kline bar;
    bar.interval = interval;
    bar.open_time = open_time;
    bar.close = Decimal::Make(close, 2);
    return bar;
}

}  // namespace

TestEvent TestTrade(Nanos at, uint64_t id, int64_t price, Nanos delay) {
    model::Event event;
    event.order_ts = at;
    event.exchange_ts = at;
    event.received_ts = at + delay;
    model::Trade trade;
    trade.price = Decimal::Make(price, 2);
    trade.quantity = Decimal::Make(15, 1);
    trade.trade_id.number = id;
    trade.side = model::Side::kBuy;
    event.body = trade;
    return Encoded(TestSeries(model::DataType::kTrade), event);
}

TestEvent TestBbo(Nanos received, uint64_t update_id, int64_t bid) {
    model::Event event;
    event.order_ts = received;
    event.received_ts = received;
    model::Bbo bbo;
    bbo.bid_price = Decimal::Make(bid, 2);
    bbo.bid_quantity = Decimal::Make(1, 0);
    bbo.update_id = update_id;
    event.body = bbo;
    return Encoded(TestSeries(model::DataType::kBbo), event);
}

TestEvent TestSnapshot(
    model::SnapshotOrigin origin, Nanos at, const std::vector<int64_t>& bids, Nanos delay
) {
    model::Event event;
    event.order_ts = at;
    event.received_ts = at + delay;
    std::vector<model::Level> levels;
    levels.reserve(bids.size());
    for (const int64_t bid : bids) levels.push_back({Decimal::Make(bid, 2), Decimal::Make(1, 0)});
    model::BookSnapshot snapshot;
    snapshot.origin = origin;
    snapshot.last_update_id = static_cast<uint64_t>(at);
    snapshot.bids = levels;
    event.body = snapshot;
    return Encoded(TestSeries(model::DataType::kBookSnapshot), event);
}

TestEvent TestKline(Nanos at, std::string_view interval, Nanos open_time, int64_t close) {
    model::Event event;
    event.order_ts = at;
    event.exchange_ts = at;
    event.received_ts = at + 5;
    event.body = BarOf(interval, open_time, close);
    return Encoded(TestSeries(model::DataType::kKline), event);
}

TestEvent TestUntimedKline(Nanos received, Nanos open_time, int64_t close) {
    model::Event event;
    event.order_ts = received;
    event.received_ts = received;
    event.body = BarOf("1m", open_time, close);
    return Encoded(TestSeries(model::DataType::kKline), event);
}

TestEvent TestListing(Nanos received, std::string_view status) {
    model::InstrumentInfo listing;
    listing.base_asset = "BTC";
    listing.quote_asset = "USDT";
    listing.venue_status = status;
    model::Event event;
    event.order_ts = received;
    event.received_ts = received;
    event.body = listing;
    return Encoded(TestSeries(model::DataType::kInstrument), event);
}

std::string BatchOf(const std::vector<TestEvent>& events) {
    wire::BatchBuilder builder("test");
    for (const TestEvent& event : events) {
        builder.AddEncoded(event.series.instrument, event.bytes);
    }
    std::string payload;
    builder.Finish(payload);
    return payload;
}

std::string ClaimOf(model::Interval interval) {
    model::Coverage claim;
    claim.data_type = model::DataType::kTrade;
    claim.basis = model::CoverageBasis::kSequence;
    claim.state = model::CoverageState::kComplete;
    claim.from_ts = interval.from;
    claim.to_ts = interval.to;
    claim.source = "c1";
    model::Event event;
    event.order_ts = claim.from_ts;
    event.received_ts = claim.to_ts;
    event.body = claim;
    return BatchOf({Encoded(TestSeries(model::DataType::kCoverage), event)});
}

Result<AppendOutcome> TryAppend(Engine& engine, const std::vector<TestEvent>& events) {
    AppendBatch batch;
    wire::EventDecoder decoder;
    model::Event event;
    for (const TestEvent& test : events) {
        MP_RETURN_IF_ERROR(decoder.Decode(test.bytes, event));
        batch.Add(engine.Intern(test.series), event, test.bytes);
    }
    return engine.Append(batch);
}

AppendOutcome Append(Engine& engine, const std::vector<TestEvent>& events) {
    Result<AppendOutcome> outcome = TryAppend(engine, events);
    if (!outcome.ok()) throw std::runtime_error(outcome.status().ToString());
    return *std::move(outcome);
}

AppendOutcome Claim(Engine& engine, const std::vector<TestClaim>& claims) {
    AppendBatch batch;
    const SeriesId coverage = engine.Intern(TestSeries(model::DataType::kCoverage));
    const SeriesId subject = engine.Intern(TestSeries(model::DataType::kTrade));
    for (const TestClaim& test : claims) {
        model::Coverage claim;
        claim.data_type = model::DataType::kTrade;
        claim.basis = model::CoverageBasis::kSequence;
        claim.state = test.state;
        claim.from_ts = test.interval.from;
        claim.to_ts = test.interval.to;
        claim.reason = test.reason;
        claim.detected_ts = test.interval.to;
        claim.source = test.source;
        batch.AddClaim(coverage, subject, test.interval.to, claim);
    }
    Result<AppendOutcome> outcome = engine.Append(batch);
    if (!outcome.ok()) throw std::runtime_error(outcome.status().ToString());
    return *std::move(outcome);
}

std::string Gaps(const Engine& engine, model::Interval range) {
    model::CoverageSet set;
    wire::EventDecoder decoder;
    model::Event event;
    for (const Row& row : Rows(engine, TestSeries(model::DataType::kCoverage))) {
        EXPECT_TRUE(decoder.Decode(row.event, event).ok());
        set.Add(std::get<model::Coverage>(event.body));
    }
    std::string text;
    for (const model::Gap& gap : set.Gaps(range)) {
        if (!text.empty()) text += ", ";
        text += std::to_string(gap.interval.from) + "-" + std::to_string(gap.interval.to) + " " +
                gap.reason;
    }
    return text;
}

size_t ClaimRows(const Engine& engine) {
    return Rows(engine, TestSeries(model::DataType::kCoverage)).size();
}

std::vector<Row> Rows(const Engine& engine, const model::Series& series, ScanRange range) {
    std::vector<Row> rows;
    const std::optional<SeriesId> id = engine.Find(series);
    if (!id) return rows;
    auto cursor = engine.Scan(*id, range);
    EXPECT_TRUE(cursor.ok()) << cursor.status();
    while ((*cursor)->Next()) {
        rows.push_back({std::string((*cursor)->key()), std::string((*cursor)->event())});
    }
    EXPECT_TRUE((*cursor)->status().ok()) << (*cursor)->status();
    return rows;
}

std::string Dump(const Engine& engine) {
    std::map<std::string, std::string> series;
    for (const SeriesEntry& entry : engine.ListSeries()) {
        std::string text;
        for (const Row& row : Rows(engine, entry.series)) {
            for (const std::string& bytes : {row.key, row.event}) {
                for (const char c : bytes)
                    text += "0123456789abcdef"[(c >> 4) & 15], text += "0123456789abcdef"[c & 15];
                text += ' ';
            }
            text += '\n';
        }
        if (text.empty()) continue;
        const std::string name = model::InstrumentKey(entry.series.instrument) + " " +
                                 std::string(model::ToString(entry.series.data_type)) + " " +
                                 std::to_string(entry.events);
        series[name] = std::move(text);
    }
    std::string all;
    for (const auto& [name, text] : series) all += name + "\n" + text;
    return all;
}

namespace {

template <typename Slice>
uint64_t Finish(Slice slice) {
    uint64_t events = 0;
    std::string resume;
    do {
        Result<DeletionSlice> done = slice(resume);
        if (!done.ok()) throw std::runtime_error(done.status().ToString());
        events += done->events;
        resume = done->next;
    } while (!resume.empty());
    return events;
}

}  // namespace

uint64_t DeleteAll(Engine& engine, const model::Series& series, model::Interval time) {
    const SeriesId id = engine.Intern(series);
    return Finish([&](std::string_view resume) { return engine.DeleteRange(id, time, resume); });
}

uint64_t ExpireAll(Engine& engine, const model::Series& series, Nanos received_before) {
    const SeriesId id = engine.Intern(series);
    return Finish([&](std::string_view resume) {
        return engine.Expire(id, received_before, resume);
    });
}

}  // namespace mp::storage
