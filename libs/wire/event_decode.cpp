#include <optional>
#include <span>

#include "wire/event_codec.hpp"
#include "wire/field_values.hpp"

namespace mp::wire {
namespace {

using model::Level;
using OptionalDecimal = std::optional<Decimal>;

class Reading : public FieldValues {
  public:
    Reading(SideReader& sides, std::vector<Level>& bids, std::vector<Level>& asks)
        : sides_(sides), bids_(bids), asks_(asks) {}

    void Read(std::string_view bytes, model::Event& event) {
        bool has_body = false;
        Each(bytes, "the event is malformed", [&](const Field& f) {
            const bool known = At(f, 1, event.order_ts) || At(f, 2, event.received_ts) ||
                               At(f, 3, event.exchange_ts) || At(f, 16, event.ordinal);
            if (!known && Body(f, event.body)) has_body = true;
        });
        if (!has_body) Fail("the event has no body");
    }

  private:
    bool Body(const Field& f, model::Body& body) {
        return At<model::Trade>(f, 4, body) || At<model::BookDelta>(f, 5, body) ||
               At<model::BookSnapshot>(f, 6, body) || At<model::Bbo>(f, 7, body) ||
               At<model::Ticker>(f, 8, body) || At<model::Kline>(f, 9, body) ||
               At<model::FundingRate>(f, 10, body) || At<model::OpenInterest>(f, 11, body) ||
               At<model::Liquidation>(f, 12, body) || At<model::MarkPrice>(f, 13, body) ||
               At<model::InstrumentInfo>(f, 14, body) || At<model::Coverage>(f, 15, body);
    }

    using FieldValues::At;

    template <typename T>
    bool At(const Field& field, uint32_t number, model::Body& body) {
        if (!Is(field, number, WireType::kBytes)) return false;
        Read(field.bytes, body.emplace<T>());
        return true;
    }

    bool AtSide(
        const Field& field,
        uint32_t number,
        std::vector<Level>& levels,
        std::span<const Level>& side
    ) {
        if (!Is(field, number, WireType::kBytes)) return false;
        const char* const error = sides_.Read(field.bytes, levels);
        if (error != nullptr) Fail(error);
        side = levels;
        return true;
    }

    Decimal Required(const OptionalDecimal& value, const char* missing) {
        if (!value) Fail(missing);
        return value.value_or(Decimal{});
    }

    void Read(std::string_view bytes, model::Trade& t) {
        OptionalDecimal price, quantity;
        Each(bytes, "the trade is malformed", [&](const Field& f) {
            return At(f, 1, price) || At(f, 2, quantity) || At(f, 3, t.side) ||
                   At(f, 4, t.id_space) || At(f, 5, t.trade_id.number) ||
                   At(f, 6, t.trade_id.text) || At(f, 7, t.sequence) || At(f, 8, t.quantity_unit) ||
                   At(f, 9, t.base_quantity) || At(f, 10, t.first_fill_id) ||
                   At(f, 11, t.last_fill_id);
        });
        if (t.trade_id.IsText()) t.trade_id.number = 0;
        t.price = Required(price, "the trade has no price");
        t.quantity = Required(quantity, "the trade has no quantity");
    }

    void Read(std::string_view bytes, model::BookDelta& d) {
        Each(bytes, "the book delta is malformed", [&](const Field& f) {
            return AtSide(f, 1, bids_, d.bids) || AtSide(f, 2, asks_, d.asks) ||
                   At(f, 3, d.first_update_id) || At(f, 4, d.last_update_id) || At(f, 5, d.epoch) ||
                   At(f, 6, d.previous_update_id) || At(f, 7, d.part) || At(f, 8, d.parts) ||
                   At(f, 9, d.quantity_unit);
        });
    }

    void Read(std::string_view bytes, model::BookSnapshot& s) {
        Each(bytes, "the book snapshot is malformed", [&](const Field& f) {
            return AtSide(f, 1, bids_, s.bids) || AtSide(f, 2, asks_, s.asks) ||
                   At(f, 3, s.last_update_id) || At(f, 4, s.epoch) || At(f, 5, s.origin) ||
                   At(f, 6, s.known_bid_to) || At(f, 7, s.known_ask_to) || At(f, 8, s.part) ||
                   At(f, 9, s.parts) || At(f, 10, s.quantity_unit);
        });
    }

    void Read(std::string_view bytes, model::Bbo& b) {
        Each(bytes, "the bbo is malformed", [&](const Field& f) {
            return At(f, 1, b.bid_price) || At(f, 2, b.bid_quantity) || At(f, 3, b.ask_price) ||
                   At(f, 4, b.ask_quantity) || At(f, 5, b.update_id) || At(f, 6, b.quantity_unit);
        });
    }

    void Read(std::string_view bytes, model::Ticker& t) {
        Each(bytes, "the ticker is malformed", [&](const Field& f) {
            return At(f, 1, t.last_price) || At(f, 2, t.open_price) || At(f, 3, t.high_price) ||
                   At(f, 4, t.low_price) || At(f, 5, t.volume) || At(f, 6, t.quote_volume) ||
                   At(f, 7, t.quantity_unit);
        });
    }

    void Read(std::string_view bytes, model::Kline& k) {
        OptionalDecimal open, high, low, close, volume;
        Each(bytes, "the kline is malformed", [&](const Field& f) {
            return At(f, 1, k.interval) || At(f, 2, k.open_time) || At(f, 3, k.close_time) ||
                   At(f, 4, open) || At(f, 5, high) || At(f, 6, low) || At(f, 7, close) ||
                   At(f, 8, volume) || At(f, 9, k.quote_volume) || At(f, 10, k.trade_count) ||
                   At(f, 11, k.closed) || At(f, 12, k.quantity_unit);
        });
        k.open = Required(open, "the kline has no open");
        k.high = Required(high, "the kline has no high");
        k.low = Required(low, "the kline has no low");
        k.close = Required(close, "the kline has no close");
        k.volume = Required(volume, "the kline has no volume");
    }

    void Read(std::string_view bytes, model::FundingRate& r) {
        Each(bytes, "the funding rate is malformed", [&](const Field& f) {
            return At(f, 1, r.funding_rate) || At(f, 2, r.estimated_rate) ||
                   At(f, 3, r.next_funding_time) || At(f, 4, r.mark_price) ||
                   At(f, 5, r.index_price) || At(f, 6, r.premium_index);
        });
    }

    void Read(std::string_view bytes, model::OpenInterest& o) {
        Each(bytes, "the open interest is malformed", [&](const Field& f) {
            return At(f, 1, o.open_interest) || At(f, 2, o.open_interest_value) ||
                   At(f, 3, o.quantity_unit);
        });
    }

    void Read(std::string_view bytes, model::Liquidation& l) {
        OptionalDecimal price, quantity;
        Each(bytes, "the liquidation is malformed", [&](const Field& f) {
            return At(f, 1, l.liquidation_id) || At(f, 2, l.side) || At(f, 3, price) ||
                   At(f, 4, quantity) || At(f, 5, l.leverage) || At(f, 6, l.instrument_type) ||
                   At(f, 7, l.quantity_unit) || At(f, 8, l.base_quantity);
        });
        l.price = Required(price, "the liquidation has no price");
        l.quantity = Required(quantity, "the liquidation has no quantity");
    }

    void Read(std::string_view bytes, model::MarkPrice& m) {
        Each(bytes, "the mark price is malformed", [&](const Field& f) {
            return At(f, 1, m.mark_price) || At(f, 2, m.index_price);
        });
    }

    void Read(std::string_view bytes, model::InstrumentInfo& i) {
        Each(bytes, "the instrument is malformed", [&](const Field& f) {
            return At(f, 1, i.base_asset) || At(f, 2, i.quote_asset) || At(f, 3, i.settle_asset) ||
                   At(f, 4, i.tick_size) || At(f, 5, i.lot_size) || At(f, 6, i.contract_size) ||
                   At(f, 7, i.contract_size_asset) || At(f, 8, i.status) ||
                   At(f, 9, i.venue_status) || At(f, 10, i.listed_at) || At(f, 11, i.expires_at) ||
                   At(f, 12, i.strike) || At(f, 13, i.option_type) || At(f, 14, i.min_quantity) ||
                   At(f, 15, i.min_notional);
        });
    }

    void Read(std::string_view bytes, model::Coverage& c) {
        Each(bytes, "the coverage is malformed", [&](const Field& f) {
            return At(f, 1, c.data_type) || At(f, 2, c.from_ts) || At(f, 3, c.to_ts) ||
                   At(f, 4, c.from_id) || At(f, 5, c.to_id) || At(f, 6, c.basis) ||
                   At(f, 7, c.state) || At(f, 8, c.reason) || At(f, 9, c.missing) ||
                   At(f, 10, c.detected_ts) || At(f, 11, c.source);
        });
    }

    SideReader& sides_;
    std::vector<Level>& bids_;
    std::vector<Level>& asks_;
};

}  // namespace

Status EventDecoder::Decode(std::string_view bytes, model::Event& event) {
    event.order_ts = 0;
    event.received_ts = 0;
    event.exchange_ts.reset();
    event.ordinal = 0;
    Reading reading(sides_, bids_, asks_);
    reading.Read(bytes, event);
    if (reading.error() == nullptr) return OkStatus();
    return absl::InvalidArgumentError(reading.error());
}

}  // namespace mp::wire
