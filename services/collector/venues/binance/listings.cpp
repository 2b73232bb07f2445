#include "collector/venues/binance/listings.hpp"

#include <simdjson.h>

#include "model/symbol.hpp"

namespace mp::collector::binance {
namespace {

using simdjson::ondemand::object;

model::InstrumentStatus StatusOf(std::string_view status) {
    if (status == "TRADING") return model::InstrumentStatus::kTrading;
    if (status == "PRE_TRADING") return model::InstrumentStatus::kPreListed;
    for (const std::string_view halted :
         {"HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY", "POST_TRADING", "AUCTION_MATCH"}) {
        if (status == halted) return model::InstrumentStatus::kHalted;
    }
    return model::InstrumentStatus::kUnspecified;
}

void KeepSize(std::string_view text, std::optional<Decimal>& out) {
    const auto value = Decimal::Parse(text);
    if (value && !value->IsZero()) out = value;
}

void ReadFilter(object filter, Listing& listing) {
    std::string_view type;
    for (auto entry : filter) {
        std::string_view key;
        std::string_view text;
        auto value = entry.value();
        // Numbers and switches of other filters are of no interest here.
        if (entry.unescaped_key().get(key) || value.get_string().get(text)) continue;
        if (key == "filterType") {
            type = text;
        } else if (type == "PRICE_FILTER" && key == "tickSize") {
            KeepSize(text, listing.tick_size);
        } else if (type == "LOT_SIZE" && key == "stepSize") {
            KeepSize(text, listing.lot_size);
        } else if (type == "LOT_SIZE" && key == "minQty") {
            KeepSize(text, listing.min_quantity);
        } else if ((type == "NOTIONAL" || type == "MIN_NOTIONAL") && key == "minNotional") {
            KeepSize(text, listing.min_notional);
        }
    }
}

simdjson::error_code ReadSymbol(object symbol, Listing& listing) {
    for (auto entry : symbol) {
        std::string_view key;
        if (const auto error = entry.unescaped_key().get(key)) return error;
        auto value = entry.value();
        std::string_view text;
        if (key == "filters") {
            for (auto filter : value.get_array()) {
                object fields;
                if (const auto error = filter.get_object().get(fields)) return error;
                ReadFilter(fields, listing);
            }
        } else if (key == "symbol" || key == "status" || key == "baseAsset" || key == "quoteAsset") {
            if (const auto error = value.get_string().get(text)) return error;
            if (key == "symbol") listing.instrument.venue_symbol = text;
            if (key == "status") listing.venue_status = text;
            if (key == "baseAsset") listing.base_asset = text;
            if (key == "quoteAsset") listing.quote_asset = text;
        }
    }
    return simdjson::SUCCESS;
}

bool Complete(Listing& listing) {
    if (listing.instrument.venue_symbol.empty() || listing.base_asset.empty()) return false;
    listing.status = StatusOf(listing.venue_status);
    listing.instrument.symbol = model::SpotSymbol(listing.base_asset, listing.quote_asset)
                                    .value_or(listing.instrument.venue_symbol);
    return true;
}

Status Unreadable(simdjson::error_code error) {
    return absl::InvalidArgumentError(
        std::string("exchangeInfo is unreadable: ") + simdjson::error_message(error)
    );
}

}  // namespace

RestCall ExchangeInfoCall() {
    return {"/api/v3/exchangeInfo", "/api/v3/exchangeInfo", 20};
}

Result<ListingPage> ParseExchangeInfo(std::string_view body, std::string_view exchange) {
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    if (const auto error = parser.iterate(text).get(document)) return Unreadable(error);
    simdjson::ondemand::array symbols;
    if (const auto error = document["symbols"].get_array().get(symbols)) return Unreadable(error);

    ListingPage page;
    for (auto entry : symbols) {
        object symbol;
        if (const auto error = entry.get_object().get(symbol)) return Unreadable(error);
        Listing listing;
        listing.instrument.exchange = exchange;
        listing.instrument.market = model::Market::kSpot;
        if (const auto error = ReadSymbol(symbol, listing)) return Unreadable(error);
        if (Complete(listing)) page.listings.push_back(std::move(listing));
    }
    return page;
}

}  // namespace mp::collector::binance
