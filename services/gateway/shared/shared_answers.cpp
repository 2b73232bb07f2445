#include "gateway/shared/shared_answers.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "gateway/shared/answer_codec.hpp"

namespace mp::gateway {
namespace {

// Gateways of another version may make other answers of the same question.
std::string KeyOf(const std::string& question) {
    static const std::string kPrefix =
        "marketprism:answer:" MP_VERSION ":" + std::to_string(kAnswerSchema) + ":";
    return kPrefix + question;
}

}  // namespace

SharedAnswers::SharedAnswers(
    redis::Connection& redis,
    SharedAnswersConfig config,
    telemetry::MetricRegistry& metrics,
    const Clock& clock
)
    : redis_(redis),
      config_(config),
      ttl_(std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(config.ttl).count())
      ),
      breaker_(
          "redis",
          {.failure_threshold = 5,
           .open_for = std::chrono::seconds(5),
           .half_open_limit = 1,
           .success_threshold = 1},
          clock
      ),
      readings_(reliability::Expose(metrics, "redis", breaker_)) {
    constexpr std::array<std::string_view, kOutcomes> kNames{
        "hit", "miss", "away", "skipped", "failed", "unreadable", "left", "too_large", "not_left"};
    const auto family = metrics.Counters(
        "marketprism_shared_answers_total",
        "What came of sharing answers through Redis.",
        {"outcome"}
    );
    std::transform(kNames.begin(), kNames.end(), outcomes_.begin(), [&](std::string_view name) {
        return family.With({name});
    });
}

Task<std::optional<Answer>> SharedAnswers::Find(std::string key) {
    if (!redis_.state().connected) {
        Count(Outcome::kAway);
        co_return std::nullopt;
    }
    auto permit = breaker_.Allow();
    if (!permit.ok()) {
        Count(Outcome::kSkipped);
        co_return std::nullopt;
    }
    redis::Arguments get{"GET", KeyOf(key)};
    const Result<redis::Reply> reply =
        co_await redis_.Command(std::move(get), Deadline::After(config_.timeout));
    permit->Report(reply.status());
    if (!reply.ok()) {
        Count(Outcome::kFailed);
        co_return std::nullopt;
    }
    if (reply->nil()) {
        Count(Outcome::kMiss);
        co_return std::nullopt;
    }
    std::optional<Answer> answer = reply->text() ? DecodeAnswer(*reply->text()) : std::nullopt;
    Count(answer ? Outcome::kHit : Outcome::kUnreadable);
    co_return answer;
}

void SharedAnswers::Leave(const std::string& key, const Answer& answer) {
    if (answer.degraded || !answer.complete.value_or(false)) return;
    if (answer.body.size() > config_.max_bytes) return Count(Outcome::kTooLarge);
    if (!redis_.state().connected || breaker_.IsOpen()) return Count(Outcome::kNotLeft);
    const Status sent = redis_.Send({"SET", KeyOf(key), EncodeAnswer(answer), "PX", ttl_});
    Count(sent.ok() ? Outcome::kLeft : Outcome::kNotLeft);
}

}  // namespace mp::gateway
