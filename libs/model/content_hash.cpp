// The hash that identities without a venue's id are made of. FROZEN: stored keys hold it.
//
// FNV-1a 64 over, for every field of the body that is present and not its default, in the order of
// the proto's field numbers: the number (1 byte), then a number as 8 bytes big-endian; a decimal as
// its mantissa (8) and scale (1); text as its length (8) and bytes; a side as its number of levels
// (8) and their prices and quantities. A decimal that must be there is always hashed. Last, an
// ordinal that is not 0 as field 255. A field added later is absent from older events and so leaves
// their hashes alone.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/hash.hpp"
#include "model/identity.hpp"

namespace mp::model {
namespace {

class Content {
  public:
    uint64_t hash() const { return hash_; }

    void Number(uint8_t field, uint64_t value) {
        if (value == 0) return;
        Byte(field);
        Big(value);
    }
    template <typename Enum>
    void Choice(uint8_t field, Enum value) {
        Number(field, static_cast<uint64_t>(value));
    }
    void Time(uint8_t field, Nanos value) { Number(field, static_cast<uint64_t>(value)); }
    void Present(uint8_t field, const std::optional<uint64_t>& value) {
        if (!value) return;
        Byte(field);
        Big(*value);
    }
    void Present(uint8_t field, const std::optional<Nanos>& value) {
        if (!value) return;
        Byte(field);
        Big(static_cast<uint64_t>(*value));
    }
    void Present(uint8_t field, const std::optional<Decimal>& value) {
        if (value) Required(field, *value);
    }
    void Required(uint8_t field, const Decimal& value) {
        Byte(field);
        Number(value);
    }
    void Text(uint8_t field, std::string_view text) {
        if (text.empty()) return;
        Byte(field);
        Big(text.size());
        hash_ = Fnv1a(text, hash_);
    }
    void Side(uint8_t field, std::span<const Level> levels) {
        if (levels.empty()) return;
        Byte(field);
        Big(levels.size());
        for (const Level& level : levels) {
            Number(level.price);
            Number(level.quantity);
        }
    }

  private:
    void Byte(uint8_t byte) {
        const char c = static_cast<char>(byte);
        hash_ = Fnv1a({&c, 1}, hash_);
    }
    void Big(uint64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8) Byte(static_cast<uint8_t>(value >> shift));
    }
    void Number(const Decimal& value) {
        Big(static_cast<uint64_t>(value.mantissa));
        Byte(value.scale);
    }

    uint64_t hash_ = kFnvOffset;
};

void Hash(const Trade& trade, Content& content) {
    content.Required(1, trade.price);
    content.Required(2, trade.quantity);
    content.Choice(3, trade.side);
    content.Choice(4, trade.id_space);
    content.Number(5, trade.trade_id.IsText() ? 0 : trade.trade_id.number);
    content.Text(6, trade.trade_id.text);
    content.Number(7, trade.sequence);
    content.Choice(8, trade.quantity_unit);
    content.Present(9, trade.base_quantity);
    content.Number(10, trade.first_fill_id);
    content.Number(11, trade.last_fill_id);
}

void Hash(const BookDelta& delta, Content& content) {
    content.Side(1, delta.bids);
    content.Side(2, delta.asks);
    content.Number(3, delta.first_update_id);
    content.Number(4, delta.last_update_id);
    content.Number(5, delta.epoch);
    content.Present(6, delta.previous_update_id);
    content.Number(7, delta.part);
    content.Number(8, delta.parts);
    content.Choice(9, delta.quantity_unit);
}

void Hash(const BookSnapshot& snapshot, Content& content) {
    content.Side(1, snapshot.bids);
    content.Side(2, snapshot.asks);
    content.Number(3, snapshot.last_update_id);
    content.Number(4, snapshot.epoch);
    content.Choice(5, snapshot.origin);
    content.Present(6, snapshot.known_bid_to);
    content.Present(7, snapshot.known_ask_to);
    content.Number(8, snapshot.part);
    content.Number(9, snapshot.parts);
    content.Choice(10, snapshot.quantity_unit);
}

void Hash(const Bbo& bbo, Content& content) {
    content.Present(1, bbo.bid_price);
    content.Present(2, bbo.bid_quantity);
    content.Present(3, bbo.ask_price);
    content.Present(4, bbo.ask_quantity);
    content.Number(5, bbo.update_id);
    content.Choice(6, bbo.quantity_unit);
}

void Hash(const Ticker& ticker, Content& content) {
    content.Present(1, ticker.last_price);
    content.Present(2, ticker.open_price);
    content.Present(3, ticker.high_price);
    content.Present(4, ticker.low_price);
    content.Present(5, ticker.volume);
    content.Present(6, ticker.quote_volume);
    content.Choice(7, ticker.quantity_unit);
}

void Hash(const Kline& kline, Content& content) {
    content.Text(1, kline.interval);
    content.Time(2, kline.open_time);
    content.Time(3, kline.close_time);
    content.Required(4, kline.open);
    content.Required(5, kline.high);
    content.Required(6, kline.low);
    content.Required(7, kline.close);
    content.Required(8, kline.volume);
    content.Present(9, kline.quote_volume);
    content.Present(10, kline.trade_count);
    content.Number(11, kline.closed ? 1 : 0);
    content.Choice(12, kline.quantity_unit);
}

void Hash(const FundingRate& funding, Content& content) {
    content.Present(1, funding.funding_rate);
    content.Present(2, funding.estimated_rate);
    content.Present(3, funding.next_funding_time);
    content.Present(4, funding.mark_price);
    content.Present(5, funding.index_price);
    content.Present(6, funding.premium_index);
}

void Hash(const OpenInterest& interest, Content& content) {
    content.Present(1, interest.open_interest);
    content.Present(2, interest.open_interest_value);
    content.Choice(3, interest.quantity_unit);
}

void Hash(const Liquidation& liquidation, Content& content) {
    content.Text(1, liquidation.liquidation_id);
    content.Choice(2, liquidation.side);
    content.Required(3, liquidation.price);
    content.Required(4, liquidation.quantity);
    content.Present(5, liquidation.leverage);
    content.Choice(6, liquidation.instrument_type);
    content.Choice(7, liquidation.quantity_unit);
    content.Present(8, liquidation.base_quantity);
}

void Hash(const MarkPrice& mark, Content& content) {
    content.Present(1, mark.mark_price);
    content.Present(2, mark.index_price);
}

void Hash(const InstrumentInfo& info, Content& content) {
    content.Text(1, info.base_asset);
    content.Text(2, info.quote_asset);
    content.Text(3, info.settle_asset);
    content.Present(4, info.tick_size);
    content.Present(5, info.lot_size);
    content.Present(6, info.contract_size);
    content.Text(7, info.contract_size_asset);
    content.Choice(8, info.status);
    content.Text(9, info.venue_status);
    content.Present(10, info.listed_at);
    content.Present(11, info.expires_at);
    content.Present(12, info.strike);
    content.Text(13, info.option_type);
    content.Present(14, info.min_quantity);
    content.Present(15, info.min_notional);
}

void Hash(const Coverage& coverage, Content& content) {
    content.Choice(1, coverage.data_type);
    content.Time(2, coverage.from_ts);
    content.Time(3, coverage.to_ts);
    content.Present(4, coverage.from_id);
    content.Present(5, coverage.to_id);
    content.Choice(6, coverage.basis);
    content.Choice(7, coverage.state);
    content.Text(8, coverage.reason);
    content.Present(9, coverage.missing);
    content.Time(10, coverage.detected_ts);
    content.Text(11, coverage.source);
}

}  // namespace

uint64_t ContentHash(const Event& event) {
    Content content;
    std::visit([&content](const auto& body) { Hash(body, content); }, event.body);
    content.Number(255, event.ordinal);
    return content.hash();
}

}  // namespace mp::model
