#include "mpctl/client/gateway.hpp"

#include <utility>

#include "mpctl/client/failure.hpp"
#include "net/url.hpp"

namespace mp::mpctl {
namespace {

GatewayOptions WithoutTrailingSlash(GatewayOptions options) {
    while (!options.url.empty() && options.url.back() == '/') options.url.pop_back();
    return options;
}

StatusCode CodeOf(int http_status) {
    switch (http_status) {
        case 400:
        case 413:
            return StatusCode::kInvalidArgument;
        case 401:
            return StatusCode::kUnauthenticated;
        case 403:
            return StatusCode::kPermissionDenied;
        case 404:
        case 405:
            return StatusCode::kNotFound;
        case 409:
            return StatusCode::kFailedPrecondition;
        case 429:
            return StatusCode::kResourceExhausted;
        case 503:
            return StatusCode::kUnavailable;
        case 504:
            return StatusCode::kDeadlineExceeded;
        default:
            return StatusCode::kInternal;
    }
}

}  // namespace

Gateway::Gateway(Executor executor, GatewayOptions options)
    : options_(WithoutTrailingSlash(std::move(options))),
      http_(std::move(executor), {.user_agent = "mpctl/" MP_VERSION, .tls = options_.tls}) {}

Task<Result<Answer>> Gateway::Get(std::string path, Query query) {
    char separator = '?';
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        path += separator + net::PercentEncode(name) + "=" + net::PercentEncode(value);
        separator = '&';
    }
    net::HttpClientRequest request;
    request.url = options_.url + path;
    return Send(std::move(request));
}

Task<Result<Answer>> Gateway::Post(std::string path, Json body) {
    net::HttpClientRequest request;
    request.method = net::HttpMethod::kPost;
    request.url = options_.url + path;
    request.headers.Add("Content-Type", "application/json");
    request.body = body.dump();
    return Send(std::move(request));
}

Task<Result<Answer>> Gateway::Send(net::HttpClientRequest request) {
    if (!options_.key.empty()) request.headers.Add("X-API-Key", options_.key);
    const Deadline deadline = Deadline::After(options_.timeout);
    Result<net::HttpClientResponse> response = co_await http_.Send(std::move(request), deadline);
    if (!response.ok()) {
        if (response.status().code() == StatusCode::kInvalidArgument) co_return response.status();
        co_return Unreachable(options_.url, response.status());
    }
    Answer answer{response->status, std::move(response->headers), std::move(response->body), {}};
    answer.json = Json::parse(answer.body, nullptr, false);
    if (answer.json.is_discarded()) answer.json = nullptr;
    if (answer.status / 100 != 2) co_return ErrorOf(answer);
    co_return answer;
}

Task<Result<Answer>> Gateway::Fetch(std::string url, Deadline deadline) {
    net::HttpClientRequest request;
    request.url = std::move(url);
    Result<net::HttpClientResponse> response = co_await http_.Send(std::move(request), deadline);
    if (!response.ok()) co_return response.status();
    co_return Answer{response->status, std::move(response->headers), std::move(response->body), {}};
}

bool Gateway::secure() const {
    return options_.url.substr(0, 8) == "https://";
}

std::string Gateway::WebSocketUrl() const {
    const size_t host = options_.url.find("://");
    const std::string rest =
        host == std::string::npos ? options_.url : options_.url.substr(host + 3);
    return (secure() ? "wss://" : "ws://") + rest;
}

net::HttpHeaders Gateway::KeyHeaders() const {
    net::HttpHeaders headers;
    if (!options_.key.empty()) headers.Add("X-API-Key", options_.key);
    return headers;
}

Status ErrorOf(const Answer& answer) {
    std::string message = "the gateway answered " + std::to_string(answer.status) + " " +
                          std::string(net::ReasonPhrase(answer.status));
    if (answer.json.is_object() && answer.json.contains("error")) {
        const Json& error = answer.json["error"];
        const std::string words = error.is_object() ? StringOf(error, "message") : "";
        if (!words.empty()) message = words + " (" + std::to_string(answer.status) + ")";
    }
    return Status(CodeOf(answer.status), message);
}

}  // namespace mp::mpctl
