#include "collector/venues/deribit/levels.hpp"

#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::deribit {
namespace {

ParseError TakeNumber(json::Cursor& cursor, Decimal& out) noexcept {
    std::string_view token;
    if (!cursor.TakeValue(token)) return ParseError::kSyntax;
    return json::ReadAnyDecimal(token, out);
}

// Behind the opening bracket.
ParseError TakeLevel(json::Cursor& cursor, model::Level& level) noexcept {
    std::string_view action;
    if (cursor.Peek() == '"') {
        if (!cursor.TakeValue(action)) return ParseError::kSyntax;
        if (action != "\"new\"" && action != "\"change\"" && action != "\"delete\"") {
            return ParseError::kType;
        }
        if (!cursor.Take(',')) return ParseError::kMissing;
    }
    ParseError error = TakeNumber(cursor, level.price);
    if (error != ParseError::kNone) return error;
    if (cursor.Take(',')) {
        error = TakeNumber(cursor, level.quantity);
        if (error != ParseError::kNone) return error;
    } else if (action != "\"delete\"") {
        return ParseError::kMissing;
    }
    if (action == "\"delete\"") level.quantity = {};
    return cursor.Take(']') ? ParseError::kNone : ParseError::kSyntax;
}

}  // namespace

ParseError TakeLevels(json::Cursor& cursor, std::vector<model::Level>& out) noexcept {
    out.clear();
    return ReadArray(cursor, [&]() noexcept {
        if (!cursor.Take('[')) return ParseError::kType;
        return TakeLevel(cursor, out.emplace_back());
    });
}

}  // namespace mp::collector::deribit
