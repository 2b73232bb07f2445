#pragma once
// The fields of every body, once: `visit(name, member)` for each, in the order of the columns. Used
// to name columns, to fill them and to read them back, so that the three cannot differ.

#include "model/event.hpp"

namespace mp::storage::clickhouse {

template <typename Visit>
void VisitFields(model::Trade& trade, Visit&& visit) {
    visit("price", trade.price);
    visit("quantity", trade.quantity);
    visit("base_quantity", trade.base_quantity);
    visit("trade_id", trade.trade_id.number);
    visit("trade_id_text", trade.trade_id.text);
    visit("first_fill_id", trade.first_fill_id);
    visit("last_fill_id", trade.last_fill_id);
    visit("side", trade.side);
    visit("id_space", trade.id_space);
    visit("quantity_unit", trade.quantity_unit);
}

template <typename Visit>
void VisitFields(model::BookDelta& delta, Visit&& visit) {
    visit("bid", delta.bids);
    visit("ask", delta.asks);
    visit("first_update_id", delta.first_update_id);
    visit("last_update_id", delta.last_update_id);
    visit("epoch", delta.epoch);
    visit("previous_update_id", delta.previous_update_id);
    visit("part", delta.part);
    visit("parts", delta.parts);
    visit("quantity_unit", delta.quantity_unit);
}

template <typename Visit>
void VisitFields(model::BookSnapshot& snapshot, Visit&& visit) {
    visit("bid", snapshot.bids);
    visit("ask", snapshot.asks);
    visit("last_update_id", snapshot.last_update_id);
    visit("epoch", snapshot.epoch);
    visit("known_bid_to", snapshot.known_bid_to);
    visit("known_ask_to", snapshot.known_ask_to);
    visit("part", snapshot.part);
    visit("parts", snapshot.parts);
    visit("origin", snapshot.origin);
    visit("quantity_unit", snapshot.quantity_unit);
}

template <typename Visit>
void VisitFields(model::Bbo& bbo, Visit&& visit) {
    visit("bid_price", bbo.bid_price);
    visit("bid_quantity", bbo.bid_quantity);
    visit("ask_price", bbo.ask_price);
    visit("ask_quantity", bbo.ask_quantity);
    visit("update_id", bbo.update_id);
    visit("quantity_unit", bbo.quantity_unit);
}

template <typename Visit>
void VisitFields(model::Ticker& ticker, Visit&& visit) {
    visit("last_price", ticker.last_price);
    visit("open_price", ticker.open_price);
    visit("high_price", ticker.high_price);
    visit("low_price", ticker.low_price);
    visit("volume", ticker.volume);
    visit("quote_volume", ticker.quote_volume);
    visit("quantity_unit", ticker.quantity_unit);
}

template <typename Visit>
void VisitFields(model::Kline& kline, Visit&& visit) {
    visit("interval_name", kline.interval);
    visit("open_time", kline.open_time);
    visit("close_time", kline.close_time);
    visit("open", kline.open);
    visit("high", kline.high);
    visit("low", kline.low);
    visit("close", kline.close);
    visit("volume", kline.volume);
    visit("quote_volume", kline.quote_volume);
    visit("trade_count", kline.trade_count);
    visit("closed", kline.closed);
    visit("quantity_unit", kline.quantity_unit);
}

template <typename Visit>
void VisitFields(model::FundingRate& funding, Visit&& visit) {
    visit("funding_rate", funding.funding_rate);
    visit("estimated_rate", funding.estimated_rate);
    visit("next_funding_time", funding.next_funding_time);
    visit("mark_price", funding.mark_price);
    visit("index_price", funding.index_price);
    visit("premium_index", funding.premium_index);
}

template <typename Visit>
void VisitFields(model::OpenInterest& interest, Visit&& visit) {
    visit("open_interest", interest.open_interest);
    visit("open_interest_value", interest.open_interest_value);
    visit("quantity_unit", interest.quantity_unit);
}

template <typename Visit>
void VisitFields(model::Liquidation& liquidation, Visit&& visit) {
    visit("liquidation_id", liquidation.liquidation_id);
    visit("price", liquidation.price);
    visit("quantity", liquidation.quantity);
    visit("leverage", liquidation.leverage);
    visit("base_quantity", liquidation.base_quantity);
    visit("side", liquidation.side);
    visit("instrument_type", liquidation.instrument_type);
    visit("quantity_unit", liquidation.quantity_unit);
}

template <typename Visit>
void VisitFields(model::MarkPrice& mark, Visit&& visit) {
    visit("mark_price", mark.mark_price);
    visit("index_price", mark.index_price);
}

template <typename Visit>
void VisitFields(model::InstrumentInfo& info, Visit&& visit) {
    visit("base_asset", info.base_asset);
    visit("quote_asset", info.quote_asset);
    visit("settle_asset", info.settle_asset);
    visit("tick_size", info.tick_size);
    visit("lot_size", info.lot_size);
    visit("contract_size", info.contract_size);
    visit("contract_size_asset", info.contract_size_asset);
    visit("venue_status", info.venue_status);
    visit("listed_at", info.listed_at);
    visit("expires_at", info.expires_at);
    visit("strike", info.strike);
    visit("option_type", info.option_type);
    visit("min_quantity", info.min_quantity);
    visit("min_notional", info.min_notional);
    visit("status", info.status);
}

template <typename Visit>
void VisitFields(model::Coverage& coverage, Visit&& visit) {
    visit("claimed_type", coverage.data_type);
    visit("basis", coverage.basis);
    visit("state", coverage.state);
    visit("from_ts", coverage.from_ts);
    visit("to_ts", coverage.to_ts);
    visit("from_id", coverage.from_id);
    visit("to_id", coverage.to_id);
    visit("reason", coverage.reason);
    visit("missing", coverage.missing);
    visit("detected_ts", coverage.detected_ts);
    visit("source", coverage.source);
}

}  // namespace mp::storage::clickhouse
