// OKX: what is listed.
#include <simdjson.h>

#include "collector/venues/listing_fields.hpp"
#include "collector/venues/okx/rest.hpp"

namespace mp::collector::okx {
namespace {

using simdjson::ondemand::object;

constexpr std::string_view kInstruments = "/api/v5/public/instruments";
constexpr std::string_view kUnderlying = "/api/v5/public/underlying";

// An instrument's texts as the venue wrote them.
struct Row {
    std::string type, id, base, quote, settle, underlying, state;
    std::string contract_value, contract_multiple, contract_asset, contract_type;
    std::string tick, lot, minimum, listed, expires, strike, option_type;

    std::string* Of(std::string_view key) {
        if (key == "instType") return &type;
        if (key == "instId") return &id;
        if (key == "baseCcy") return &base;
        if (key == "quoteCcy") return &quote;
        if (key == "settleCcy") return &settle;
        if (key == "uly") return &underlying;
        if (key == "state") return &state;
        if (key == "ctVal") return &contract_value;
        if (key == "ctMult") return &contract_multiple;
        if (key == "ctValCcy") return &contract_asset;
        if (key == "ctType") return &contract_type;
        if (key == "tickSz") return &tick;
        if (key == "lotSz") return &lot;
        if (key == "minSz") return &minimum;
        if (key == "listTime") return &listed;
        if (key == "expTime") return &expires;
        if (key == "stk") return &strike;
        if (key == "optType") return &option_type;
        return nullptr;
    }
};

model::InstrumentStatus StatusOf(std::string_view state) {
    if (state == "live") return model::InstrumentStatus::kTrading;
    if (state == "preopen") return model::InstrumentStatus::kPreListed;
    if (state == "expired") return model::InstrumentStatus::kDelisted;
    if (state == "suspend" || state == "rebase" || state == "post_only") {
        return model::InstrumentStatus::kHalted;
    }
    return model::InstrumentStatus::kUnspecified;
}

model::InstrumentType TypeOf(std::string_view type) {
    if (type == "SPOT") return model::InstrumentType::kSpot;
    if (type == "SWAP") return model::InstrumentType::kSwap;
    if (type == "FUTURES") return model::InstrumentType::kFutures;
    if (type == "OPTION") return model::InstrumentType::kOption;
    return model::InstrumentType::kUnspecified;
}

model::Market MarketOf(const Row& row) {
    if (row.type == "SPOT") return model::Market::kSpot;
    if (row.type == "OPTION") return model::Market::kOption;
    if (row.contract_type == "linear") return model::Market::kLinear;
    if (row.contract_type == "inverse") return model::Market::kInverse;
    return model::Market::kUnspecified;
}

// Derivatives name their assets by the index that they follow: "BTC-USD".
void TakeAssets(const Row& row, Listing& listing) {
    listing.base_asset = row.base;
    listing.quote_asset = row.quote;
    const size_t dash = row.underlying.find('-');
    if (row.base.empty() && dash != std::string::npos) {
        listing.base_asset = row.underlying.substr(0, dash);
        listing.quote_asset = row.underlying.substr(dash + 1);
    }
    listing.settle_asset = row.settle;
}

void TakeContract(const Row& row, Listing& listing) {
    const auto value = SizeOf(row.contract_value);
    const auto multiple = SizeOf(row.contract_multiple);
    listing.contract_size = value && multiple ? Multiply(*value, *multiple) : value;
    listing.contract_size_asset = row.contract_asset;
    listing.quantity_unit = model::QuantityUnit::kContracts;
}

Listing ListingOf(const Row& row, std::string_view exchange) {
    Listing listing;
    listing.instrument.exchange = exchange;
    listing.instrument.market = MarketOf(row);
    listing.instrument.venue_symbol = row.id;
    listing.type = TypeOf(row.type);
    listing.status = StatusOf(row.state);
    listing.venue_status = row.state;
    TakeAssets(row, listing);
    if (listing.type != model::InstrumentType::kSpot) TakeContract(row, listing);
    listing.tick_size = SizeOf(row.tick);
    listing.lot_size = SizeOf(row.lot);
    listing.min_quantity = SizeOf(row.minimum);
    listing.listed_at = TimeOf(row.listed);
    listing.expires_at = TimeOf(row.expires);
    if (listing.type == model::InstrumentType::kOption) {
        listing.strike = SizeOf(row.strike);
        listing.option_type = row.option_type;
    }
    listing.instrument.symbol = CanonicalSymbol(listing).value_or(row.id);
    return listing;
}

Status Unreadable(simdjson::error_code error) {
    return absl::InvalidArgumentError(
        std::string("instruments are unreadable: ") + simdjson::error_message(error)
    );
}

simdjson::error_code ReadRow(object fields, Row& row) {
    for (auto entry : fields) {
        std::string_view key;
        if (const auto error = entry.unescaped_key().get(key)) return error;
        std::string* text = row.Of(key);
        if (text == nullptr) continue;
        std::string_view value;
        // Null where there is nothing.
        if (!entry.value().get_string().get(value)) text->assign(value);
    }
    return simdjson::SUCCESS;
}

// ["BTC-USD","ETH-USD"]: each has its own list of options.
simdjson::error_code ReadUnderlyings(simdjson::ondemand::array names, ListingPage& page) {
    for (auto entry : names) {
        std::string_view name;
        if (const auto error = entry.get_string().get(name)) return error;
        const std::string query = "?instType=OPTION&uly=" + std::string(name);
        page.next.push_back({std::string(kInstruments), std::string(kInstruments) + query, 1});
    }
    return simdjson::SUCCESS;
}

}  // namespace

std::vector<RestCall> ListingCallsFor(model::Market market) {
    const auto call = [](std::string_view path, std::string_view type) {
        const std::string endpoint(path);
        return RestCall{endpoint, endpoint + "?instType=" + std::string(type), 1};
    };
    if (market == model::Market::kSpot) return {call(kInstruments, "SPOT")};
    if (market == model::Market::kOption) return {call(kUnderlying, "OPTION")};
    return {call(kInstruments, "SWAP"), call(kInstruments, "FUTURES")};
}

Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
) {
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    if (const auto error = parser.iterate(text).get(document)) return Unreadable(error);
    std::string_view code;
    if (const auto error = document["code"].get_string().get(code)) return Unreadable(error);
    if (code != "0") return absl::UnavailableError("no instruments: " + ParseRefusal(body));
    simdjson::ondemand::array rows;
    if (const auto error = document["data"].get_array().get(rows)) return Unreadable(error);

    ListingPage page;
    for (auto entry : rows) {
        simdjson::ondemand::array names;
        if (!entry.get_array().get(names)) {
            if (const auto error = ReadUnderlyings(names, page)) return Unreadable(error);
            continue;
        }
        object fields;
        Row row;
        if (const auto error = entry.get_object().get(fields)) return Unreadable(error);
        if (const auto error = ReadRow(fields, row)) return Unreadable(error);
        if (row.id.empty() || MarketOf(row) != market) continue;
        page.listings.push_back(ListingOf(row, exchange));
    }
    return page;
}

}  // namespace mp::collector::okx
