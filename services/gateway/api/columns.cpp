#include "gateway/api/columns.hpp"

#include "rows/event_columns.hpp"

namespace mp::gateway {
namespace {

using Names = std::vector<std::string_view>;
using model::DataType;

Names Joined(Names first, const Names& second, const Names& third = {}) {
    first.insert(first.end(), second.begin(), second.end());
    first.insert(first.end(), third.begin(), third.end());
    return first;
}

}  // namespace

Names ColumnsOf(Operation operation, DataType type) {
    switch (operation) {
        case Operation::kCandles:
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
                "vwap",
                "trade_count",
                "number",
                "complete"};
        case Operation::kCoverage:
            return {"exchange", "market", "symbol", "data_type", "complete", "gaps", "intervals"};
        case Operation::kInstruments:
            return Joined(
                {"exchange", "market", "symbol", "venue_symbol"},
                rows::BodyColumns(DataType::kInstrument),
                {"data_types"}
            );
        default:
            return rows::EventColumns(type);
    }
}

}  // namespace mp::gateway
