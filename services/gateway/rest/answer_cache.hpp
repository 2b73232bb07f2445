#pragma once
// Answers of the store, kept: an interval that has ended is answered from memory and refreshed
// ahead; the live edge is always asked for, and its last answer serves, marked degraded, while the
// store is away. Where gateways share their answers, what another has loaded is found there before
// the store is asked. One io_context thread.

#include <functional>
#include <memory>
#include <string>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "gateway/api/parameter.hpp"
#include "gateway/api/route.hpp"
#include "gateway/rest/answer.hpp"
#include "gateway/shared/shared_answers.hpp"
#include "reliability/metrics.hpp"
#include "reliability/smart_cache.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

struct CacheSettings {
    size_t entries = 1000;
    size_t bytes = 64u << 20;
    Duration ttl = std::chrono::seconds(60);
    Duration max_stale = std::chrono::hours(1);
    Duration load_timeout = std::chrono::seconds(10);
};

// An answer that may be somebody else's too. `degraded`: the store is away, this is what it said
// last.
struct SharedAnswer {
    std::shared_ptr<const Answer> answer;
    bool degraded = false;
};

class AnswerCache {
  public:
    // Makes the answer; runs detached from who asked first.
    using Load = std::function<Task<Result<Answer>>()>;

    // `shared` may be null; all outlive it.
    AnswerCache(
        Executor executor,
        CacheSettings settings,
        SharedAnswers* shared,
        telemetry::MetricRegistry& metrics,
        const Clock& clock = DefaultClock()
    );

    Task<Result<SharedAnswer>> Get(
        const Route& route, const Arguments& arguments, Load load, Deadline deadline
    );

    // Awaits background loads; until cancelled.
    Task<Status> Run() { return cache_.Run(); }

  private:
    bool IsClosed(const Route& route, const Arguments& arguments) const;
    Task<Result<Answer>> LoadShared(std::string key, Load load);

    const Clock& clock_;
    SharedAnswers* const shared_;
    reliability::SmartCache<Answer> cache_;
    reliability::Readings readings_;
};

// The same for equal questions.
std::string CacheKey(const Route& route, const Arguments& arguments);

}  // namespace mp::gateway
