#pragma once
// An instrument as its venue lists it, with its texts owned, and what of it its messages do not
// say.

#include <optional>
#include <string>

#include "base/decimal.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

// What a parser must know about an instrument beyond its messages. Plain values.
struct InstrumentFacts {
    model::InstrumentType type = model::InstrumentType::kUnspecified;
    model::QuantityUnit quantity_unit = model::QuantityUnit::kBase;
    // How much of the base asset a quantity of 1 is, where that is the same at every price.
    std::optional<Decimal> base_per_unit;
    std::optional<Decimal> contract_size;
    std::optional<Decimal> tick_size;
    std::optional<Decimal> lot_size;

    // The base asset in `quantity`; nothing where it depends on the price or does not fit.
    std::optional<Decimal> BaseOf(const Decimal& quantity) const noexcept {
        return base_per_unit ? Multiply(quantity, *base_per_unit) : std::nullopt;
    }
};

struct Listing {
    model::Instrument instrument;
    model::InstrumentType type = model::InstrumentType::kUnspecified;
    model::QuantityUnit quantity_unit = model::QuantityUnit::kBase;  // of its trades and books
    std::string base_asset;
    std::string quote_asset;
    std::string settle_asset;
    std::optional<Decimal> tick_size;
    std::optional<Decimal> lot_size;
    std::optional<Decimal> contract_size;
    std::string contract_size_asset;
    model::InstrumentStatus status = model::InstrumentStatus::kUnspecified;
    std::string venue_status;
    std::optional<Nanos> listed_at;
    std::optional<Nanos> expires_at;
    std::optional<Decimal> strike;
    std::string option_type;
    std::optional<Decimal> min_quantity;
    std::optional<Decimal> min_notional;

    // Views into this listing.
    model::InstrumentInfo Info() const;
    InstrumentFacts Facts() const;

    friend bool operator==(const Listing&, const Listing&) = default;
};

}  // namespace mp::collector
