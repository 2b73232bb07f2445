#include "rows/event_json.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "model/identity.hpp"

namespace mp::rows {
namespace {

// Writes one body; an overload a type, so that a new type without one does not compile.
class BodyWriter {
  public:
    explicit BodyWriter(JsonWriter& json) : json_(json) {}

    void operator()(const model::Trade& trade) {
        Number("price", trade.price);
        Number("quantity", trade.quantity);
        Number("base_quantity", trade.base_quantity);
        Unit(trade.quantity_unit);
        Text("side", ToString(trade.side));
        json_.Key("trade_id");
        if (trade.trade_id.IsText()) {
            json_.String(trade.trade_id.text);
        } else {
            json_.Id(trade.trade_id.number);
        }
        Text("id_space", ToString(trade.id_space));
        if (trade.first_fill_id != 0) Id("first_fill_id", trade.first_fill_id);
        if (trade.last_fill_id != 0) Id("last_fill_id", trade.last_fill_id);
    }

    void operator()(const model::BookDelta& delta) {
        Sides(delta.bids, delta.asks);
        Id("first_update_id", delta.first_update_id);
        Id("last_update_id", delta.last_update_id);
        if (delta.previous_update_id) Id("previous_update_id", *delta.previous_update_id);
        Id("epoch", delta.epoch);
        Part(delta.part, delta.parts);
        Unit(delta.quantity_unit);
    }

    void operator()(const model::BookSnapshot& snapshot) {
        Sides(snapshot.bids, snapshot.asks);
        Id("last_update_id", snapshot.last_update_id);
        Id("epoch", snapshot.epoch);
        Text("origin", ToString(snapshot.origin));
        Number("known_bid_to", snapshot.known_bid_to);
        Number("known_ask_to", snapshot.known_ask_to);
        Part(snapshot.part, snapshot.parts);
        Unit(snapshot.quantity_unit);
    }

    void operator()(const model::Bbo& bbo) {
        Number("bid_price", bbo.bid_price);
        Number("bid_quantity", bbo.bid_quantity);
        Number("ask_price", bbo.ask_price);
        Number("ask_quantity", bbo.ask_quantity);
        if (bbo.update_id != 0) Id("update_id", bbo.update_id);
        Unit(bbo.quantity_unit);
    }

    void operator()(const model::Ticker& ticker) {
        Number("last_price", ticker.last_price);
        Number("open_price", ticker.open_price);
        Number("high_price", ticker.high_price);
        Number("low_price", ticker.low_price);
        Number("volume", ticker.volume);
        Number("quote_volume", ticker.quote_volume);
        Unit(ticker.quantity_unit);
    }

    void operator()(const model::Kline& kline) {
        Text("interval", kline.interval);
        Time("open_time", kline.open_time);
        Time("close_time", kline.close_time);
        Number("open", kline.open);
        Number("high", kline.high);
        Number("low", kline.low);
        Number("close", kline.close);
        Number("volume", kline.volume);
        Number("quote_volume", kline.quote_volume);
        if (kline.trade_count) Count("trade_count", *kline.trade_count);
        json_.Key("closed");
        json_.Bool(kline.closed);
        Unit(kline.quantity_unit);
    }

    void operator()(const model::FundingRate& funding) {
        Number("funding_rate", funding.funding_rate);
        Number("estimated_rate", funding.estimated_rate);
        Time("next_funding_time", funding.next_funding_time);
        Number("mark_price", funding.mark_price);
        Number("index_price", funding.index_price);
        Number("premium_index", funding.premium_index);
    }

    void operator()(const model::OpenInterest& interest) {
        Number("open_interest", interest.open_interest);
        Number("open_interest_value", interest.open_interest_value);
        Unit(interest.quantity_unit);
    }

    void operator()(const model::Liquidation& liquidation) {
        Text("liquidation_id", liquidation.liquidation_id);
        Text("side", ToString(liquidation.side));
        Number("price", liquidation.price);
        Number("quantity", liquidation.quantity);
        Number("base_quantity", liquidation.base_quantity);
        Number("leverage", liquidation.leverage);
        Text("instrument_type", ToString(liquidation.instrument_type));
        Unit(liquidation.quantity_unit);
    }

    void operator()(const model::MarkPrice& mark) {
        Number("mark_price", mark.mark_price);
        Number("index_price", mark.index_price);
    }

    void operator()(const model::InstrumentInfo& info) {
        Text("base_asset", info.base_asset);
        Text("quote_asset", info.quote_asset);
        Text("settle_asset", info.settle_asset);
        Number("tick_size", info.tick_size);
        Number("lot_size", info.lot_size);
        Number("min_quantity", info.min_quantity);
        Number("min_notional", info.min_notional);
        Number("contract_size", info.contract_size);
        Text("contract_size_asset", info.contract_size_asset);
        Text("status", ToString(info.status));
        Text("venue_status", info.venue_status);
        Time("listed_at", info.listed_at);
        Time("expires_at", info.expires_at);
        Number("strike", info.strike);
        Text("option_type", info.option_type);
    }

    void operator()(const model::Coverage& coverage) {
        Text("of", ToString(coverage.data_type));
        Time("from", coverage.from_ts);
        Time("to", coverage.to_ts);
        if (coverage.from_id) Id("from_id", *coverage.from_id);
        if (coverage.to_id) Id("to_id", *coverage.to_id);
        Text("basis", ToString(coverage.basis));
        Text("state", ToString(coverage.state));
        Text("reason", coverage.reason);
        if (coverage.missing) Count("missing", *coverage.missing);
        Time("detected_ts", coverage.detected_ts);
        Text("source", coverage.source);
    }

  private:
    void Number(std::string_view name, const Decimal& value) {
        json_.Key(name), json_.Decimal(value);
    }
    void Number(std::string_view name, const std::optional<Decimal>& value) {
        if (value) Number(name, *value);
    }
    void Text(std::string_view name, std::string_view value) {
        if (!value.empty()) json_.Field(name, value);
    }
    void Id(std::string_view name, uint64_t value) { json_.Key(name), json_.Id(value); }
    void Count(std::string_view name, uint64_t value) { json_.Key(name), json_.Number(value); }
    void Time(std::string_view name, Nanos value) { json_.Key(name), json_.Time(value); }
    void Time(std::string_view name, const std::optional<Nanos>& value) {
        if (value) Time(name, *value);
    }
    void Unit(model::QuantityUnit unit) { Text("quantity_unit", ToString(unit)); }
    void Part(uint32_t part, uint32_t parts) {
        if (parts == 0) return;
        Count("part", part);
        Count("parts", parts);
    }
    void Sides(std::span<const model::Level> bids, std::span<const model::Level> asks) {
        json_.Key("bids");
        WriteLevels(bids, bids.size(), json_);
        json_.Key("asks");
        WriteLevels(asks, asks.size(), json_);
    }

    JsonWriter& json_;
};

}  // namespace

void WriteLevels(std::span<const model::Level> levels, size_t depth, JsonWriter& json) {
    json.BeginArray();
    for (const model::Level& level : levels.first(std::min(depth, levels.size()))) {
        json.BeginArray();
        json.Decimal(level.price);
        json.Decimal(level.quantity);
        json.EndArray();
    }
    json.EndArray();
}

void WriteBody(const model::Event& event, JsonWriter& json) {
    std::visit(BodyWriter(json), event.body);
}

void WriteEvent(const model::Instrument& instrument, const model::Event& event, JsonWriter& json) {
    json.BeginObject();
    json.Field("exchange", instrument.exchange);
    json.Field("market", ToString(instrument.market));
    json.Field("symbol", instrument.symbol);
    json.Field("data_type", ToString(TypeOf(event)));
    if (event.exchange_ts) {
        json.Key("exchange_ts");
        json.Time(*event.exchange_ts);
    }
    json.Key("received_ts");
    json.Time(event.received_ts);
    json.Key("order_ts");
    json.Time(event.order_ts);
    json.Field("id", model::IdentityText(event));
    WriteBody(event, json);
    json.EndObject();
}

}  // namespace mp::rows
