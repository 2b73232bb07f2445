#pragma once
// A model event in the generated classes, field by field with their own setters, so that
// the codec is compared with something it has no part in.

#include <span>

#include "base/int128.hpp"
#include "marketprism/v1/event.pb.h"
#include "model/event.hpp"

namespace mp::testing {

namespace pb = ::marketprism::v1;

class GeneratedEvent {
  public:
    static pb::Event Of(const model::Event& event) {
        pb::Event out;
        out.set_order_ts(event.order_ts);
        out.set_received_ts(event.received_ts);
        if (event.exchange_ts) out.set_exchange_ts(*event.exchange_ts);
        out.set_ordinal(event.ordinal);
        std::visit([&out](const auto& body) { Set(body, out); }, event.body);
        return out;
    }

  private:
    static void Put(const Decimal& value, pb::Decimal* out) {
        out->set_mantissa(value.mantissa);
        out->set_scale(value.scale);
    }

    // One column: its mantissas at the largest scale, or each at its own where one does not fit.
    template <typename Scales, typename Column>
    static void PutColumn(
        std::span<const model::Level> levels,
        Decimal model::Level::*member,
        Column* column,
        Scales* scales,
        uint32_t& common
    ) {
        int largest = 0;
        for (const auto& level : levels) largest = std::max<int>(largest, (level.*member).scale);
        bool fits = true;
        for (const auto& level : levels) {
            const Decimal& value = level.*member;
            fits = fits && MantissaAt(value, largest).has_value();
        }
        for (const auto& level : levels) {
            const Decimal& value = level.*member;
            column->Add(fits ? *MantissaAt(value, largest) : value.mantissa);
            if (!fits) scales->Add(value.scale);
        }
        common = fits ? static_cast<uint32_t>(largest) : 0;
    }

    template <typename Make>
    static void PutSide(std::span<const model::Level> levels, Make make) {
        if (levels.empty()) return;
        pb::BookSide& out = *make();
        uint32_t common = 0;
        PutColumn(
            levels, &model::Level::price, out.mutable_price(), out.mutable_price_scales(), common
        );
        out.set_price_scale(common);
        PutColumn(
            levels,
            &model::Level::quantity,
            out.mutable_quantity(),
            out.mutable_quantity_scales(),
            common
        );
        out.set_quantity_scale(common);
    }

    static std::string Text(std::string_view text) { return std::string(text); }

    static void Set(const model::Trade& from, pb::Event& event) {
        pb::Trade& to = *event.mutable_trade();
        Put(from.price, to.mutable_price());
        Put(from.quantity, to.mutable_quantity());
        to.set_side(static_cast<pb::Side>(from.side));
        to.set_id_space(static_cast<pb::TradeIdSpace>(from.id_space));
        if (from.trade_id.IsText()) {
            to.set_text(Text(from.trade_id.text));
        } else {
            to.set_number(from.trade_id.number);
        }
        to.set_sequence(from.sequence);
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
        if (from.base_quantity) Put(*from.base_quantity, to.mutable_base_quantity());
        to.set_first_fill_id(from.first_fill_id);
        to.set_last_fill_id(from.last_fill_id);
    }

    static void Set(const model::BookDelta& from, pb::Event& event) {
        pb::BookDelta& to = *event.mutable_book_delta();
        PutSide(from.bids, [&] { return to.mutable_bids(); });
        PutSide(from.asks, [&] { return to.mutable_asks(); });
        to.set_first_update_id(from.first_update_id);
        to.set_last_update_id(from.last_update_id);
        to.set_epoch(from.epoch);
        if (from.previous_update_id) to.set_previous_update_id(*from.previous_update_id);
        to.set_part(from.part);
        to.set_parts(from.parts);
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::BookSnapshot& from, pb::Event& event) {
        pb::BookSnapshot& to = *event.mutable_book_snapshot();
        PutSide(from.bids, [&] { return to.mutable_bids(); });
        PutSide(from.asks, [&] { return to.mutable_asks(); });
        to.set_last_update_id(from.last_update_id);
        to.set_epoch(from.epoch);
        to.set_origin(static_cast<pb::SnapshotOrigin>(from.origin));
        if (from.known_bid_to) Put(*from.known_bid_to, to.mutable_known_bid_to());
        if (from.known_ask_to) Put(*from.known_ask_to, to.mutable_known_ask_to());
        to.set_part(from.part);
        to.set_parts(from.parts);
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::Bbo& from, pb::Event& event) {
        pb::Bbo& to = *event.mutable_bbo();
        if (from.bid_price) Put(*from.bid_price, to.mutable_bid_price());
        if (from.bid_quantity) Put(*from.bid_quantity, to.mutable_bid_quantity());
        if (from.ask_price) Put(*from.ask_price, to.mutable_ask_price());
        if (from.ask_quantity) Put(*from.ask_quantity, to.mutable_ask_quantity());
        to.set_update_id(from.update_id);
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::Ticker& from, pb::Event& event) {
        pb::Ticker& to = *event.mutable_ticker();
        if (from.last_price) Put(*from.last_price, to.mutable_last_price());
        if (from.open_price) Put(*from.open_price, to.mutable_open_price());
        if (from.high_price) Put(*from.high_price, to.mutable_high_price());
        if (from.low_price) Put(*from.low_price, to.mutable_low_price());
        if (from.volume) Put(*from.volume, to.mutable_volume());
        if (from.quote_volume) Put(*from.quote_volume, to.mutable_quote_volume());
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::Kline& from, pb::Event& event) {
        pb::Kline& to = *event.mutable_kline();
        to.set_interval(Text(from.interval));
        to.set_open_time(from.open_time);
        to.set_close_time(from.close_time);
        Put(from.open, to.mutable_open());
        Put(from.high, to.mutable_high());
        Put(from.low, to.mutable_low());
        Put(from.close, to.mutable_close());
        Put(from.volume, to.mutable_volume());
        if (from.quote_volume) Put(*from.quote_volume, to.mutable_quote_volume());
        if (from.trade_count) to.set_trade_count(*from.trade_count);
        to.set_closed(from.closed);
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::FundingRate& from, pb::Event& event) {
        pb::FundingRate& to = *event.mutable_funding_rate();
        if (from.funding_rate) Put(*from.funding_rate, to.mutable_funding_rate());
        if (from.estimated_rate) Put(*from.estimated_rate, to.mutable_estimated_rate());
        if (from.next_funding_time) to.set_next_funding_time(*from.next_funding_time);
        if (from.mark_price) Put(*from.mark_price, to.mutable_mark_price());
        if (from.index_price) Put(*from.index_price, to.mutable_index_price());
        if (from.premium_index) Put(*from.premium_index, to.mutable_premium_index());
    }

    static void Set(const model::OpenInterest& from, pb::Event& event) {
        pb::OpenInterest& to = *event.mutable_open_interest();
        if (from.open_interest) Put(*from.open_interest, to.mutable_open_interest());
        if (from.open_interest_value) {
            Put(*from.open_interest_value, to.mutable_open_interest_value());
        }
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
    }

    static void Set(const model::Liquidation& from, pb::Event& event) {
        pb::Liquidation& to = *event.mutable_liquidation();
        if (!from.liquidation_id.empty()) to.set_liquidation_id(Text(from.liquidation_id));
        to.set_side(static_cast<pb::Side>(from.side));
        Put(from.price, to.mutable_price());
        Put(from.quantity, to.mutable_quantity());
        if (from.leverage) Put(*from.leverage, to.mutable_leverage());
        to.set_instrument_type(static_cast<pb::InstrumentType>(from.instrument_type));
        to.set_quantity_unit(static_cast<pb::QuantityUnit>(from.quantity_unit));
        if (from.base_quantity) Put(*from.base_quantity, to.mutable_base_quantity());
    }

    static void Set(const model::MarkPrice& from, pb::Event& event) {
        pb::MarkPrice& to = *event.mutable_mark_price();
        if (from.mark_price) Put(*from.mark_price, to.mutable_mark_price());
        if (from.index_price) Put(*from.index_price, to.mutable_index_price());
    }

    static void Set(const model::InstrumentInfo& from, pb::Event& event) {
        pb::InstrumentInfo& to = *event.mutable_instrument();
        to.set_base_asset(Text(from.base_asset));
        to.set_quote_asset(Text(from.quote_asset));
        to.set_settle_asset(Text(from.settle_asset));
        if (from.tick_size) Put(*from.tick_size, to.mutable_tick_size());
        if (from.lot_size) Put(*from.lot_size, to.mutable_lot_size());
        if (from.contract_size) Put(*from.contract_size, to.mutable_contract_size());
        to.set_contract_size_asset(Text(from.contract_size_asset));
        to.set_status(static_cast<pb::InstrumentStatus>(from.status));
        to.set_venue_status(Text(from.venue_status));
        if (from.listed_at) to.set_listed_at(*from.listed_at);
        if (from.expires_at) to.set_expires_at(*from.expires_at);
        if (from.strike) Put(*from.strike, to.mutable_strike());
        to.set_option_type(Text(from.option_type));
        if (from.min_quantity) Put(*from.min_quantity, to.mutable_min_quantity());
        if (from.min_notional) Put(*from.min_notional, to.mutable_min_notional());
    }

    static void Set(const model::Coverage& from, pb::Event& event) {
        pb::Coverage& to = *event.mutable_coverage();
        to.set_data_type(static_cast<pb::DataType>(from.data_type));
        to.set_from_ts(from.from_ts);
        to.set_to_ts(from.to_ts);
        if (from.from_id) to.set_from_id(*from.from_id);
        if (from.to_id) to.set_to_id(*from.to_id);
        to.set_basis(static_cast<pb::CoverageBasis>(from.basis));
        to.set_state(static_cast<pb::CoverageState>(from.state));
        to.set_reason(Text(from.reason));
        if (from.missing) to.set_missing(*from.missing);
        to.set_detected_ts(from.detected_ts);
        to.set_source(Text(from.source));
    }
};

}  // namespace mp::testing
