// Batches, events and keys as bytes from the bus or the store.
#include "fuzz.hpp"
#include "marketprism/v1/event.pb.h"
#include "model/identity.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"
#include "wire/key_peek.hpp"

namespace mp::fuzz {
namespace {

std::string Batch(const model::Event& event) {
    static const model::Instrument instrument{
        "binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    wire::BatchBuilder builder("fuzz");
    builder.Add(instrument, event);
    std::string bytes;
    builder.Finish(bytes);
    return bytes;
}

model::Event EventOf(model::Body body) {
    model::Event event;
    event.order_ts = 1'700'000'000'000'000'000;
    event.received_ts = event.order_ts + 5;
    event.exchange_ts = event.order_ts;
    event.body = body;
    return event;
}

void CheckEvent(std::string_view bytes) {
    static wire::EventDecoder decoder;
    wire::EventKey key;
    std::string peeked;
    model::Event event;
    const bool decoded = decoder.Decode(bytes, event).ok();
    const bool has_key = wire::PeekKey(bytes, TypeOf(event), key, peeked).ok();
    if (!decoded) return;
    std::string identity;
    model::AppendIdentity(event, identity);
    Require(has_key && peeked == identity, "the peeked identity is that of the decoded event");
    Require(key.order_ts == event.order_ts, "the peeked time is that of the decoded event");

    std::string again;
    wire::AppendEvent(event, again);
    ::marketprism::v1::Event generated;
    Require(
        generated.ParseFromArray(again.data(), static_cast<int>(again.size())),
        "the generated classes read what is written"
    );
    wire::EventDecoder other;
    model::Event back;
    Require(other.Decode(again, back).ok() && back == event, "an event survives encoding");
}

}  // namespace

std::vector<std::string> Seeds() {
    static const model::Level levels[] = {
        {Decimal::Make(6100050, 2), Decimal::Make(15, 1)}, {Decimal::Make(61, 0), Decimal{}}};
    model::Trade trade;
    trade.price = Decimal::Make(6100050, 2);
    trade.quantity = Decimal::Make(1, 3);
    trade.trade_id.number = 4201;
    trade.side = model::Side::kBuy;
    model::BookDelta delta;
    delta.bids = levels;
    delta.asks = levels;
    delta.first_update_id = 157;
    delta.last_update_id = 160;
    model::BookSnapshot snapshot;
    snapshot.bids = levels;
    snapshot.last_update_id = 160;
    model::Bbo bbo;
    bbo.bid_price = Decimal::Make(25, 0);
    model::Kline kline;
    kline.interval = "1m";
    model::Liquidation liquidation;
    liquidation.side = model::Side::kSell;
    model::InstrumentInfo info;
    info.base_asset = "BTC";
    info.tick_size = Decimal::Make(1, 2);
    model::Coverage coverage;
    coverage.data_type = model::DataType::kTrade;
    coverage.basis = model::CoverageBasis::kSequence;
    coverage.state = model::CoverageState::kComplete;
    coverage.to_ts = 10;
    coverage.source = "c1";
    std::vector<std::string> seeds;
    const model::Body bodies[] = {
        trade,
        delta,
        snapshot,
        bbo,
        model::Ticker{},
        kline,
        model::FundingRate{},
        model::OpenInterest{},
        liquidation,
        model::MarkPrice{},
        info,
        coverage,
    };
    for (const model::Body& body : bodies) seeds.push_back(Batch(EventOf(body)));
    return seeds;
}

void Try(std::string_view input) {
    static wire::BatchReader reader;
    if (reader.Open(input).ok()) {
        for (const wire::BatchEntry& entry : reader.entries()) {
            Require(entry.instrument < reader.instruments().size(), "entries have an instrument");
            CheckEvent(entry.event);
        }
    }
    reader.OpenChunk(input).IgnoreError();
    CheckEvent(input);
}

}  // namespace mp::fuzz
