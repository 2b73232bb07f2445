#include "chaos-source/market.hpp"

#include <span>

namespace mp::chaos {
namespace {

constexpr Nanos kBegin = 1'700'000'000 * kSecond;  // 2023-11-14T22:13:20Z: the first day is short
constexpr Nanos kSpan = 3 * 86'400 * kSecond;
constexpr size_t kLevels = 3;  // of a side

struct Weight {
    model::DataType type;
    int slots;  // of one round, by instrument
};
constexpr Weight kWeights[] = {
    {model::DataType::kTrade, 4},
    {model::DataType::kBookDelta, 2},
    {model::DataType::kBbo, 2},
    {model::DataType::kTicker, 1},
    {model::DataType::kMarkPrice, 1}};

// SplitMix64.
uint64_t Mix(uint64_t value) {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

Decimal Price(uint64_t any) {
    return Decimal::Make(static_cast<int64_t>(6'000'000 + any % 100'000), 2);
}

Decimal Quantity(uint64_t any) {
    return Decimal::Make(static_cast<int64_t>(any % 900'000'007) + 1, static_cast<int>(any % 9));
}

}  // namespace

Market::Market(uint64_t events, uint64_t seed) : events_(events), seed_(seed) {
    const model::Instrument instruments[] = {
        {"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"},
        {"binance", model::Market::kSpot, "ETH-USDT", "ETHUSDT"},
        {"okx", model::Market::kLinear, "BTC-USDT", "BTC-USDT-SWAP"},
        {"okx", model::Market::kLinear, "ETH-USDT", "ETH-USDT-SWAP"},
        {"deribit", model::Market::kInverse, "BTC-USD-PERP", "BTC-PERPETUAL"},
        {"okx", model::Market::kLinear, "BTC-USDT-PERP", "BTC-USDT-SWAP"}};
    for (const model::Instrument& instrument : instruments) {
        for (const auto& [type, slots] : kWeights) {
            for (int i = 0; i < slots; ++i) {
                slots_.push_back(series_.size());
                slots_before_.push_back(static_cast<uint64_t>(i));
            }
            series_.push_back({instrument, type});
            slots_of_.push_back(static_cast<uint64_t>(slots));
        }
    }
}

std::pair<size_t, uint64_t> Market::Place(uint64_t number) const {
    const size_t slot = number % slots_.size();
    const size_t series = slots_[slot];
    return {series, number / slots_.size() * slots_of_[series] + slots_before_[slot]};
}

uint64_t Market::CountOf(size_t series) const {
    uint64_t count = events_ / slots_.size() * slots_of_[series];
    for (size_t slot = 0; slot < events_ % slots_.size(); ++slot) count += slots_[slot] == series;
    return count;
}

const model::Event& Market::Make(size_t series, uint64_t number) {
    const model::DataType type = series_[series].data_type;
    const uint64_t any = Mix(seed_ ^ Mix(series << 48 ^ number));
    const Nanos step = kSpan / static_cast<Nanos>(CountOf(series) + 1);
    event_.order_ts = kBegin + step * static_cast<Nanos>(number);
    event_.received_ts = event_.order_ts + static_cast<Nanos>(any % 5'000'000);
    event_.exchange_ts = event_.order_ts;
    // A venue that gives its quotes no time: they stand where they were received.
    if (type == model::DataType::kBbo) {
        event_.received_ts = event_.order_ts;
        event_.exchange_ts.reset();
    }
    event_.body = BodyOf(type, number, any);
    return event_;
}

model::Body Market::BodyOf(model::DataType type, uint64_t number, uint64_t any) {
    if (type == model::DataType::kTrade) {
        model::Trade trade;
        trade.price = Price(any);
        trade.quantity = Quantity(any >> 20);
        trade.trade_id.number = 1'000'000 + number;
        trade.side = any & 1 ? model::Side::kBuy : model::Side::kSell;
        return trade;
    }
    if (type == model::DataType::kBookDelta) {
        levels_.clear();
        for (size_t i = 0; i < 2 * kLevels; ++i) {
            levels_.push_back({Price(Mix(any + i)), Quantity(any >> i)});
        }
        model::BookDelta delta;
        delta.bids = std::span(levels_).first(kLevels);
        delta.asks = std::span(levels_).last(kLevels);
        delta.first_update_id = delta.last_update_id = number + 1;
        return delta;
    }
    if (type == model::DataType::kBbo) {
        model::Bbo bbo;
        bbo.bid_price = Price(any);
        bbo.bid_quantity = Quantity(any >> 7);
        bbo.ask_price = Price(any >> 9);
        bbo.update_id = number + 1;
        return bbo;
    }
    if (type == model::DataType::kTicker) {
        model::Ticker ticker;
        ticker.last_price = Price(any);
        ticker.volume = Quantity(any >> 11);
        return ticker;
    }
    model::MarkPrice mark;
    mark.mark_price = Price(any);
    mark.index_price = Price(any >> 13);
    return mark;
}

}  // namespace mp::chaos
