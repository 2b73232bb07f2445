#include "gateway/api/openapi.hpp"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

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

Json ResponsesOf() {
    const Json error = {{"$ref", "#/components/schemas/Error"}};
    const auto answer = [](const char* text, const Json& schema) {
        return Json{
            {"description", text}, {"content", {{"application/json", {{"schema", schema}}}}}};
    };
    return {
        {"200", answer("the answer", {{"type", "object"}})},
        {"400", answer("a parameter is wrong; details.parameter names it", error)},
        {"404", answer("unknown instrument, task or job", error)},
        {"429", answer("too many requests; see Retry-After", error)},
        {"503", answer("an upstream is away; see Retry-After", error)},
    };
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
        {"responses", ResponsesOf()}};
    if (!route.body.empty()) {
        out["requestBody"] = {
            {"required", true},
            {"description", route.body},
            {"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
    }
    return out;
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
    document["components"]["schemas"]["Error"] = {
        {"type", "object"},
        {"properties",
         {{"error",
           {{"type", "object"},
            {"properties",
             {{"code", {{"type", "string"}}},
              {"message", {{"type", "string"}}},
              {"details", {{"type", "object"}}}}}}}}}};
    document["components"]["securitySchemes"] = {
        {"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
        {"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}}};
    return document.dump(2);
}

}  // namespace mp::gateway
