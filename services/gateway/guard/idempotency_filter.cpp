#include "gateway/guard/idempotency_filter.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "auth/secret.hpp"
#include "gateway/guard/answer_filter.hpp"
#include "gateway/rest/error_answer.hpp"
#include "reliability/update_surely.hpp"
#include "runtime/sleep.hpp"

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

// The answer that stays. After any other the request is tried again under the same key.
bool IsFinal(const net::HttpResponse& response) {
    return response.status < 300;
}

constexpr size_t kTaskIdDigits = 32;

// What makes two requests equal.
std::string FingerprintOf(const net::HttpRequest& request) {
    return auth::HashKey(request.target, request.body);
}

// Longer than a reservation is held without it.
constexpr std::chrono::minutes kFreeFor{5};
constexpr std::chrono::milliseconds kFreeEvery{500};

}  // namespace

class IdempotencyFilter::Held {
  public:
    Held(IdempotencyFilter& filter, reliability::IdempotencyStore::Reservation reservation)
        : filter_(filter), reservation_(std::move(reservation)) {}
    ~Held() {
        if (reservation_) filter_.ended_.TrySend(*std::move(reservation_));
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    const reliability::IdempotencyStore::Reservation& get() const { return *reservation_; }
    void Release() { reservation_.reset(); }

  private:
    IdempotencyFilter& filter_;
    std::optional<reliability::IdempotencyStore::Reservation> reservation_;
};

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
    std::string fingerprint = FingerprintOf(request);
    auto begun = co_await store_.Begin(
        caller->user,
        std::string(*key),
        std::move(fingerprint),
        request.deadline.Earlier(Deadline::After(kInFlightWait))
    );
    if (!begun.ok()) co_return ErrorAnswer(Annotate(begun.status(), "Idempotency-Key"));
    if (begun->result) co_return Unpack(*begun->result);
    Held held(*this, std::move(begun->reservation));
    net::HttpResponse response = co_await next(request);
    if (IsFinal(response)) {
        // The answer counts even where it cannot be kept: the reservation then expires by itself.
        const Deadline deadline = Deadline::After(std::chrono::seconds(5));
        (void)co_await store_.Finish(held.get(), Pack(response), deadline);
        held.Release();
    } else if (response.status < 500) {
        // Whoever corrects it at once may. After a 5xx the broker may be away: nobody waits.
        const Status freed = co_await store_.Forget(held.get());
        if (!reliability::LeavesOpen(freed)) held.Release();
    }
    co_return response;
}

Task<> IdempotencyFilter::Run() {
    for (;;) {
        const auto reservation = co_await ended_.Receive();
        if (!reservation) co_return;
        for (const Deadline deadline = Deadline::After(kFreeFor); !deadline.Passed();) {
            const Status freed = co_await store_.Forget(*reservation);
            if (!reliability::LeavesOpen(freed)) break;
            co_await runtime::Sleep(kFreeEvery);
        }
    }
}

std::string TaskIdFor(const Callers& callers, const net::HttpRequest& request) {
    const auto key = request.headers.Get("Idempotency-Key");
    const Result<Caller> caller = callers.Identify(CredentialOf(request));
    if (!key || !caller.ok()) return {};
    const std::string owned = auth::HashKey(caller->user + "\n", *key);
    return auth::HashKey(owned, FingerprintOf(request)).substr(0, kTaskIdDigits);
}

}  // namespace mp::gateway
