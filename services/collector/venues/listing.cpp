#include "collector/venues/listing.hpp"

namespace mp::collector {

model::InstrumentInfo Listing::Info() const {
    model::InstrumentInfo info;
    info.base_asset = base_asset;
    info.quote_asset = quote_asset;
    info.settle_asset = settle_asset;
    info.tick_size = tick_size;
    info.lot_size = lot_size;
    info.contract_size = contract_size;
    info.contract_size_asset = contract_size_asset;
    info.status = status;
    info.venue_status = venue_status;
    info.listed_at = listed_at;
    info.expires_at = expires_at;
    info.strike = strike;
    info.option_type = option_type;
    info.min_quantity = min_quantity;
    info.min_notional = min_notional;
    return info;
}

InstrumentFacts Listing::Facts() const {
    InstrumentFacts facts;
    facts.type = type;
    facts.quantity_unit = quantity_unit;
    const bool of_base = !base_asset.empty() && contract_size_asset == base_asset;
    if (quantity_unit == model::QuantityUnit::kContracts && of_base) {
        facts.base_per_unit = contract_size;
    }
    facts.contract_size = contract_size;
    facts.tick_size = tick_size;
    facts.lot_size = lot_size;
    return facts;
}

}  // namespace mp::collector
