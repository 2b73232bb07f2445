// HTTP requests as a client may send them, in pieces of the size that the first byte says.
#include <algorithm>

#include "fuzz.hpp"
#include "net/query_params.hpp"
#include "net/request_parser.hpp"

namespace mp::fuzz {
namespace {

using State = net::RequestParser::State;
constexpr net::RequestParser::Limits kLimits{2048, 1024};

struct Outcome {
    State state;
    net::HttpRequest request;
};

Outcome Read(std::string_view bytes, size_t step) {
    net::RequestParser parser(kLimits);
    Outcome outcome;
    parser.Begin(outcome.request);
    std::string pending;
    for (size_t at = 0; at < bytes.size(); at += step) {
        if (parser.state() == State::kComplete || parser.state() == State::kFailed) break;
        pending += bytes.substr(at, step);
        const std::vector<char> exact(pending.begin(), pending.end());
        const size_t consumed = parser.Feed({exact.data(), exact.size()});
        Require(consumed <= exact.size(), "no more is consumed than there is");
        pending.erase(0, consumed);
    }
    outcome.state = parser.state();
    if (outcome.state == State::kFailed) {
        Require(parser.error_status() >= 400, "a refusal has an answer");
    }
    return outcome;
}

}  // namespace

std::vector<std::string> Seeds() {
    return {
        "\xffGET /api/v1/trades?exchange=binance&symbol=BTC-USDT HTTP/1.1\r\nHost: x\r\n\r\n",
        "\3POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: "
        "100-continue\r\n\r\n{}",
        "\1PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: "
        "v\r\n\r\n",
        "\x07GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    const size_t step = 1 + input.Byte();
    const Outcome whole = Read(input.rest(), input.rest().size() + 1);
    const Outcome pieces = Read(input.rest(), step);
    if (whole.state != State::kComplete || pieces.state != State::kComplete) return;
    Require(whole.request.body.size() <= kLimits.max_body_bytes, "the limit holds");
    Require(whole.request.target == pieces.request.target, "pieces change no target");
    Require(whole.request.body == pieces.request.body, "pieces change no body");
    Require(whole.request.headers.size() == pieces.request.headers.size(), "nor headers");
    net::QueryParams::Parse(whole.request.query()).status().IgnoreError();
}

}  // namespace mp::fuzz
