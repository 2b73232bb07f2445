#include "storage/query/trade_choice.hpp"

#include <utility>

#include "model/candle.hpp"

namespace mp::storage {

Nanos TradeChoice::StartOfSecond(Nanos time) {
    static const model::CandleInterval kOne = model::CandleInterval::Parse("1s").value();
    return kOne.OpenOf(time);
}

Status TradeChoice::Add(std::string_view key, const model::Event& row, Each each) {
    const Nanos second = StartOfSecond(row.order_ts);
    if (second_ != second) {
        MP_RETURN_IF_ERROR(Finish(each));
        second_ = second;
        has_fills_ = false;
    }
    ChosenTrade chosen{key, row.order_ts, row.received_ts, std::get<model::Trade>(row.body)};
    chosen.trade.trade_id = {};
    if (chosen.trade.id_space == model::TradeIdSpace::kTrade) {
        has_fills_ = true;
        held_.clear();
        return each(chosen);
    }
    if (!has_fills_) held_.push_back({std::string(key), chosen});
    return OkStatus();
}

Status TradeChoice::Finish(Each each) {
    for (Held& held : std::exchange(held_, {})) {
        held.trade.key = held.key;
        MP_RETURN_IF_ERROR(each(held.trade));
    }
    return OkStatus();
}

}  // namespace mp::storage
