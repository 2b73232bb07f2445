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

}  // namespace mp::collector
