// HTTP answers as an exchange may send them, in pieces of the size that the first byte says.
#include "fuzz.hpp"
#include "net/response_parser.hpp"

namespace mp::fuzz {
namespace {

constexpr size_t kMaxBody = 1024;

void Read(std::string_view bytes, size_t step, bool to_head) {
    net::ResponseParser parser({2048, kMaxBody, to_head});
    std::string pending;
    for (size_t at = 0; at < bytes.size() && !parser.complete(); at += step) {
        pending += bytes.substr(at, step);
        const std::vector<char> exact(pending.begin(), pending.end());
        const Result<size_t> consumed = parser.Feed({exact.data(), exact.size()});
        if (!consumed.ok()) return;
        Require(*consumed <= exact.size(), "no more is consumed than there is");
        pending.erase(0, *consumed);
    }
    if (!parser.complete() && !parser.FeedEnd().ok()) return;
    Require(parser.body().size() <= kMaxBody, "the limit holds");
    Require(parser.status() >= 100, "a complete answer has a status");
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        "\xffHTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-MBX-USED-WEIGHT-1M: 7\r\n\r\nhello",
        "\3HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "\5HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\nRetry-After: 3\r\n\r\nto the end",
        "\4HTTP/1.1 204 No Content\r\n\r\n",
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    const unsigned char choice = input.Byte();
    Read(input.rest(), 1 + choice / 2, choice % 2 != 0);
}

}  // namespace mp::fuzz
