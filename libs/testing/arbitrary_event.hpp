#pragma once
// Events of every type for property tests (rapidcheck). Call inside a property.

#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <rapidcheck.h>
#include <string>
#include <vector>

#include "model/event.hpp"

namespace mp::testing {

// Owns what the events that it makes look into.
class ArbitraryEvents {
  public:
    model::Event Any() {
        return Of(static_cast<model::DataType>(*rc::gen::inRange(1, model::kDataTypes + 1)));
    }

    model::Event Of(model::DataType type) {
        model::Event event;
        event.received_ts = Integer<Nanos>();
        event.order_ts = Chance() ? event.received_ts : Integer<Nanos>();
        event.exchange_ts = Maybe([this] { return Integer<Nanos>(); });
        event.ordinal = Chance() ? 0 : Integer<uint32_t>();
        event.body = BodyOf(type);
        return event;
    }

    static Decimal AnyDecimal() {
        auto mantissa = Integer<int64_t>();
        if (mantissa == std::numeric_limits<int64_t>::min()) mantissa = 0;
        return Decimal::Make(mantissa, *rc::gen::inRange(0, Decimal::kMaxScale + 1));
    }

    // Plain prices with few decimals most of the time, anything at all otherwise.
    std::span<const model::Level> AnyLevels() {
        const bool plain = *rc::gen::inRange(0, 4) != 0;
        std::vector<model::Level> levels(*rc::gen::inRange<size_t>(0, 30));
        for (model::Level& level : levels) {
            level =
                plain ? model::Level{Plain(), Plain()} : model::Level{AnyDecimal(), AnyDecimal()};
        }
        return levels_.emplace_back(std::move(levels));
    }

    std::string_view AnyText() {
        static const std::vector<std::string> kPieces{"BTC", "-", "1", "é", "比特", "\n", "0", "x"};
        std::string text;
        for (auto n = *rc::gen::inRange(0, 6); n > 0; --n) {
            text += kPieces[*rc::gen::inRange<size_t>(0, kPieces.size())];
        }
        if (*rc::gen::inRange(0, 20) == 0) text.append(300, 'y');
        return texts_.emplace_back(std::move(text));
    }

  private:
    template <typename T>
    static T Integer() {
        // Small, arbitrary and extreme ones; rapidcheck alone rarely leaves the small.
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                return static_cast<T>(*rc::gen::inRange(0, 300));
            case 1:
                return *rc::gen::arbitrary<T>();
            case 2:
                return std::numeric_limits<T>::max();
            default:
                return static_cast<T>(*rc::gen::arbitrary<uint64_t>() * 0x9e3779b97f4a7c15ull);
        }
    }
    static bool Chance() { return *rc::gen::arbitrary<bool>(); }
    template <typename Enum>
    static Enum Choice(int count) {
        return static_cast<Enum>(*rc::gen::inRange(0, count));
    }
    template <typename Make>
    static auto Maybe(Make make) -> std::optional<decltype(make())> {
        if (!Chance()) return std::nullopt;
        return make();
    }
    static std::optional<Decimal> MaybeDecimal() { return Maybe(AnyDecimal); }
    static Decimal Plain() {
        return Decimal::Make(*rc::gen::inRange<int64_t>(0, 10'000'000), *rc::gen::inRange(0, 5));
    }
    static model::QuantityUnit Unit() { return Choice<model::QuantityUnit>(3); }

    model::Body BodyOf(model::DataType type) {
        switch (type) {
            case model::DataType::kTrade:
                return AnyTrade();
            case model::DataType::kBookDelta:
                return AnyDelta();
            case model::DataType::kBookSnapshot:
                return AnySnapshot();
            case model::DataType::kBbo:
                return AnyBbo();
            case model::DataType::kTicker:
                return AnyTicker();
            case model::DataType::kKline:
                return AnyKline();
            case model::DataType::kFundingRate:
                return AnyFunding();
            case model::DataType::kOpenInterest:
                return model::OpenInterest{MaybeDecimal(), MaybeDecimal(), Unit()};
            case model::DataType::kLiquidation:
                return AnyLiquidation();
            case model::DataType::kMarkPrice:
                return model::MarkPrice{MaybeDecimal(), MaybeDecimal()};
            case model::DataType::kInstrument:
                return AnyInfo();
            default:
                return AnyCoverage();
        }
    }

    model::Trade AnyTrade() {
        model::Trade trade;
        trade.price = AnyDecimal();
        trade.quantity = AnyDecimal();
        trade.base_quantity = MaybeDecimal();
        if (Chance()) trade.trade_id.text = AnyText();
        if (!trade.trade_id.IsText()) trade.trade_id.number = Integer<uint64_t>();
        trade.sequence = Integer<uint64_t>();
        trade.first_fill_id = Integer<uint64_t>();
        trade.last_fill_id = Integer<uint64_t>();
        trade.side = Choice<model::Side>(3);
        trade.id_space = Choice<model::TradeIdSpace>(2);
        trade.quantity_unit = Unit();
        return trade;
    }

    model::BookDelta AnyDelta() {
        model::BookDelta delta;
        delta.bids = AnyLevels();
        delta.asks = AnyLevels();
        delta.first_update_id = Integer<uint64_t>();
        delta.last_update_id = Chance() ? delta.first_update_id : Integer<uint64_t>();
        delta.epoch = Integer<uint64_t>();
        delta.previous_update_id = Maybe([] { return Integer<uint64_t>(); });
        delta.part = Integer<uint32_t>();
        delta.parts = Integer<uint32_t>();
        delta.quantity_unit = Unit();
        return delta;
    }

    model::BookSnapshot AnySnapshot() {
        model::BookSnapshot snapshot;
        snapshot.bids = AnyLevels();
        snapshot.asks = AnyLevels();
        snapshot.last_update_id = Integer<uint64_t>();
        snapshot.epoch = Integer<uint64_t>();
        snapshot.known_bid_to = MaybeDecimal();
        snapshot.known_ask_to = MaybeDecimal();
        snapshot.part = Integer<uint32_t>();
        snapshot.parts = Integer<uint32_t>();
        snapshot.origin = Choice<model::SnapshotOrigin>(2);
        snapshot.quantity_unit = Unit();
        return snapshot;
    }

    static model::Bbo AnyBbo() {
        return {
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            Integer<uint64_t>(),
            Unit(),
        };
    }

    static model::Ticker AnyTicker() {
        return {
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
            Unit(),
        };
    }

    model::Kline AnyKline() {
        model::Kline kline;
        kline.interval = AnyText();
        kline.open_time = Integer<Nanos>();
        kline.close_time = Integer<Nanos>();
        kline.open = AnyDecimal();
        kline.high = AnyDecimal();
        kline.low = AnyDecimal();
        kline.close = AnyDecimal();
        kline.volume = AnyDecimal();
        kline.quote_volume = MaybeDecimal();
        kline.trade_count = Maybe([] { return Integer<uint64_t>(); });
        kline.closed = Chance();
        kline.quantity_unit = Unit();
        return kline;
    }

    static model::FundingRate AnyFunding() {
        return {
            MaybeDecimal(),
            MaybeDecimal(),
            Maybe([] { return Integer<Nanos>(); }),
            MaybeDecimal(),
            MaybeDecimal(),
            MaybeDecimal(),
        };
    }

    model::Liquidation AnyLiquidation() {
        model::Liquidation liquidation;
        if (Chance()) liquidation.liquidation_id = AnyText();
        liquidation.price = AnyDecimal();
        liquidation.quantity = AnyDecimal();
        liquidation.leverage = MaybeDecimal();
        liquidation.base_quantity = MaybeDecimal();
        liquidation.side = Choice<model::Side>(3);
        liquidation.instrument_type = Choice<model::InstrumentType>(5);
        liquidation.quantity_unit = Unit();
        return liquidation;
    }

    model::InstrumentInfo AnyInfo() {
        model::InstrumentInfo info;
        info.base_asset = AnyText();
        info.quote_asset = AnyText();
        info.settle_asset = AnyText();
        info.tick_size = MaybeDecimal();
        info.lot_size = MaybeDecimal();
        info.contract_size = MaybeDecimal();
        info.contract_size_asset = AnyText();
        info.venue_status = AnyText();
        info.listed_at = Maybe([] { return Integer<Nanos>(); });
        info.expires_at = Maybe([] { return Integer<Nanos>(); });
        info.strike = MaybeDecimal();
        info.option_type = AnyText();
        info.min_quantity = MaybeDecimal();
        info.min_notional = MaybeDecimal();
        info.status = Choice<model::InstrumentStatus>(5);
        return info;
    }

    model::Coverage AnyCoverage() {
        model::Coverage coverage;
        coverage.data_type = Choice<model::DataType>(model::kDataTypes + 1);
        coverage.basis = Choice<model::CoverageBasis>(3);
        coverage.state = Choice<model::CoverageState>(5);
        coverage.from_ts = Integer<Nanos>();
        coverage.to_ts = Integer<Nanos>();
        coverage.from_id = Maybe([] { return Integer<uint64_t>(); });
        coverage.to_id = Maybe([] { return Integer<uint64_t>(); });
        coverage.reason = AnyText();
        coverage.missing = Maybe([] { return Integer<uint64_t>(); });
        coverage.detected_ts = Integer<Nanos>();
        coverage.source = AnyText();
        return coverage;
    }

    std::deque<std::string> texts_;
    std::deque<std::vector<model::Level>> levels_;
};

}  // namespace mp::testing
