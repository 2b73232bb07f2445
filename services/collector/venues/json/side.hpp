#pragma once
// How venues write which side it was.

#include <string_view>

#include "collector/venues/frame_parser.hpp"
#include "model/event.hpp"

namespace mp::collector::json {

// With their quotes.
struct SideWords {
    std::string_view buy, sell;
};
inline constexpr SideWords kLowerCaseSides{R"("buy")", R"("sell")"};
inline constexpr SideWords kUpperCaseSides{R"("BUY")", R"("SELL")"};
inline constexpr SideWords kTitleCaseSides{R"("Buy")", R"("Sell")"};

inline ParseError ReadSide(
    std::string_view token, const SideWords& words, model::Side& side
) noexcept {
    side = token == words.buy    ? model::Side::kBuy
           : token == words.sell ? model::Side::kSell
                                 : model::Side::kUnspecified;
    if (side != model::Side::kUnspecified) return ParseError::kNone;
    return token.empty() ? ParseError::kMissing : ParseError::kType;
}

inline model::Side Opposite(model::Side side) noexcept {
    return side == model::Side::kBuy ? model::Side::kSell : model::Side::kBuy;
}

}  // namespace mp::collector::json
