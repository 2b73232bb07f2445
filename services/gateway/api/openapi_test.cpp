#include "gateway/api/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "gateway/api/columns.hpp"
#include "gateway/api/route.hpp"
#include "rows/event_json.hpp"
#include "testing/arbitrary_event.hpp"

namespace mp::gateway {
namespace {

using rows::JsonWriter;
using rows::WriteEvent;

nlohmann::json Document() {
    return nlohmann::json::parse(OpenApiDocument());
}

std::string Lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return out;
}

TEST(OpenApi, NamesEveryRouteWithItsParameters) {
    const nlohmann::json paths = Document()["paths"];
    for (const Route& route : Routes()) {
        const std::string path(route.path);
        ASSERT_TRUE(paths.contains(path)) << path;
        const std::string method = Lower(net::ToString(route.method));
        ASSERT_TRUE(paths[path].contains(method)) << method << " " << path;
        std::set<std::string> named;
        for (const auto& parameter : paths[path][method]["parameters"]) {
            named.insert(parameter["name"].get<std::string>());
        }
        for (const Parameter& parameter : route.parameters) {
            EXPECT_TRUE(named.count(std::string(parameter.name))) << path << " " << parameter.name;
        }
    }
}

TEST(OpenApi, NamesNothingOfTheApiThatIsNotServed) {
    std::set<std::string> served{"/api/v1/stream"};
    for (const Route& route : Routes()) served.insert(std::string(route.path));
    const nlohmann::json document = Document();
    for (const auto& [path, operations] : document["paths"].items()) {
        if (!path.starts_with("/api/")) continue;
        EXPECT_TRUE(served.count(path)) << path;
    }
}

TEST(OpenApi, SaysWhereAKeyIsNeeded) {
    const nlohmann::json document = Document();
    ASSERT_FALSE(document["security"].empty());
    for (const auto& either : document["security"]) {
        for (const auto& [scheme, scopes] : either.items()) {
            EXPECT_TRUE(document["components"]["securitySchemes"].contains(scheme)) << scheme;
        }
    }
    const nlohmann::json& paths = document["paths"];
    EXPECT_EQ(paths["/health"]["get"]["security"], nlohmann::json::array());
    EXPECT_EQ(paths["/metrics"]["get"]["security"], nlohmann::json::array());
    EXPECT_FALSE(paths["/api/v1/trades"]["get"].contains("security")) << "the document's counts";
}

TEST(OpenApi, SaysWhichFormatsARouteHas) {
    const nlohmann::json document = Document();
    for (const Route& route : Routes()) {
        const auto format = std::find_if(
            route.parameters.begin(),
            route.parameters.end(),
            [](const Parameter& parameter) { return parameter.name == "format"; }
        );
        if (route.method != net::HttpMethod::kGet) continue;
        ASSERT_NE(format, route.parameters.end()) << route.path;
        const auto operation = document["paths"][std::string(route.path)]["get"];
        const bool csv = operation["responses"]["200"]["content"].contains("text/csv");
        EXPECT_EQ(csv, format->kind == ParameterKind::kFormat) << route.path;
        if (!csv) continue;
        EXPECT_FALSE(ColumnsOf(route.operation, model::DataType::kTrade).empty()) << route.path;
    }
}

// The type of a member's schema, its reference resolved.
std::string TypeIn(const nlohmann::json& document, const nlohmann::json& schema) {
    if (!schema.contains("$ref")) return schema["type"];
    const std::string reference = schema["$ref"];
    return document["components"]["schemas"][reference.substr(reference.rfind('/') + 1)]["type"];
}

std::string TypeOfValue(const nlohmann::json& value) {
    if (value.is_number_unsigned()) return "integer";
    return value.type_name();
}

TEST(OpenApi, SaysThatHealthMayBeMissing) {
    const nlohmann::json paths = Document()["paths"];
    for (const char* path : {"/health", "/health/ready"}) {
        EXPECT_TRUE(paths[path]["get"]["responses"].contains("503")) << path;
    }
    EXPECT_FALSE(paths["/health/live"]["get"]["responses"].contains("503"));
}

RC_GTEST_PROP(OpenApi, TellsEveryMemberOfARowWithItsType, ()) {
    static const nlohmann::json document = Document();
    testing::ArbitraryEvents arbitrary;
    const model::Event event = arbitrary.Any();
    std::string text;
    JsonWriter writer(text);
    WriteEvent({"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"}, event, writer);
    const nlohmann::json row = nlohmann::json::parse(text);
    for (const Route& route : Routes()) {
        if (TypeOf(route.operation) != TypeOf(event)) continue;
        const nlohmann::json& answer =
            document["paths"][std::string(route.path)]["get"]["responses"]["200"]["content"]
                    ["application/json"]["schema"];
        if (!answer.contains("properties")) continue;
        const nlohmann::json& told = answer["properties"]["data"]["items"]["properties"];
        for (const auto& [name, value] : row.items()) {
            RC_LOG() << route.path << " " << name << std::endl;
            RC_ASSERT(told.contains(name));
            RC_ASSERT(TypeIn(document, told[name]) == TypeOfValue(value));
        }
    }
}

}  // namespace
}  // namespace mp::gateway
