#include "gateway/guard/limits.hpp"

#include "reliability/retry_after.hpp"

namespace mp::gateway {

reliability::RateDecision Limits::Check(const Caller& caller, bool changes_something) {
    const std::shared_ptr<const LimitsConfig> config = config_.load();
    const std::string user = "user:" + caller.user;
    const std::string control = "control:" + caller.user;
    const reliability::RateLimit& own = caller.anonymous() ? config->anonymous : config->per_key;
    const std::array<reliability::RateLevel, 3> levels{{
        {user, own},
        {"global", config->global},
        {control, config->control},
    }};
    reliability::RateDecision decision =
        limiter_.Check(std::span(levels).first(changes_something ? 3 : 2));
    decision.key = {};  // viewed the names above
    return decision;
}

Status RefusalOf(const reliability::RateDecision& decision) {
    return reliability::WithRetryAfter(
        absl::ResourceExhaustedError("Rate limit exceeded"), decision.retry_after
    );
}

}  // namespace mp::gateway
