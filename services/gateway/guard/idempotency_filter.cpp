#include "gateway/guard/idempotency_filter.hpp"

#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "auth/secret.hpp"
#include "gateway/guard/answer_filter.hpp"
#include "gateway/rest/error_answer.hpp"

namespace mp::gateway {
namespace {

// A repeat whose first is still under way waits so long for its answer; then it is a conflict.
constexpr std::chrono::seconds kInFlightWait{1};

// "<status>\n<body>"
std::string Pack(const net::HttpResponse& response) {
    return std::to_string(response.status) + "\n" + response.body;
}

net::HttpResponse Unpack(const std::string& packed) {
    int status = 500;
    const size_t line = packed.find('\n');
    std::from_chars(packed.data(), packed.data() + std::min(line, packed.size()), status);
    net::HttpResponse response = net::JsonResponse(status, packed.substr(line + 1));
    response.headers.Set("Idempotency-Replayed", "true");
    return response;
}

// What had none may be tried again under the same key: the next answer may be another.
bool HadEffect(const net::HttpResponse& response) {
    return response.status < 300;
}

}  // namespace

net::HttpFilter IdempotencyFilter::AsFilter() {
    return [this](const net::HttpRequest& request, const net::HttpHandler& next) {
        return Handle(request, next);
    };
}

Task<net::HttpResponse> IdempotencyFilter::Handle(
    const net::HttpRequest& request, const net::HttpHandler& next
) {
    const auto key = request.headers.Get("Idempotency-Key");
    if (request.method != net::HttpMethod::kPost || !key) co_return co_await next(request);
    const Result<Caller> caller = callers_.Identify(CredentialOf(request));
    if (!caller.ok()) co_return ErrorAnswer(caller.status());
    std::string fingerprint = auth::HashKey(request.target, request.body);
    auto begun = co_await store_.Begin(
        caller->user,
        std::string(*key),
        std::move(fingerprint),
        request.deadline.Earlier(Deadline::After(kInFlightWait))
    );
    if (!begun.ok()) co_return ErrorAnswer(Annotate(begun.status(), "Idempotency-Key"));
    if (begun->result) co_return Unpack(*begun->result);
    net::HttpResponse response = co_await next(request);
    // The answer counts even where it cannot be kept: the reservation then expires by itself.
    const Deadline deadline = Deadline::After(std::chrono::seconds(5));
    if (HadEffect(response)) {
        (void)co_await store_.Finish(std::move(begun->reservation), Pack(response), deadline);
    } else {
        (void)co_await store_.Forget(std::move(begun->reservation));
    }
    co_return response;
}

}  // namespace mp::gateway
