// OKX: a book by REST, and how a refusal is worded.
#include <simdjson.h>

#include "collector/venues/json/answer.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/levels.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/okx/rest.hpp"

namespace mp::collector::okx {
namespace {

constexpr std::string_view kBooks = "/api/v5/market/books";

constexpr json::Names kAnswer = {"code", "msg", "data"};
constexpr json::Names kBook = {"asks", "bids", "ts", "seqId"};

Status Unreadable(ParseError error) {
    return absl::InvalidArgumentError("book is unreadable: " + std::string(ToString(error)));
}

ParseError ReadBook(json::Cursor& cursor, SnapshotData& data) {
    json::Tokens<kBook.size()> row;
    if (!cursor.Take('[')) return ParseError::kType;
    const ParseError shape = ReadMembers(cursor, kBook, row);
    if (shape != ParseError::kNone) return shape;
    Nanos time = 0;
    std::optional<uint64_t> id;
    json::TokenReader reader;
    reader.Time(row[2], time).Unsigned(row[3], id);
    reader.Fail(json::ReadLevels(row[0], data.asks)).Fail(json::ReadLevels(row[1], data.bids));
    data.time = time;
    data.last_update_id = id.value_or(0);
    return reader.error();
}

}  // namespace

RestCall BooksCall(std::string_view venue_symbol, uint32_t depth) {
    std::string target(kBooks);
    target.append("?instId=").append(venue_symbol).append("&sz=").append(std::to_string(depth));
    return {std::string(kBooks), std::move(target), 1};
}

Result<SnapshotData> ParseBooks(std::string_view body, uint32_t depth) {
    const simdjson::padded_string text(body);
    json::Cursor cursor({text.data(), text.size()});
    json::Tokens<kAnswer.size()> answer;
    ParseError error = ReadMembers(cursor, kAnswer, answer);
    if (error != ParseError::kNone) return Unreadable(error);
    if (json::Unquoted(answer[0]) != "0") {
        return absl::UnavailableError("no book: " + std::string(json::Unquoted(answer[1])));
    }
    SnapshotData data;
    data.depth_limit = depth;
    json::Cursor rows(answer[2]);
    error = ReadBook(rows, data);
    if (error != ParseError::kNone) return Unreadable(error);
    return data;
}

std::string ParseRefusal(std::string_view body) {
    return json::TextAt(body, {"msg"});
}

bool IsTooMuch(std::string_view body) {
    return json::TextAt(body, {"code"}) == "50011";
}

}  // namespace mp::collector::okx
