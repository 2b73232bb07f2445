// Deribit: what is listed.
#include <simdjson.h>

#include "collector/venues/deribit/rest.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/listing_fields.hpp"

namespace mp::collector::deribit {
namespace {

constexpr std::string_view kInstruments = "/api/v2/public/get_instruments";
// One request a second is allowed, of twenty for everything.
constexpr int64_t kInstrumentsWeight = 20;

constexpr json::Names kNames = {
    "tick_size",
    "strike",
    "state",
    "settlement_period",
    "settlement_currency",
    "quote_currency",
    "option_type",
    "min_trade_amount",
    "kind",
    "is_active",
    "instrument_type",
    "instrument_name",
    "expiration_timestamp",
    "creation_timestamp",
    "counter_currency",
    "contract_size",
    "base_currency"};
enum : size_t {
    kTickSize,
    kStrike,
    kState,
    kSettlementPeriod,
    kSettlementCurrency,
    kQuoteCurrency,
    kOptionType,
    kMinTradeAmount,
    kKind,
    kIsActive,
    kInstrumentType,
    kInstrumentName,
    kExpiration,
    kCreation,
    kCounterCurrency,
    kContractSize,
    kBaseCurrency
};
using Row = json::Tokens<kNames.size()>;

std::string Text(std::string_view token) {
    return json::IsAbsent(token) ? std::string() : std::string(json::Unquoted(token));
}

// Before there was a word for it, every future was one on US dollars.
bool IsInverse(const Row& row) {
    const std::string type = Text(row[kInstrumentType]);
    return type.empty() ? Text(row[kQuoteCurrency]) == "USD" : type == "reversed";
}

// Several instruments traded as one, at a difference of prices.
bool IsCombo(const Row& row) {
    return Text(row[kKind]).ends_with("_combo");
}

bool IsPerpetual(const Row& row) {
    return Text(row[kSettlementPeriod]) == "perpetual" && !IsCombo(row);
}

model::Market MarketOf(const Row& row) {
    const std::string kind = Text(row[kKind]);
    if (kind == "option" || kind == "option_combo") return model::Market::kOption;
    if (kind != "future" && kind != "future_combo") return model::Market::kUnspecified;
    return IsInverse(row) ? model::Market::kInverse : model::Market::kLinear;
}

model::InstrumentStatus StatusOf(std::string_view state) {
    if (state == "open" || state == "active") return model::InstrumentStatus::kTrading;
    if (state == "delivered" || state == "archivized") return model::InstrumentStatus::kDelisted;
    for (const std::string_view halted : {"settlement", "inactive", "locked", "halted"}) {
        if (state == halted) return model::InstrumentStatus::kHalted;
    }
    return model::InstrumentStatus::kUnspecified;
}

// Options are quoted in their base asset; what their strike is in is the counter currency.
void TakeAssets(const Row& row, Listing& listing) {
    listing.base_asset = Text(row[kBaseCurrency]);
    listing.quote_asset = Text(row[kCounterCurrency]);
    if (listing.quote_asset.empty()) listing.quote_asset = Text(row[kQuoteCurrency]);
    listing.settle_asset = Text(row[kSettlementCurrency]);
}

void TakeSizes(const Row& row, Listing& listing) {
    const bool inverse = listing.instrument.market == model::Market::kInverse;
    listing.tick_size = SizeOf(json::Unquoted(row[kTickSize]));
    listing.lot_size = SizeOf(json::Unquoted(row[kMinTradeAmount]));
    listing.min_quantity = listing.lot_size;
    listing.contract_size = SizeOf(json::Unquoted(row[kContractSize]));
    listing.contract_size_asset = inverse ? listing.quote_asset : listing.base_asset;
    // Amounts count the asset, not contracts.
    listing.quantity_unit = inverse ? model::QuantityUnit::kQuote : model::QuantityUnit::kBase;
}

void TakeTerms(const Row& row, Listing& listing) {
    const bool option = listing.instrument.market == model::Market::kOption;
    listing.type = option             ? model::InstrumentType::kOption
                   : IsPerpetual(row) ? model::InstrumentType::kSwap
                                      : model::InstrumentType::kFutures;
    listing.listed_at = TimeOf(json::Unquoted(row[kCreation]));
    if (!IsPerpetual(row)) listing.expires_at = TimeOf(json::Unquoted(row[kExpiration]));
    if (!option) return;
    listing.strike = SizeOf(json::Unquoted(row[kStrike]));
    const std::string type = Text(row[kOptionType]);
    listing.option_type = type == "call" ? "C" : type == "put" ? "P" : "";
}

Listing ListingOf(const Row& row, std::string_view exchange) {
    Listing listing;
    listing.instrument.exchange = exchange;
    listing.instrument.market = MarketOf(row);
    listing.instrument.venue_symbol = Text(row[kInstrumentName]);
    listing.venue_status = Text(row[kState]);
    if (listing.venue_status.empty()) {
        listing.venue_status = row[kIsActive] == "true" ? "active" : "inactive";
    }
    listing.status = StatusOf(listing.venue_status);
    TakeAssets(row, listing);
    TakeSizes(row, listing);
    TakeTerms(row, listing);
    listing.instrument.symbol = listing.instrument.venue_symbol;
    if (!IsCombo(row)) {
        listing.instrument.symbol = CanonicalSymbol(listing).value_or(listing.instrument.symbol);
    }
    return listing;
}

Status Unreadable(ParseError error) {
    return absl::InvalidArgumentError(
        "instruments are unreadable: " + std::string(ToString(error))
    );
}

}  // namespace

std::vector<RestCall> ListingCallsFor(model::Market market) {
    const auto call = [](std::string_view kind) {
        std::string target(kInstruments);
        target.append("?currency=any&expired=false&kind=").append(kind);
        return RestCall{std::string(kInstruments), std::move(target), kInstrumentsWeight};
    };
    if (market == model::Market::kOption) return {call("option"), call("option_combo")};
    return {call("future"), call("future_combo")};
}

Result<ListingPage> ParseInstruments(
    std::string_view body, std::string_view exchange, model::Market market
) {
    static constexpr json::Names kAnswer = {"result"};
    const simdjson::padded_string text(body);
    json::Cursor cursor({text.data(), text.size()});
    json::Tokens<1> answer;
    ParseError error = ReadMembers(cursor, kAnswer, answer);
    if (error != ParseError::kNone) return Unreadable(error);
    if (answer[0].empty()) return absl::UnavailableError("no instruments: " + ParseRefusal(body));
    json::Cursor rows(answer[0]);
    ListingPage page;
    error = ReadArray(rows, [&]() noexcept {
        Row row;
        const ParseError shape = ReadMembers(rows, kNames, row);
        const bool named = shape == ParseError::kNone && !json::IsAbsent(row[kInstrumentName]);
        if (named && MarketOf(row) == market) page.listings.push_back(ListingOf(row, exchange));
        return shape;
    });
    if (error != ParseError::kNone) return Unreadable(error);
    return page;
}

}  // namespace mp::collector::deribit
