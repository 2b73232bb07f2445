#include "net/response_head.hpp"

#include <array>
#include <ctime>

#include "net/text.hpp"

namespace mp::net {
namespace {

// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", made once a second.
std::string_view DateLine() {
    thread_local std::array<char, 48> line;
    thread_local size_t size = 0;
    thread_local std::time_t made_for = 0;
    const std::time_t now = std::time(nullptr);
    if (now != made_for) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        size = std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
        made_for = now;
    }
    return {line.data(), size};
}

bool IsServersBusiness(std::string_view name) {
    return EqualsIgnoreCase(name, "Content-Length") || EqualsIgnoreCase(name, "Connection") ||
           EqualsIgnoreCase(name, "Transfer-Encoding") || EqualsIgnoreCase(name, "Date");
}

}  // namespace

void AppendResponseHead(
    const HttpResponse& response, const ResponseFraming& framing, std::string& out
) {
    AppendText(
        out, "HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\n", DateLine()
    );
    if (framing.content_length) {
        AppendText(out, "Content-Length: ", *framing.content_length, "\r\n");
    }
    if (framing.chunked) out += "Transfer-Encoding: chunked\r\n";
    if (!framing.keep_alive) {
        out += "Connection: close\r\n";
    } else if (framing.http_1_0) {
        out += "Connection: keep-alive\r\n";
    }
    const HttpHeaders& headers = response.headers;
    for (size_t i = 0; i < headers.size(); ++i) {
        if (IsServersBusiness(headers.name(i))) continue;
        AppendText(out, headers.name(i), ": ", headers.value(i), "\r\n");
    }
    out += "\r\n";
}

}  // namespace mp::net
