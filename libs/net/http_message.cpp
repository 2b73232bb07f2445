#include "net/http_message.hpp"

#include <absl/strings/str_format.h>
#include <array>

namespace mp::net {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

void AppendJsonString(std::string_view text, std::string& out) {
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            out += "\\u00";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

std::string_view ToString(HttpMethod method) {
    const auto index = static_cast<size_t>(method);
    return index < kMethods.size() ? kMethods[index] : "OTHER";
}

HttpMethod ParseHttpMethod(std::string_view name) {
    for (size_t i = 0; i < kMethods.size(); ++i) {
        if (kMethods[i] == name) return static_cast<HttpMethod>(i);
    }
    return HttpMethod::kOther;
}

std::string_view HttpRequest::query() const {
    const size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target).substr(mark + 1);
}

std::string_view HttpRequest::Param(std::string_view name) const {
    for (const auto& [key, value] : params) {
        if (key == name) return value;
    }
    return {};
}

HttpResponse MakeResponse(int status, std::string_view content_type, std::string body) {
    HttpResponse response;
    response.status = status;
    response.headers.Add("Content-Type", content_type);
    response.body = std::move(body);
    return response;
}

HttpResponse JsonResponse(int status, std::string json) {
    return MakeResponse(status, "application/json", std::move(json));
}

HttpResponse ErrorResponse(int status, std::string_view code, std::string_view message) {
    std::string json = R"({"error":{"code":)";
    AppendJsonString(code, json);
    json += R"(,"message":)";
    AppendJsonString(message, json);
    json += R"(,"details":{}}})";
    return JsonResponse(status, std::move(json));
}

std::string_view ErrorCodeName(int status) {
    switch (status) {
        case 408:
            return "REQUEST_TIMEOUT";
        case 413:
            return "PAYLOAD_TOO_LARGE";
        case 431:
            return "HEADER_TOO_LARGE";
        case 500:
            return "INTERNAL";
        case 501:
            return "UNIMPLEMENTED";
        case 503:
            return "UNAVAILABLE";
        default:
            return "INVALID_ARGUMENT";
    }
}

std::string_view ReasonPhrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Payload Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 418:
            return "I'm a teapot";
        case 422:
            return "Unprocessable Content";
        case 425:
            return "Too Early";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

}  // namespace mp::net
