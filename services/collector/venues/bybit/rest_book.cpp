// Bybit: a book by REST, and how a refusal is worded.
#include <simdjson.h>

#include "collector/venues/bybit/rest.hpp"
#include "collector/venues/bybit/rest_answer.hpp"
#include "collector/venues/json/answer.hpp"
#include "collector/venues/json/levels.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::bybit {
namespace {

constexpr std::string_view kOrderBook = "/v5/market/orderbook";

constexpr json::Names kNames = {"b", "a", "ts", "u", "cts"};
enum : size_t { kBids, kAsks, kSent, kId, kEngine };

}  // namespace

RestCall OrderBookCall(model::Market market, std::string_view venue_symbol) {
    std::string target(kOrderBook);
    target.append("?category=").append(model::ToString(market));
    target.append("&symbol=").append(Escaped(venue_symbol, "-"));
    target.append("&limit=").append(std::to_string(kRestDepth));
    return {std::string(kOrderBook), std::move(target), 1};
}

Result<SnapshotData> ParseOrderBook(std::string_view body) {
    const simdjson::padded_string text(body);
    json::Tokens<kNames.size()> row;
    MP_RETURN_IF_ERROR(ReadAnswer({text.data(), text.size()}, "book", kNames, row));
    SnapshotData data;
    data.depth_limit = kRestDepth;
    Nanos sent = 0;
    std::optional<Nanos> engine;
    json::TokenReader reader;
    reader.Time(row[kSent], sent).Time(row[kEngine], engine);
    reader.Unsigned(row[kId], data.last_update_id);
    reader.Fail(json::ReadLevels(row[kBids], data.bids));
    reader.Fail(json::ReadLevels(row[kAsks], data.asks));
    if (reader.error() != ParseError::kNone) return Unreadable("book", reader.error());
    data.time = engine.value_or(sent);
    return data;
}

std::string ParseRefusal(std::string_view body) {
    return json::TextAt(body, {"retMsg"});
}

bool IsTooMuch(std::string_view body) {
    return json::NumberAt(body, {"retCode"}) == 10006;
}

}  // namespace mp::collector::bybit
