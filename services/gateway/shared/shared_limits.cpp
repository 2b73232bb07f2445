#include "gateway/shared/shared_limits.hpp"

#include <chrono>
#include <openssl/sha.h>
#include <string_view>
#include <utility>

#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::gateway {
namespace {

const telemetry::Logger kLog{"gateway.limits"};

// What a key may owe at most, in windows: many gateways' first burst, but not for ever what a clock
// that was set back makes of it.
constexpr int kMostWindows = 4;

// Everything in microseconds and by Redis' clock, so that the gateways' need not agree: charged,
// the most that may be owed -> owed.
constexpr char kScript[] = R"(
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local owed = tonumber(redis.call('GET', KEYS[1]) or 0) - now
owed = math.min(math.max(owed, 0) + ARGV[1], ARGV[2])
redis.call('SET', KEYS[1], string.format('%.0f', now + owed), 'PX', math.ceil(owed / 1000))
return owed
)";

std::string Sha1(std::string_view text) {
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex.push_back(kDigits[byte >> 4]);
        hex.push_back(kDigits[byte & 15]);
    }
    return hex;
}

std::string Microseconds(Duration duration) {
    return std::to_string(std::chrono::ceil<std::chrono::microseconds>(duration).count());
}

}  // namespace

SharedLimits::SharedLimits(
    redis::Connection& redis,
    reliability::GcraLimiter& limiter,
    Duration every,
    telemetry::MetricRegistry& metrics,
    Duration round_limit,
    const Clock& clock
)
    : redis_(redis),
      limiter_(limiter),
      every_(every),
      round_limit_(round_limit),
      clock_(clock),
      script_sha_(Sha1(kScript)) {
    const auto rounds = metrics.Counters(
        "marketprism_shared_limits_rounds_total",
        "Rounds in which rate limits were settled with Redis.",
        {"outcome"}
    );
    settled_ = rounds.With({"settled"});
    idle_ = rounds.With({"idle"});
    failed_ = rounds.With({"failed"});
    away_ = rounds.With({"away"});
}

Task<Status> SharedLimits::Run() {
    for (;;) {
        co_await runtime::Sleep(every_);
        co_await Settle();
    }
}

Task<> SharedLimits::Settle() {
    if (!redis_.state().connected) {
        away_.Add();
        co_return;
    }
    const auto charges = limiter_.TakeCharges(kKeysARound);
    if (charges.empty()) {
        idle_.Add();
        co_return;
    }
    const Nanos asked = clock_.Steady();
    auto commands = CommandsFor(charges);
    const auto replies =
        co_await redis_.Pipeline(std::move(commands), Deadline::After(round_limit_));
    Status failure;
    for (size_t i = 0; i < replies.size(); ++i) {
        const int64_t* const owed = replies[i].ok() ? replies[i]->number() : nullptr;
        if (owed != nullptr) {
            limiter_.Raise(charges[i].key, asked + *owed * kMicrosecond);
        } else {
            failure.Update(
                replies[i].ok() ? absl::InternalError("no number") : replies[i].status()
            );
        }
    }
    // What was taken is lost to the others then: it is not known whether Redis has it.
    (failure.ok() ? settled_ : failed_).Add();
    const std::string complaint = failure.ok() ? "" : failure.ToString();
    if (complaint == complaint_) co_return;
    complaint_ = complaint;
    if (!failure.ok()) kLog.Warn("limits not settled", {{"reason", failure}});
}

// The first one brings the script along, for a Redis that does not know it.
std::vector<redis::Arguments> SharedLimits::CommandsFor(
    const std::vector<reliability::GcraLimiter::Charge>& charges
) const {
    std::vector<redis::Arguments> commands;
    commands.reserve(charges.size());
    for (const auto& charge : charges) {
        const bool first = commands.empty();
        commands.push_back(
            {first ? "EVAL" : "EVALSHA",
             first ? std::string(kScript) : script_sha_,
             "1",
             "marketprism:limit:1:" + charge.key,
             Microseconds(charge.spent),
             Microseconds(kMostWindows * charge.window)}
        );
    }
    return commands;
}

}  // namespace mp::gateway
