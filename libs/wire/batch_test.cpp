#include "wire/batch.hpp"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <rapidcheck/gtest.h>

#include "marketprism/v1/query.pb.h"
#include "testing/arbitrary_event.hpp"
#include "testing/generated_event.hpp"
#include "wire/event_codec.hpp"

namespace mp::wire {
namespace {

namespace pb = ::marketprism::v1;

using model::Instrument;
using model::Market;

std::deque<Instrument> Instruments(size_t count) {
    std::deque<Instrument> instruments;
    for (size_t i = 0; i < count; ++i) {
        const std::string name = "A" + std::to_string(i);
        instruments.push_back({"binance", Market::kSpot, name + "-USDT", name + "USDT"});
    }
    return instruments;
}

std::string Encode(const model::Event& event) {
    std::string bytes;
    AppendEvent(event, bytes);
    return bytes;
}

// The same message from the generated classes, instruments in the order of their first event.
template <typename Message>
void Expect(
    Message& message, const std::vector<std::pair<const Instrument*, model::Event>>& entries
) {
    std::vector<const Instrument*> table;
    for (const auto& [instrument, event] : entries) {
        auto at = std::find(table.begin(), table.end(), instrument);
        if (at == table.end()) {
            pb::Instrument& to = *message.add_instruments();
            to.set_exchange(instrument->exchange);
            to.set_market(static_cast<pb::Market>(instrument->market));
            to.set_symbol(instrument->symbol);
            to.set_venue_symbol(instrument->venue_symbol);
            at = table.insert(table.end(), instrument);
        }
        pb::EventEntry& entry = *message.add_entries();
        entry.set_instrument(static_cast<uint32_t>(at - table.begin()));
        *entry.mutable_event() = testing::GeneratedEvent::Of(event);
    }
}

RC_GTEST_PROP(BatchBuilder, WritesTheBytesOfTheGeneratedClasses, ()) {
    testing::ArbitraryEvents events;
    const auto instruments = Instruments(*rc::gen::inRange<size_t>(1, 200));
    BatchBuilder builder("collector-1");
    ChunkBuilder chunks;
    BatchReader reader;
    std::string bytes, chunk;
    for (int round = 0; round < 3; ++round) {
        std::vector<std::pair<const Instrument*, model::Event>> entries;
        for (auto n = *rc::gen::inRange(0, 40); n > 0; --n) {
            const auto& instrument = instruments[*rc::gen::inRange<size_t>(0, instruments.size())];
            const model::Event event = events.Any();
            if (*rc::gen::arbitrary<bool>()) {
                builder.Add(instrument, event);
                chunks.Add(instrument, event);
            } else {
                builder.AddEncoded(instrument, Encode(event));
                chunks.AddEncoded(instrument, Encode(event));
            }
            entries.emplace_back(&instrument, event);
        }
        RC_ASSERT(builder.count() == entries.size());
        pb::EventBatch expected;
        expected.set_schema_version(1);
        expected.set_producer("collector-1");
        Expect(expected, entries);
        const size_t size = builder.bytes();
        builder.Finish(bytes);
        RC_ASSERT(bytes == expected.SerializeAsString());
        RC_ASSERT(bytes.size() == size);
        RC_ASSERT(builder.empty());
        pb::EventChunk expected_chunk;
        Expect(expected_chunk, entries);
        chunks.Finish(chunk);
        RC_ASSERT(chunk == expected_chunk.SerializeAsString());

        RC_ASSERT(reader.Open(bytes).ok());
        RC_ASSERT(reader.producer() == "collector-1");
        RC_ASSERT(reader.entries().size() == entries.size());
        for (size_t i = 0; i < entries.size(); ++i) {
            const BatchEntry& entry = reader.entries()[i];
            const Instrument& instrument = reader.instruments()[entry.instrument];
            RC_ASSERT(instrument == *entries[i].first);
            RC_ASSERT(instrument.venue_symbol == entries[i].first->venue_symbol);
            RC_ASSERT(entry.event == Encode(entries[i].second));
        }
        RC_ASSERT(reader.OpenChunk(chunk).ok());
        RC_ASSERT(reader.entries().size() == entries.size());
    }
}

TEST(BatchBuilder, SurvivesAThousandInstrumentsInABatch) {
    const auto instruments = Instruments(1000);
    BatchBuilder builder("c");
    model::Event event;
    event.body = model::MarkPrice{Decimal{1, 0}, {}};
    std::string bytes;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 3; ++i) {
            for (const Instrument& instrument : instruments) builder.Add(instrument, event);
        }
        builder.Finish(bytes);
        BatchReader reader;
        ASSERT_TRUE(reader.Open(bytes).ok());
        EXPECT_EQ(reader.instruments().size(), 1000u);
        EXPECT_EQ(reader.entries()[1999].instrument, 999u);
    }
}

TEST(ChunkBuilder, OtherFieldsAreAppended) {
    const auto instruments = Instruments(1);
    ChunkBuilder builder;
    model::Event event;
    event.body = model::MarkPrice{};
    builder.Add(instruments[0], event);
    std::string bytes;
    builder.Finish(bytes);
    pb::EventChunk rest;
    rest.set_next_cursor("next");
    rest.mutable_coverage()->set_complete(true);
    bytes += rest.SerializeAsString();
    pb::EventChunk chunk;
    ASSERT_TRUE(chunk.ParseFromString(bytes));
    EXPECT_EQ(chunk.entries_size(), 1);
    EXPECT_EQ(chunk.next_cursor(), "next");
    BatchReader reader;
    ASSERT_TRUE(reader.OpenChunk(bytes).ok());
    EXPECT_EQ(reader.entries().size(), 1u);
}

pb::EventBatch SmallBatch() {
    pb::EventBatch batch;
    batch.set_schema_version(1);
    pb::Instrument& instrument = *batch.add_instruments();
    instrument.set_exchange("binance");
    instrument.set_market(pb::MARKET_SPOT);
    instrument.set_symbol("BTC-USDT");
    batch.add_entries()->mutable_event()->set_order_ts(5);
    return batch;
}

Status Opened(const pb::EventBatch& batch) {
    BatchReader reader;
    const std::string bytes = batch.SerializeAsString();
    const Status status = reader.Open(bytes);
    if (!status.ok()) {
        EXPECT_TRUE(reader.entries().empty());
        EXPECT_TRUE(reader.instruments().empty());
    }
    return status;
}

TEST(BatchReader, NamesAVersionThatItDoesNotKnow) {
    pb::EventBatch batch = SmallBatch();
    EXPECT_TRUE(Opened(batch).ok());
    batch.set_schema_version(2);
    batch.mutable_entries(0)->set_instrument(9);
    EXPECT_EQ(Opened(batch).code(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(Opened(batch).message(), "the batch has schema version 2, known is 1");
    batch.clear_schema_version();
    EXPECT_EQ(Opened(batch).code(), StatusCode::kFailedPrecondition);
}

TEST(BatchReader, RefusesEntriesAndInstrumentsThatAreIncomplete) {
    pb::EventBatch batch = SmallBatch();
    batch.mutable_entries(0)->set_instrument(1);
    EXPECT_EQ(Opened(batch).message(), "an entry has no instrument");
    batch = SmallBatch();
    batch.mutable_entries(0)->clear_event();
    EXPECT_EQ(Opened(batch).message(), "an entry has no event");
    batch = SmallBatch();
    batch.mutable_instruments(0)->clear_symbol();
    EXPECT_EQ(Opened(batch).message(), "an instrument lacks exchange, market or symbol");
    batch = SmallBatch();
    batch.mutable_instruments(0)->set_market(static_cast<pb::Market>(9));
    EXPECT_EQ(Opened(batch).message(), "an instrument has an unknown market");
}

TEST(BatchReader, TakesATableBehindItsEntries) {
    const pb::EventBatch batch = SmallBatch();
    pb::EventBatch entries = batch, table = batch;
    entries.clear_instruments();
    table.clear_entries();
    const std::string bytes = entries.SerializeAsString() + table.SerializeAsString();
    BatchReader reader;
    ASSERT_TRUE(reader.Open(bytes).ok());
    EXPECT_EQ(reader.entries().size(), 1u);
}

TEST(BatchReader, SurvivesMutatedBatches) {
    const auto instruments = Instruments(3);
    BatchBuilder builder("collector");
    model::Event event;
    model::Trade trade{{6183763, 2}, {5, 1}};
    trade.trade_id.number = 77;
    event.body = trade;
    for (int i = 0; i < 20; ++i) builder.Add(instruments[static_cast<size_t>(i) % 3], event);
    std::string bytes;
    builder.Finish(bytes);
    std::mt19937_64 random(5);
    BatchReader reader;
    EventDecoder decoder;
    for (int i = 0; i < 20'000; ++i) {
        std::string mutant = bytes;
        for (auto n = random() % 3; n < 3; ++n)
            mutant[random() % mutant.size()] = static_cast<char>(random());
        if (i % 4 == 0) mutant.resize(random() % mutant.size());
        const std::vector<char> exact(mutant.begin(), mutant.end());
        if (!reader.Open({exact.data(), exact.size()}).ok()) continue;
        for (const BatchEntry& entry : reader.entries()) {
            ASSERT_LT(entry.instrument, reader.instruments().size());
            model::Event decoded;
            (void)decoder.Decode(entry.event, decoded);
        }
    }
}

}  // namespace
}  // namespace mp::wire
