#include "collector/venues/binance/listings.hpp"

#include <simdjson.h>

#include "collector/venues/listing_fields.hpp"

namespace mp::collector::binance {
namespace {

using simdjson::ondemand::object;

constexpr uint64_t kNever = 4133404800000;  // the delivery date of what is not delivered

model::InstrumentStatus StatusOf(std::string_view status) {
    using model::InstrumentStatus;
    if (status == "TRADING") return InstrumentStatus::kTrading;
    if (status == "PRE_TRADING" || status == "PENDING_TRADING") return InstrumentStatus::kPreListed;
    if (status == "DELIVERED" || status == "CLOSE") return InstrumentStatus::kDelisted;
    for (const std::string_view halted :
         {"HALT",
          "BREAK",
          "CANCEL_ONLY",
          "END_OF_DAY",
          "POST_TRADING",
          "AUCTION_MATCH",
          "PRE_DELIVERING",
          "DELIVERING",
          "PRE_SETTLE",
          "SETTLING"}) {
        if (status == halted) return InstrumentStatus::kHalted;
    }
    return InstrumentStatus::kUnspecified;
}

// What exchangeInfo says about one symbol, beside what Listing keeps as it stands.
struct Entry {
    Listing listing;
    std::string contract_type;
    uint64_t onboard_ms = 0;
    uint64_t delivery_ms = 0;
};

void KeepSize(std::string_view text, std::optional<Decimal>& out) {
    if (const auto value = SizeOf(text)) out = value;
}

struct Filter {
    std::string_view type, tick_size, step_size, min_quantity, min_notional;
};

// The type need not come first.
Filter ReadFilter(object fields) {
    Filter filter;
    for (auto entry : fields) {
        std::string_view key;
        std::string_view text;
        auto value = entry.value();
        // Numbers and switches of other filters are of no interest here.
        if (entry.unescaped_key().get(key) || value.get_string().get(text)) continue;
        if (key == "filterType") filter.type = text;
        if (key == "tickSize") filter.tick_size = text;
        if (key == "stepSize") filter.step_size = text;
        if (key == "minQty") filter.min_quantity = text;
        // "notional" on contracts.
        if (key == "minNotional" || key == "notional") filter.min_notional = text;
    }
    return filter;
}

void Keep(const Filter& filter, Listing& listing) {
    if (filter.type == "PRICE_FILTER") KeepSize(filter.tick_size, listing.tick_size);
    if (filter.type == "LOT_SIZE") {
        KeepSize(filter.step_size, listing.lot_size);
        KeepSize(filter.min_quantity, listing.min_quantity);
    }
    if (filter.type == "NOTIONAL" || filter.type == "MIN_NOTIONAL") {
        KeepSize(filter.min_notional, listing.min_notional);
    }
}

simdjson::error_code ReadFilters(simdjson::ondemand::value value, Listing& listing) {
    for (auto filter : value.get_array()) {
        object fields;
        if (const auto error = filter.get_object().get(fields)) return error;
        Keep(ReadFilter(fields), listing);
    }
    return simdjson::SUCCESS;
}

std::string* TextOf(std::string_view key, Entry& entry) {
    Listing& listing = entry.listing;
    if (key == "symbol") return &listing.instrument.venue_symbol;
    if (key == "status" || key == "contractStatus") return &listing.venue_status;
    if (key == "baseAsset") return &listing.base_asset;
    if (key == "quoteAsset") return &listing.quote_asset;
    if (key == "marginAsset") return &listing.settle_asset;
    return key == "contractType" ? &entry.contract_type : nullptr;
}

simdjson::error_code ReadField(
    std::string_view key, simdjson::ondemand::value value, Entry& entry
) {
    if (key == "filters") return ReadFilters(value, entry.listing);
    if (key == "onboardDate") return value.get_uint64().get(entry.onboard_ms);
    if (key == "deliveryDate") return value.get_uint64().get(entry.delivery_ms);
    if (key == "contractSize") {
        const std::string_view number = value.raw_json_token();
        KeepSize(
            number.substr(0, number.find_last_of("0123456789") + 1), entry.listing.contract_size
        );
        return simdjson::SUCCESS;
    }
    std::string* const text = TextOf(key, entry);
    if (text == nullptr) return simdjson::SUCCESS;
    std::string_view plain;
    if (const auto error = value.get_string().get(plain)) return error;
    *text = plain;
    return simdjson::SUCCESS;
}

// A field of another type than documented, null for one, is as good as absent.
bool IsOfOneField(simdjson::error_code error) {
    return error == simdjson::INCORRECT_TYPE || error == simdjson::NUMBER_ERROR ||
           error == simdjson::NUMBER_OUT_OF_RANGE;
}

simdjson::error_code ReadSymbol(object symbol, Entry& entry) {
    for (auto field : symbol) {
        std::string_view key;
        if (const auto error = field.unescaped_key().get(key)) return error;
        simdjson::ondemand::value value;
        if (const auto error = field.value().get(value)) return error;
        const auto error = ReadField(key, value, entry);
        if (error && !IsOfOneField(error)) return error;
    }
    return simdjson::SUCCESS;
}

std::optional<Nanos> DayOf(uint64_t milliseconds) {
    const bool fits = milliseconds <= static_cast<uint64_t>(INT64_MAX / kMillisecond);
    if (milliseconds == 0 || milliseconds == kNever || !fits) return std::nullopt;
    return static_cast<Nanos>(milliseconds) * kMillisecond;
}

void CompleteContract(Entry& entry) {
    Listing& listing = entry.listing;
    listing.listed_at = DayOf(entry.onboard_ms);
    listing.expires_at = DayOf(entry.delivery_ms);
    // A perpetual that is going to be delisted has a delivery date too.
    const bool perpetual =
        entry.contract_type.find("PERPETUAL") != std::string::npos || !listing.expires_at;
    listing.type = perpetual ? model::InstrumentType::kSwap : model::InstrumentType::kFutures;
    if (listing.instrument.market != model::Market::kInverse) return;
    listing.quantity_unit = model::QuantityUnit::kContracts;
    listing.contract_size_asset = listing.quote_asset;
}

bool Complete(Entry& entry) {
    Listing& listing = entry.listing;
    model::Instrument& name = listing.instrument;
    if (name.venue_symbol.empty() || listing.base_asset.empty()) return false;
    listing.status = StatusOf(listing.venue_status);
    if (name.market == model::Market::kSpot) {
        listing.type = model::InstrumentType::kSpot;
    } else {
        CompleteContract(entry);
    }
    name.symbol = CanonicalSymbol(listing).value_or(name.venue_symbol);
    return true;
}

Status Unreadable(simdjson::error_code error) {
    return absl::InvalidArgumentError(
        std::string("exchangeInfo is unreadable: ") + simdjson::error_message(error)
    );
}

}  // namespace

RestCall ExchangeInfoCall(model::Market market) {
    if (market == model::Market::kLinear) {
        return {"/fapi/v1/exchangeInfo", "/fapi/v1/exchangeInfo", 1};
    }
    if (market == model::Market::kInverse) {
        return {"/dapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo", 1};
    }
    return {"/api/v3/exchangeInfo", "/api/v3/exchangeInfo", 20};
}

Result<ListingPage> ParseExchangeInfo(
    std::string_view body, std::string_view exchange, model::Market market
) {
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    if (const auto error = parser.iterate(text).get(document)) return Unreadable(error);
    simdjson::ondemand::array symbols;
    if (const auto error = document["symbols"].get_array().get(symbols)) return Unreadable(error);

    ListingPage page;
    for (auto item : symbols) {
        object symbol;
        if (const auto error = item.get_object().get(symbol)) return Unreadable(error);
        Entry entry;
        entry.listing.instrument.exchange = exchange;
        entry.listing.instrument.market = market;
        if (const auto error = ReadSymbol(symbol, entry)) return Unreadable(error);
        if (Complete(entry)) page.listings.push_back(std::move(entry.listing));
    }
    return page;
}

}  // namespace mp::collector::binance
