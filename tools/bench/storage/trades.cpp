#include "bench/storage/trades.hpp"

#include <algorithm>

#include "wire/event_codec.hpp"

namespace mp::bench {
namespace {

constexpr std::array<const char*, 8> kBases{
    "BTC", "ETH", "BNB", "SOL", "XRP", "ADA", "DOGE", "LTC"};
constexpr uint64_t kFirstId = 3'400'000'000;

}  // namespace

Trades::Trades() {
    for (size_t i = 0; i < kBases.size(); ++i) {
        const std::string base = kBases[i];
        series_.push_back(
            {{"binance", model::Market::kSpot, base + "-USDT", base + "USDT"},
             model::DataType::kTrade}
        );
        price_[i] = static_cast<int64_t>(6'000'000 >> i);
    }
}

const std::vector<EncodedTrade>& Trades::Next(size_t count) {
    trades_.resize(count);
    for (EncodedTrade& made : trades_) {
        made.instrument = made_ % series_.size();
        int64_t& price = price_[made.instrument];
        price = std::max<int64_t>(price + static_cast<int64_t>(random_() % 21) - 10, 100);
        model::Event& event = made.event;
        event.order_ts = kFirstTrade + static_cast<Nanos>(made_) * kBetweenTrades;
        event.exchange_ts = event.order_ts;
        event.received_ts = event.order_ts + 20'000'000 + static_cast<Nanos>(random_() % 5'000'000);
        model::Trade trade;
        trade.price = Decimal::Make(price, 2);
        trade.quantity = Decimal::Make(static_cast<int64_t>(random_() % 200'000) + 1, 5);
        trade.trade_id.number = kFirstId + made_ / series_.size();
        trade.side = (random_() & 1) != 0 ? model::Side::kBuy : model::Side::kSell;
        event.body = trade;
        made.bytes.clear();
        wire::AppendEvent(event, made.bytes);
        ++made_;
    }
    return trades_;
}

}  // namespace mp::bench
