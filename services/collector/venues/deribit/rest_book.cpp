// Deribit: a book by REST, and how a refusal is worded.
#include <simdjson.h>

#include "collector/venues/deribit/levels.hpp"
#include "collector/venues/deribit/rest.hpp"
#include "collector/venues/json/answer.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::deribit {
namespace {

constexpr std::string_view kOrderBook = "/api/v2/public/get_order_book";
constexpr uint32_t kDepth = 10'000;  // the most that the venue gives

constexpr json::Names kAnswer = {"result"};
constexpr json::Names kBook = {"timestamp", "change_id", "bids", "asks"};

Status Unreadable(ParseError error) {
    return absl::InvalidArgumentError("book is unreadable: " + std::string(ToString(error)));
}

ParseError ReadSide(std::string_view token, std::vector<model::Level>& out) {
    if (token.empty()) return ParseError::kMissing;
    json::Cursor cursor(token);
    return TakeLevels(cursor, out);
}

ParseError ReadBook(std::string_view result, SnapshotData& data) {
    json::Cursor cursor(result);
    json::Tokens<kBook.size()> row;
    const ParseError shape = ReadMembers(cursor, kBook, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    json::TokenReader reader;
    reader.Time(row[0], time).Unsigned(row[1], data.last_update_id);
    reader.Fail(ReadSide(row[2], data.bids)).Fail(ReadSide(row[3], data.asks));
    data.time = time;
    return reader.error();
}

}  // namespace

RestCall OrderBookCall(std::string_view venue_symbol) {
    std::string target(kOrderBook);
    target.append("?instrument_name=").append(venue_symbol);
    target.append("&depth=").append(std::to_string(kDepth));
    return {std::string(kOrderBook), std::move(target), 1};
}

Result<SnapshotData> ParseOrderBook(std::string_view body) {
    const simdjson::padded_string text(body);
    json::Cursor cursor({text.data(), text.size()});
    json::Tokens<1> answer;
    ParseError error = ReadMembers(cursor, kAnswer, answer);
    if (error != ParseError::kNone) return Unreadable(error);
    if (answer[0].empty()) return absl::UnavailableError("no book: " + ParseRefusal(body));
    SnapshotData data;
    data.depth_limit = kDepth;
    error = ReadBook(answer[0], data);
    if (error != ParseError::kNone) return Unreadable(error);
    return data;
}

std::string ParseRefusal(std::string_view body) {
    return json::TextAt(body, {"error", "message"});
}

bool IsTooMuch(std::string_view body) {
    return json::NumberAt(body, {"error", "code"}) == 10028;
}

}  // namespace mp::collector::deribit
