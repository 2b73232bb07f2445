#include "collector/venues/listing_fields.hpp"

#include <chrono>

namespace mp::collector {
namespace {

model::Date DateOf(Nanos time) {
    return std::chrono::floor<std::chrono::days>(
        std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(time))
    );
}

}  // namespace

std::optional<Decimal> SizeOf(std::string_view text) {
    const auto value = Decimal::Parse(text);
    return value && !value->IsZero() ? value : std::nullopt;
}

std::optional<Nanos> TimeOf(std::string_view milliseconds) {
    const auto value = Decimal::Parse(milliseconds);
    const bool fits = value && value->scale == 0 && value->mantissa > 0 &&
                      value->mantissa <= INT64_MAX / kMillisecond;
    return fits ? std::optional(value->mantissa * kMillisecond) : std::nullopt;
}

std::optional<std::string> CanonicalSymbol(const Listing& listing) {
    const std::string& base = listing.base_asset;
    const std::string& quote = listing.quote_asset;
    if (listing.type == model::InstrumentType::kSpot) return model::SpotSymbol(base, quote);
    if (listing.type == model::InstrumentType::kSwap) return model::PerpetualSymbol(base, quote);
    if (!listing.expires_at) return std::nullopt;
    const model::Date expiry = DateOf(*listing.expires_at);
    if (listing.type == model::InstrumentType::kFutures) {
        return model::DatedSymbol(base, quote, expiry);
    }
    const bool call = listing.option_type == "C";
    if (!listing.strike || (!call && listing.option_type != "P")) return std::nullopt;
    const auto type = call ? model::OptionType::kCall : model::OptionType::kPut;
    return model::OptionSymbol(base, quote, expiry, *listing.strike, type);
}

}  // namespace mp::collector
