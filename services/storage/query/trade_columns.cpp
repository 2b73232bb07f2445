#include "storage/query/trade_columns.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

namespace mp::storage {

// Takes the value in if all values, this one included, fit into 64 bits at the finest scale.
bool TradeColumns::Scaled::Take(const Decimal& value) {
    Scaled next = *this;
    if (value.mantissa == std::numeric_limits<int64_t>::min()) return false;
    if (value.scale > scale) {
        const std::optional<int64_t> finer =
            MantissaAt(Decimal{largest, static_cast<uint8_t>(scale)}, value.scale);
        if (!finer) return false;
        next.scale = value.scale;
        next.largest = *finer;
    }
    const std::optional<int64_t> mantissa = MantissaAt(value, next.scale);
    if (!mantissa) return false;
    next.largest = std::max<int64_t>(next.largest, std::abs(*mantissa));
    *this = next;
    return true;
}

Result<bool> TradeColumns::Add(std::string_view bytes) {
    model::Event event;
    const Status decoded = decoder_.Decode(bytes, event);
    const auto* trade = decoded.ok() ? std::get_if<model::Trade>(&event.body) : nullptr;
    if (trade == nullptr) return absl::DataLossError("a stored trade does not parse");

    const Shape shape{event.exchange_ts.has_value(), trade->trade_id.IsText(), trade->id_space};
    if (rows_.empty()) {
        shape_ = shape;
        prices_ = {};
        quantities_ = {};
    } else if (!(shape == shape_)) {
        return false;
    }
    const Scaled prices = prices_;
    if (!prices_.Take(trade->price)) return rows_.empty() ? Unscalable() : Result<bool>(false);
    if (!quantities_.Take(trade->quantity)) {
        prices_ = prices;
        return rows_.empty() ? Unscalable() : Result<bool>(false);
    }
    rows_.push_back(
        {event.order_ts,
         event.received_ts,
         event.exchange_ts.value_or(0),
         trade->price,
         trade->quantity,
         trade->trade_id.number,
         trade->side}
    );
    if (shape.text_ids) text_ids_.emplace_back(trade->trade_id.text);
    return true;
}

Result<bool> TradeColumns::Unscalable() {
    return absl::OutOfRangeError("a trade's number has no place in columns; ask for rows");
}

void TradeColumns::Finish(marketprism::v1::TradeColumns& out) {
    out.set_price_scale(static_cast<uint32_t>(prices_.scale));
    out.set_quantity_scale(static_cast<uint32_t>(quantities_.scale));
    out.set_id_space(static_cast<marketprism::v1::TradeIdSpace>(shape_.id_space));
    const int size = static_cast<int>(rows_.size());
    out.mutable_order_ts()->Reserve(size);
    out.mutable_received_ts()->Reserve(size);
    out.mutable_price()->Reserve(size);
    out.mutable_quantity()->Reserve(size);
    std::string& sides = *out.mutable_side();
    sides.reserve(rows_.size());
    Row last;
    int64_t last_price = 0;
    for (const Row& row : rows_) {
        out.mutable_order_ts()->AddAlreadyReserved(row.order_ts - last.order_ts);
        out.mutable_received_ts()->AddAlreadyReserved(row.received_ts - last.received_ts);
        if (shape_.has_exchange_ts) out.add_exchange_ts(row.exchange_ts - row.order_ts);
        const int64_t price = *MantissaAt(row.price, prices_.scale);
        out.mutable_price()->AddAlreadyReserved(price - last_price);
        out.mutable_quantity()->AddAlreadyReserved(*MantissaAt(row.quantity, quantities_.scale));
        sides.push_back(static_cast<char>(row.side));
        if (!shape_.text_ids) {
            out.add_trade_id(static_cast<int64_t>(row.id - last.id));
        }
        last = row;
        last_price = price;
    }
    for (std::string& id : text_ids_) out.add_trade_id_text(std::move(id));
    rows_.clear();
    text_ids_.clear();
}

}  // namespace mp::storage
