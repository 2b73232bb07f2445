#pragma once
// Test only: trades of every kind, and what happens to a store of them.

#include <random>
#include <string>
#include <vector>

#include "storage/engines/test/engine_fixture.hpp"
#include "wire/event_codec.hpp"

namespace mp::storage {

class AnyTrades {
  public:
    explicit AnyTrades(uint64_t seed) : random_(seed) {}

    // Of few instants, so that many come late or again with another content.
    TestEvent Any() {
        model::Event event;
        event.order_ts = Below(300) * 10;
        event.received_ts = event.order_ts + Below(50);
        if (Below(30) != 0) event.exchange_ts = event.order_ts - Below(3);
        if (Below(50) == 0) event.ordinal = static_cast<uint32_t>(Below(3));
        model::Trade trade;
        trade.price = Decimal::Make(1 + Below(100'000), static_cast<int>(Below(4)));
        trade.quantity = Decimal::Make(1 + Below(1'000'000), static_cast<int>(Below(9)));
        if (Below(200) == 0) trade.quantity = Decimal::Make(INT64_MAX, 18);
        // What is found by identity has ids of its own.
        const bool timed = event.exchange_ts.has_value();
        text_ = (timed ? "t-" : "u-") + std::to_string(Below(1000));
        if (Below(20) == 0) {
            trade.trade_id.text = text_;
        } else {
            trade.trade_id.number = static_cast<uint64_t>(event.order_ts + Below(5));
            if (!timed) trade.trade_id.number += 1'000'000;
        }
        if (Below(3) == 0) trade.sequence = static_cast<uint64_t>(Below(1000));
        if (Below(20) == 0) trade.id_space = model::TradeIdSpace::kAggregate;
        if (Below(3) == 0) {
            trade.first_fill_id = static_cast<uint64_t>(Below(1'000'000));
            trade.last_fill_id = trade.first_fill_id + static_cast<uint64_t>(Below(5));
        }
        if (Below(100) == 0) trade.last_fill_id = UINT64_MAX;
        if (Below(4) == 0) {
            trade.quantity_unit = model::QuantityUnit::kContracts;
            trade.base_quantity = Decimal::Make(Below(1000), static_cast<int>(Below(19)));
        }
        trade.side = static_cast<model::Side>(Below(3));
        event.body = trade;
        return Encoded(TestSeries(model::DataType::kTrade), event);
    }
    // One that was there before, received at another time.
    TestEvent Again() {
        TestEvent again = past_[static_cast<size_t>(Below(past_.size()))];
        model::Event event;
        if (!decoder_.Decode(again.bytes, event).ok()) return again;
        if (Below(2) == 0 && event.exchange_ts) event.received_ts -= Below(20);
        return Encoded(again.series, event);
    }
    std::vector<TestEvent> Batch() {
        std::vector<TestEvent> batch;
        for (auto n = Below(60); n >= 0; --n) {
            batch.push_back(!past_.empty() && Below(4) == 0 ? Again() : Any());
            past_.push_back(batch.back());
        }
        return batch;
    }
    model::Interval Interval(Nanos longest) {
        const Nanos from = Below(3000);
        return {from, from + Below(static_cast<uint64_t>(longest))};
    }

    int64_t Below(uint64_t bound) {
        return std::uniform_int_distribution<int64_t>(0, static_cast<int64_t>(bound) - 1)(random_);
    }

  private:
    std::mt19937_64 random_;
    std::string text_;
    std::vector<TestEvent> past_;
    wire::EventDecoder decoder_;
};

}  // namespace mp::storage
