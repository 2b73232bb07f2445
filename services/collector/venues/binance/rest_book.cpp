#include "collector/venues/binance/rest_book.hpp"

#include <simdjson.h>

#include "collector/venues/json/answer.hpp"
#include "collector/venues/json/levels.hpp"
#include "collector/venues/query.hpp"

namespace mp::collector::binance {
namespace {

int64_t SpotWeight(uint32_t depth) {
    if (depth <= 100) return 5;
    if (depth <= 500) return 25;
    return depth <= 1000 ? 50 : 250;
}

int64_t ContractWeight(uint32_t depth) {
    if (depth <= 50) return 2;
    if (depth <= 100) return 5;
    return depth <= 500 ? 10 : 20;
}

RestCall DepthCall(
    std::string_view api, std::string_view venue_symbol, uint32_t depth, int64_t weight
) {
    const std::string path = std::string(api) + "/depth";
    const std::string query =
        "?symbol=" + Escaped(venue_symbol) + "&limit=" + std::to_string(depth);
    return {path, path + query, weight};
}

Status Unreadable(std::string_view what) {
    return absl::InvalidArgumentError("depth is unreadable: " + std::string(what));
}

Status ReadSide(
    simdjson::simdjson_result<simdjson::ondemand::value> value, std::vector<model::Level>& out
) {
    simdjson::ondemand::array array;
    std::string_view text;
    if (value.get_array().get(array) || array.raw_json().get(text)) {
        return Unreadable("a side is no array");
    }
    const ParseError error = json::ReadLevels(text, out);
    return error == ParseError::kNone ? OkStatus() : Unreadable(ToString(error));
}

}  // namespace

RestCall SpotDepthCall(std::string_view venue_symbol, uint32_t depth) {
    return DepthCall("/api/v3", venue_symbol, depth, SpotWeight(depth));
}

RestCall ContractDepthCall(std::string_view api, std::string_view venue_symbol, uint32_t depth) {
    const uint32_t given = ContractDepth(depth);
    return DepthCall(api, venue_symbol, given, ContractWeight(given));
}

uint32_t ContractDepth(uint32_t depth) {
    for (const uint32_t given : {5u, 10u, 20u, 50u, 100u, 500u}) {
        if (depth <= given) return given;
    }
    return 1000;
}

Result<SnapshotData> ParseDepth(std::string_view body, uint32_t depth) {
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    if (const auto error = parser.iterate(text).get(document)) {
        return Unreadable(simdjson::error_message(error));
    }
    SnapshotData data;
    data.depth_limit = depth;
    if (document["lastUpdateId"].get_uint64().get(data.last_update_id)) {
        return Unreadable("no lastUpdateId");
    }
    uint64_t milliseconds = 0;
    const simdjson::error_code error = document["T"].get_uint64().get(milliseconds);
    // Behind a text that turned out to be no JSON simdjson must not be asked any more.
    if (error != simdjson::SUCCESS && error != simdjson::NO_SUCH_FIELD) {
        return Unreadable(simdjson::error_message(error));
    }
    if (error == simdjson::SUCCESS) {
        if (milliseconds > INT64_MAX / kMillisecond) return Unreadable("T is beyond all times");
        data.time = static_cast<Nanos>(milliseconds) * kMillisecond;
    }
    MP_RETURN_IF_ERROR(ReadSide(document["bids"], data.bids));
    MP_RETURN_IF_ERROR(ReadSide(document["asks"], data.asks));
    return data;
}

std::string ParseRefusal(std::string_view body) {
    return json::TextAt(body, {"msg"});
}

}  // namespace mp::collector::binance
