#include "model/trade_bar.hpp"

#include <algorithm>

namespace mp::model {
namespace {

constexpr int kVwapDecimals = 12;

}  // namespace

Status TradeBar::Add(const Trade& trade) {
    const Decimal& quantity = trade.base_quantity ? *trade.base_quantity : trade.quantity;
    ExactSum volume = volume_;
    ExactSum turnover = turnover_;
    ExactSum quote = quote_;
    bool quote_known = quote_known_;
    bool fits = volume.Add(quantity) && turnover.AddProduct(trade.price, quantity);
    if (CountsBase(trade)) {
        fits = fits && quote.AddProduct(trade.price, quantity);
    } else if (trade.quantity_unit == QuantityUnit::kQuote) {
        fits = fits && quote.Add(quantity);
    } else {
        quote_known = false;
    }
    if (!fits) return absl::OutOfRangeError("a candle's sum needs more than 128 bits");
    volume_ = volume;
    turnover_ = turnover;
    quote_ = quote;
    quote_known_ = quote_known;
    const bool first = trade_count_++ == 0;
    if (first) open_ = trade.price;
    high_ = first ? trade.price : std::max(high_, trade.price);
    low_ = first ? trade.price : std::min(low_, trade.price);
    close_ = trade.price;
    return OkStatus();
}

Candle TradeBar::ToCandle(Nanos open_time, Nanos close_time) const {
    Candle candle;
    candle.open_time = open_time;
    candle.close_time = close_time;
    candle.open = open_;
    candle.high = high_;
    candle.low = low_;
    candle.close = close_;
    candle.volume = volume_.ToString();
    if (quote_known_) candle.quote_volume = quote_.ToString();
    candle.vwap = DivideHalfEven(turnover_, volume_, kVwapDecimals);
    candle.trade_count = trade_count_;
    return candle;
}

}  // namespace mp::model
