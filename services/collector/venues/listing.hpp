#pragma once
// An instrument as its venue lists it, with its texts owned.

#include <optional>
#include <string>

#include "base/decimal.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"

namespace mp::collector {

struct Listing {
    model::Instrument instrument;
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

    friend bool operator==(const Listing&, const Listing&) = default;
};

}  // namespace mp::collector
