#include "rows/event_columns.hpp"

namespace mp::rows {

using model::DataType;

std::vector<std::string_view> BodyColumns(DataType type) {
    switch (type) {
        case DataType::kTrade:
            return {
                "price",
                "quantity",
                "base_quantity",
                "quantity_unit",
                "side",
                "trade_id",
                "id_space",
                "first_fill_id",
                "last_fill_id"};
        case DataType::kBookDelta:
            return {
                "bids",
                "asks",
                "first_update_id",
                "last_update_id",
                "previous_update_id",
                "epoch",
                "part",
                "parts",
                "quantity_unit"};
        case DataType::kBookSnapshot:
            return {
                "bids",
                "asks",
                "last_update_id",
                "epoch",
                "origin",
                "known_bid_to",
                "known_ask_to",
                "part",
                "parts",
                "quantity_unit"};
        case DataType::kBbo:
            return {
                "bid_price",
                "bid_quantity",
                "ask_price",
                "ask_quantity",
                "update_id",
                "quantity_unit"};
        case DataType::kTicker:
            return {
                "last_price",
                "open_price",
                "high_price",
                "low_price",
                "volume",
                "quote_volume",
                "quantity_unit"};
        case DataType::kKline:
            return {
                "interval",
                "open_time",
                "close_time",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "quote_volume",
                "trade_count",
                "closed",
                "quantity_unit"};
        case DataType::kFundingRate:
            return {
                "funding_rate",
                "estimated_rate",
                "next_funding_time",
                "mark_price",
                "index_price",
                "premium_index"};
        case DataType::kOpenInterest:
            return {"open_interest", "open_interest_value", "quantity_unit"};
        case DataType::kLiquidation:
            return {
                "liquidation_id",
                "side",
                "price",
                "quantity",
                "base_quantity",
                "leverage",
                "instrument_type",
                "quantity_unit"};
        case DataType::kMarkPrice:
            return {"mark_price", "index_price"};
        case DataType::kInstrument:
            return {
                "base_asset",
                "quote_asset",
                "settle_asset",
                "tick_size",
                "lot_size",
                "min_quantity",
                "min_notional",
                "contract_size",
                "contract_size_asset",
                "status",
                "venue_status",
                "listed_at",
                "expires_at",
                "strike",
                "option_type"};
        case DataType::kCoverage:
            return {
                "of",
                "from",
                "to",
                "from_id",
                "to_id",
                "basis",
                "state",
                "reason",
                "missing",
                "detected_ts",
                "source"};
        case DataType::kUnspecified:
            break;
    }
    return {};
}

std::vector<std::string_view> EventColumns(DataType type) {
    std::vector<std::string_view> columns = {
        "exchange",
        "market",
        "symbol",
        "data_type",
        "exchange_ts",
        "received_ts",
        "order_ts",
        "id"};
    const std::vector<std::string_view> body = BodyColumns(type);
    columns.insert(columns.end(), body.begin(), body.end());
    return columns;
}

}  // namespace mp::rows
