// Bybit: what is listed.
#include <simdjson.h>

#include "collector/venues/bybit/rest.hpp"
#include "collector/venues/bybit/rest_answer.hpp"
#include "collector/venues/listing_fields.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::bybit {
namespace {

constexpr std::string_view kInstruments = "/v5/market/instruments-info";

constexpr json::Names kPage = {"list", "nextPageCursor"};
enum : size_t { kList, kNextPage };

constexpr json::Names kNames = {
    "symbol",
    "contractType",
    "status",
    "baseCoin",
    "quoteCoin",
    "launchTime",
    "deliveryTime",
    "priceFilter",
    "lotSizeFilter",
    "settleCoin"};
enum : size_t {
    kSymbol,
    kContractType,
    kStatus,
    kBaseCoin,
    kQuoteCoin,
    kLaunchTime,
    kDeliveryTime,
    kPriceFilter,
    kLotSizeFilter,
    kSettleCoin
};
using Row = json::Tokens<kNames.size()>;

constexpr json::Names kPriceNames = {"tickSize"};
// Spot and contracts have other names for the same.
constexpr json::Names kLotNames = {
    "basePrecision", "minOrderQty", "minOrderAmt", "qtyStep", "minNotionalValue"};
enum : size_t { kBasePrecision, kMinQuantity, kMinAmount, kQuantityStep, kMinNotional };

std::string TextOf(std::string_view token) {
    return json::IsAbsent(token) ? std::string() : std::string(json::Unquoted(token));
}

model::Market MarketOf(const Row& row) {
    const std::string_view contract = json::Unquoted(row[kContractType]);
    if (contract.empty()) return model::Market::kSpot;
    return contract.starts_with("Linear") ? model::Market::kLinear : model::Market::kUnspecified;
}

model::InstrumentStatus StatusOf(std::string_view status) {
    if (status == "Trading") return model::InstrumentStatus::kTrading;
    if (status == "PreLaunch") return model::InstrumentStatus::kPreListed;
    if (status == "Delivering") return model::InstrumentStatus::kHalted;
    if (status == "Closed") return model::InstrumentStatus::kDelisted;
    return model::InstrumentStatus::kUnspecified;
}

model::InstrumentType TypeOf(const Row& row) {
    const std::string_view contract = json::Unquoted(row[kContractType]);
    if (contract.empty()) return model::InstrumentType::kSpot;
    return contract.ends_with("Perpetual") ? model::InstrumentType::kSwap
                                           : model::InstrumentType::kFutures;
}

template <size_t N>
json::Tokens<N> Inside(std::string_view object, const json::Names<N>& names) {
    json::Tokens<N> tokens;
    json::Cursor cursor(object);
    (void)ReadMembers(cursor, names, tokens);
    return tokens;
}

void TakeSizes(const Row& row, Listing& listing) {
    const auto price = Inside(row[kPriceFilter], kPriceNames);
    const auto lot = Inside(row[kLotSizeFilter], kLotNames);
    const auto size = [](std::string_view token) { return SizeOf(json::Unquoted(token)); };
    const bool spot = listing.instrument.market == model::Market::kSpot;
    listing.tick_size = size(price[0]);
    listing.lot_size = size(lot[spot ? kBasePrecision : kQuantityStep]);
    listing.min_quantity = size(lot[kMinQuantity]);
    listing.min_notional = size(lot[spot ? kMinAmount : kMinNotional]);
}

Listing ListingOf(const Row& row, std::string_view exchange) {
    Listing listing;
    listing.instrument.exchange = exchange;
    listing.instrument.market = MarketOf(row);
    listing.instrument.venue_symbol = TextOf(row[kSymbol]);
    listing.type = TypeOf(row);
    listing.venue_status = TextOf(row[kStatus]);
    listing.status = StatusOf(listing.venue_status);
    listing.base_asset = TextOf(row[kBaseCoin]);
    listing.quote_asset = TextOf(row[kQuoteCoin]);
    listing.settle_asset = TextOf(row[kSettleCoin]);
    TakeSizes(row, listing);
    listing.listed_at = TimeOf(json::Unquoted(row[kLaunchTime]));
    // Of a perpetual: when it is going to be delisted.
    listing.expires_at = TimeOf(json::Unquoted(row[kDeliveryTime]));
    listing.instrument.symbol = CanonicalSymbol(listing).value_or(listing.instrument.venue_symbol);
    return listing;
}

}  // namespace

RestCall InstrumentsCall(model::Market market, std::string_view cursor) {
    std::string target(kInstruments);
    target.append("?category=").append(model::ToString(market)).append("&limit=1000");
    // The venue has escaped it already.
    if (!cursor.empty()) target.append("&cursor=").append(Escaped(cursor, "%-_.~"));
    return {std::string(kInstruments), std::move(target), 1};
}

Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
) {
    const simdjson::padded_string text(body);
    json::Tokens<kPage.size()> page;
    MP_RETURN_IF_ERROR(ReadAnswer({text.data(), text.size()}, "instruments", kPage, page));
    ListingPage listed;
    json::Cursor rows(page[kList]);
    const ParseError error = ReadArray(rows, [&]() noexcept {
        Row row;
        const ParseError shape = ReadMembers(rows, kNames, row);
        const bool named = shape == ParseError::kNone && !json::IsAbsent(row[kSymbol]);
        if (named && MarketOf(row) == market) {
            listed.listings.push_back(ListingOf(row, exchange));
        }
        return shape;
    });
    if (error != ParseError::kNone) return Unreadable("instruments", error);
    if (!json::IsAbsent(page[kNextPage])) {
        listed.next.push_back(InstrumentsCall(market, json::Unquoted(page[kNextPage])));
    }
    return listed;
}

}  // namespace mp::collector::bybit
