#include "reliability/backoff.hpp"

#include <algorithm>

namespace mp::reliability {

Backoff::Backoff(BackoffConfig config, uint32_t seed)
    : config_(config), random_(seed), last_(config.base) {}

Duration Backoff::Next() {
    ++failures_;
    const Duration ceiling = std::min(last_, config_.max);
    switch (config_.jitter) {
        case Jitter::kNone:
            last_ = std::min(ceiling * 2, config_.max);
            return ceiling;
        case Jitter::kFull:
            last_ = std::min(ceiling * 2, config_.max);
            return Duration(Between(0, ceiling.count()));
        case Jitter::kDecorrelated:
            break;
    }
    // The bound is cut before the draw, not the draw: otherwise most waits would be `max` exactly.
    const Duration bound = std::min(ceiling * 3, config_.max);
    last_ = Duration(Between(config_.base.count(), bound.count()));
    return last_;
}

void Backoff::Reset() {
    failures_ = 0;
    last_ = config_.base;
}

int64_t Backoff::Between(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, std::max(low, high))(random_);
}

}  // namespace mp::reliability
