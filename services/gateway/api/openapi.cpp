#include "gateway/api/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "gateway/api/columns.hpp"
#include "gateway/api/route.hpp"

namespace mp::gateway {
namespace {

using Json = nlohmann::ordered_json;

Json SchemaOf(ParameterKind kind) {
    switch (kind) {
        case ParameterKind::kMarket:
            return {{"type", "string"}, {"enum", {"spot", "linear", "inverse", "option"}}};
        case ParameterKind::kFormat:
            return {{"type", "string"}, {"enum", {"json", "ndjson", "csv"}}};
        case ParameterKind::kJsonOnly:
            return {{"type", "string"}, {"enum", Json::array({"json"})}};
        case ParameterKind::kLimit:
            return {
                {"type", "integer"},
                {"minimum", 1},
                {"maximum", kMaxLimit},
                {"default", kDefaultLimit}};
        case ParameterKind::kDepth:
            return {
                {"type", "integer"},
                {"minimum", 0},
                {"maximum", kMaxDepth},
                {"default", kDefaultDepth}};
        default:
            return {{"type", "string"}};
    }
}

Json ParametersOf(const Route& route) {
    Json out = Json::array();
    for (size_t open = route.path.find('{'); open != std::string_view::npos;
         open = route.path.find('{', open + 1)) {
        const size_t close = route.path.find('}', open);
        out.push_back(
            {{"name", route.path.substr(open + 1, close - open - 1)},
             {"in", "path"},
             {"required", true},
             {"schema", {{"type", "string"}}}}
        );
    }
    for (const Parameter& parameter : route.parameters) {
        out.push_back(
            {{"name", parameter.name},
             {"in", "query"},
             {"required", parameter.required},
             {"description", parameter.description},
             {"schema", SchemaOf(parameter.kind)}}
        );
    }
    if (route.method == net::HttpMethod::kPost) {
        out.push_back(
            {{"name", "Idempotency-Key"},
             {"in", "header"},
             {"required", false},
             {"description", "a repeat within 24 h gets the first answer"},
             {"schema", {{"type", "string"}}}}
        );
    }
    return out;
}

bool HasFormats(const Route& route) {
    return std::any_of(
        route.parameters.begin(),
        route.parameters.end(),
        [](const Parameter& parameter) { return parameter.kind == ParameterKind::kFormat; }
    );
}

Json HeaderOf(const char* type, const char* description) {
    return {{"description", description}, {"schema", {{"type", type}}}};
}

// What every answer carries, and what the formats without room for it carry beside the rows.
Json HeadersOf(const Route& route) {
    Json headers = {
        {"X-Request-Id", HeaderOf("string", "the request's own where it sent one")},
        {"X-Process-Time", HeaderOf("number", "seconds")},
        {"X-RateLimit-Limit", HeaderOf("integer", "requests a window")},
        {"X-RateLimit-Remaining", HeaderOf("integer", "requests left now")},
        {"X-RateLimit-Reset", HeaderOf("integer", "Unix seconds when all are there again")}};
    if (!HasFormats(route)) return headers;
    headers["X-Next-Cursor"] =
        HeaderOf("string", "ndjson and csv: next_cursor, where there is one");
    headers["X-Coverage-Complete"] =
        HeaderOf("boolean", "ndjson and csv: coverage.complete of the interval");
    headers["X-Degraded"] = HeaderOf("boolean", "ndjson and csv: an upstream was away");
    return headers;
}

// A member of a row. What is not named here is a text: also numbers, whose digits all count, and
// ids, which exceed what a JSON number holds everywhere.
Json MemberOf(std::string_view name) {
    static const std::map<std::string_view, Json> kOthers = {
        {"closed", {{"type", "boolean"}}},
        {"complete", {{"type", "boolean"}}},
        {"trade_count", {{"type", "integer"}}},
        {"number", {{"type", "integer"}}},
        {"part", {{"type", "integer"}}},
        {"parts", {{"type", "integer"}}},
        {"missing", {{"type", "integer"}}},
        {"bids", {{"$ref", "#/components/schemas/Levels"}}},
        {"asks", {{"$ref", "#/components/schemas/Levels"}}},
        {"gaps", {{"$ref", "#/components/schemas/Gaps"}}},
        {"intervals", {{"type", "array"}, {"items", {{"type", "object"}}}}},
        {"data_types", {{"type", "array"}, {"items", {{"type", "string"}}}}},
    };
    const auto other = kOthers.find(name);
    return other == kOthers.end() ? Json{{"type", "string"}} : other->second;
}

Json AnswerOf(const Route& route) {
    if (!HasFormats(route)) return {{"type", "object"}};
    Json members = Json::object();
    for (const std::string_view name : ColumnsOf(route.operation, TypeOf(route.operation))) {
        members[std::string(name)] = MemberOf(name);
    }
    Json row = {{"type", "object"}, {"properties", std::move(members)}};
    return {
        {"type", "object"},
        {"properties",
         {{"data", {{"type", "array"}, {"items", std::move(row)}}},
          {"next_cursor", {{"type", "string"}}},
          {"coverage", {{"$ref", "#/components/schemas/Coverage"}}},
          {"degraded", {{"type", "boolean"}}}}}};
}

Json ContentOf(const Route& route) {
    Json content = {{"application/json", {{"schema", AnswerOf(route)}}}};
    if (!HasFormats(route)) return content;
    for (const char* type : {"application/x-ndjson", "text/csv"}) {
        content[type] = {{"schema", {{"type", "string"}}}};
    }
    return content;
}

Json ResponsesOf(const Route& route) {
    const auto error = [](const char* text) {
        return Json{
            {"description", text},
            {"content",
             {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
    };
    Json responses = {
        {"200",
         {{"description", "the answer"},
          {"headers", HeadersOf(route)},
          {"content", ContentOf(route)}}},
        {"400", error("a parameter is wrong; details.parameter names it")},
        {"401", error("a key is needed, or the one given is not valid")},
        {"403",
         error("the key's role does not suffice; without a key: a web page of another host")},
        {"404", error("unknown instrument, task or job")},
        {"429", error("too many requests; see Retry-After")},
        {"503", error("an upstream is away; see Retry-After")},
        {"504", error("an upstream did not answer in time")}};
    if (route.method == net::HttpMethod::kPost) {
        responses["409"] = error("the Idempotency-Key is in use, or was used for something else");
        responses["413"] = error("the body is larger than 1 MB");
        responses["415"] = error("the body is not said to be application/json");
    }
    return responses;
}

// A path outside of the table.
Json PlainOperation(const char* summary, const char* type) {
    return {
        {"get",
         {{"summary", summary},
          {"responses",
           {{"200",
             {{"description", "the answer"},
              {"content", {{type, {{"schema", {{"type", "string"}}}}}}}}}}}}}};
}

void AddPlainPaths(Json& paths) {
    // No key is asked for these.
    const Json nothing = Json::array();
    paths["/health"] = PlainOperation("Whether the gateway is well", "application/json");
    paths["/health/live"] = PlainOperation("Whether the process lives", "application/json");
    paths["/health/ready"] = PlainOperation("Whether it takes requests", "application/json");
    paths["/metrics"] = PlainOperation("Prometheus metrics", "text/plain");
    const Json unwell = {
        {"description", "it is not; the body says why"},
        {"content", {{"application/json", {{"schema", {{"type", "string"}}}}}}}};
    for (const char* path : {"/health", "/health/ready"}) {
        paths[path]["get"]["responses"]["503"] = unwell;
    }
    for (const char* path : {"/health", "/health/live", "/health/ready", "/metrics"}) {
        paths[path]["get"]["security"] = nothing;
    }
    paths["/openapi.json"] = PlainOperation("This document", "application/json");
    paths["/api/v1/stream"]["get"] = {
        {"summary", "WebSocket: live streams (docs/api.md)"},
        {"responses",
         {{"101", {{"description", "switching to WebSocket"}}},
          {"401", {{"description", "a key is needed, or the one given is not valid"}}},
          {"426", {{"description", "the request is no upgrade"}}}}}};
}

std::string MethodName(net::HttpMethod method) {
    std::string name(net::ToString(method));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return name;
}

Json OperationOf(const Route& route) {
    Json out = {
        {"summary", route.summary},
        {"parameters", ParametersOf(route)},
        {"responses", ResponsesOf(route)}};
    if (!route.body.empty()) {
        out["requestBody"] = {
            {"required", true},
            {"description", route.body},
            {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
    }
    return out;
}

Json SharedSchemas() {
    const Json text = {{"type", "string"}};
    const Json pair = {{"type", "array"}, {"items", text}, {"minItems", 2}, {"maxItems", 2}};
    Json gap = {{"type", "object"}, {"properties", Json::object()}};
    for (const char* name : {"from", "to", "state", "reason"}) gap["properties"][name] = text;
    gap["properties"]["missing"] = {{"type", "integer"}};
    const Json error = {
        {"type", "object"},
        {"properties", {{"code", text}, {"message", text}, {"details", {{"type", "object"}}}}}};
    return {
        {"Error", {{"type", "object"}, {"properties", {{"error", error}}}}},
        {"Levels", {{"type", "array"}, {"items", pair}, {"description", "[price, quantity]"}}},
        {"Gaps", {{"type", "array"}, {"items", gap}}},
        {"Coverage",
         {{"type", "object"},
          {"properties",
           {{"complete", {{"type", "boolean"}}},
            {"gaps", {{"$ref", "#/components/schemas/Gaps"}}},
            {"series",
             {{"type", "array"},
              {"items", {{"type", "object"}}},
              {"description", "where several symbols were asked for: of each its own"}}}}}}}};
}

}  // namespace

std::string OpenApiDocument() {
    Json document = {
        {"openapi", "3.0.3"},
        {"info",
         {{"title", "MarketPrism"},
          {"version", MP_VERSION},
          {"description", "Crypto market data, live and from history."}}},
        {"paths", Json::object()},
    };
    for (const Route& route : Routes()) {
        document["paths"][std::string(route.path)][MethodName(route.method)] = OperationOf(route);
    }
    AddPlainPaths(document["paths"]);
    document["components"]["schemas"] = SharedSchemas();
    document["components"]["securitySchemes"] = {
        {"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
        {"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}};
    // Either; the last: none, which suffices on loopback while no key exists.
    Json& security = document["security"];
    for (const char* scheme : {"bearer", "key"})
        security.push_back(Json::object({{scheme, Json::array()}}));
    security.push_back(Json::object());
    return document.dump(2);
}

}  // namespace mp::gateway
