#include "reliability/circuit_breaker.hpp"

#include <absl/strings/cord.h>
#include <absl/strings/str_cat.h>
#include <algorithm>
#include <optional>

#include "reliability/log.hpp"
#include "reliability/retry_after.hpp"

namespace mp::reliability {
namespace {

constexpr char kOpenMark[] = "marketprism/circuit-open";

}  // namespace

bool IsUpstreamFailure(const Status& status) {
    switch (status.code()) {
        case StatusCode::kUnavailable:
        case StatusCode::kDeadlineExceeded:
        case StatusCode::kInternal:
        case StatusCode::kUnknown:
        case StatusCode::kDataLoss:
            return true;
        default:
            return false;
    }
}

bool IsCircuitOpen(const Status& status) {
    return status.GetPayload(kOpenMark).has_value();
}

std::string_view ToString(CircuitBreaker::State state) {
    switch (state) {
        case CircuitBreaker::State::kClosed:
            return "closed";
        case CircuitBreaker::State::kOpen:
            return "open";
        case CircuitBreaker::State::kHalfOpen:
            break;
    }
    return "half_open";
}

CircuitBreaker::CircuitBreaker(std::string name, Config config, const Clock& clock)
    : name_(std::move(name)), config_(std::move(config)), clock_(clock) {}

Result<CircuitBreaker::Permit> CircuitBreaker::Allow() {
    std::optional<Change> change;
    Status refusal;
    uint64_t epoch = 0;
    {
        MutexLock lock(mutex_);
        if (stats_.state == State::kOpen && clock_.Steady() >= open_until_) {
            change = Change{State::kOpen, State::kHalfOpen, stats_.failures};
            MoveTo(State::kHalfOpen);
        }
        refusal = Refuse();
        if (refusal.ok()) {
            ++stats_.allowed;
            probes_ += stats_.state == State::kHalfOpen;
        }
        epoch = epoch_;
    }
    if (change) Announce(*change);
    if (!refusal.ok()) return refusal;
    return Permit(*this, epoch);
}

Status CircuitBreaker::Check() {
    MutexLock lock(mutex_);
    return Refuse();
}

bool CircuitBreaker::IsOpen() const {
    MutexLock lock(mutex_);
    return stats_.state == State::kOpen && clock_.Steady() < open_until_;
}

Status CircuitBreaker::Refuse() {
    const bool open = stats_.state == State::kOpen && clock_.Steady() < open_until_;
    const bool probed = stats_.state == State::kHalfOpen && probes_ >= config_.half_open_limit;
    if (!open && !probed) return OkStatus();
    ++stats_.refused;
    Status status = absl::UnavailableError(absl::StrCat("circuit breaker ", name_, " is open"));
    status.SetPayload(kOpenMark, absl::Cord("1"));
    return WithRetryAfter(
        std::move(status), Duration(std::max<Nanos>(0, open_until_ - clock_.Steady()))
    );
}

void CircuitBreaker::Permit::Report(const Status& outcome) {
    CircuitBreaker* const breaker = std::exchange(breaker_, nullptr);
    if (breaker == nullptr) return;
    const bool counts = !outcome.ok() && breaker->config_.counts(outcome);
    breaker->Finish(
        epoch_,
        outcome.ok() ? Outcome::kSuccess
        : counts     ? Outcome::kFailure
                     : Outcome::kNeither
    );
}

CircuitBreaker::Permit::~Permit() {
    if (breaker_ != nullptr) breaker_->Finish(epoch_, Outcome::kNeither);
}

void CircuitBreaker::Finish(uint64_t epoch, Outcome outcome) {
    Change change{};
    {
        MutexLock lock(mutex_);
        if (outcome == Outcome::kFailure) ++stats_.failed;
        if (epoch != epoch_) return;
        change.from = stats_.state;
        if (stats_.state == State::kHalfOpen) --probes_;
        Count(outcome);
        change.to = stats_.state;
        change.failures = stats_.failures;
    }
    if (change.from != change.to) Announce(change);
}

void CircuitBreaker::Count(Outcome outcome) {
    const bool probing = stats_.state == State::kHalfOpen;
    if (outcome == Outcome::kFailure) {
        ++stats_.failures;
        if (probing || stats_.failures >= config_.failure_threshold) MoveTo(State::kOpen);
    } else if (outcome == Outcome::kSuccess) {
        if (!probing) {
            stats_.failures = 0;
        } else if (++successes_ >= config_.success_threshold) {
            MoveTo(State::kClosed);
        }
    }
}

void CircuitBreaker::MoveTo(State state) {
    stats_.state = state;
    ++epoch_;
    probes_ = 0;
    successes_ = 0;
    if (state == State::kOpen) {
        ++stats_.opened;
        open_until_ = clock_.Steady() + config_.open_for.count();
    }
    if (state == State::kClosed) stats_.failures = 0;
}

void CircuitBreaker::Announce(const Change& change) const {
    LogCircuitChange(name_, ToString(change.from), ToString(change.to), change.failures);
    config_.on_change(change);
}

CircuitBreaker::Stats CircuitBreaker::GetStats() const {
    MutexLock lock(mutex_);
    return stats_;
}

}  // namespace mp::reliability
