#pragma once
// Answers of the store, kept, and refreshed ahead: intervals that have ended; one instrument's
// metadata, until something new is heard of it; its newest ticker, for seconds. All else of the
// live edge is always asked for. The last answer serves, marked degraded, while the store is away.
// Where gateways share their answers, what another has loaded is found there before the store is
// asked. One io_context thread.

#include <functional>
#include <memory>
#include <optional>
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
    Duration ttl = std::chrono::seconds(60);               // of an interval that has ended
    Duration instrument_ttl = std::chrono::seconds(3600);  // 0: metadata are always asked for
    Duration quote_ttl = std::chrono::seconds(5);          // 0: tickers are always asked for
    Duration max_stale = std::chrono::hours(1);
    Duration load_timeout = std::chrono::seconds(10);
};

// An answer that may be somebody else's too. `degraded`: the store is away, this is what it said
// last.
struct SharedAnswer {
    std::shared_ptr<const Answer> answer;
    bool degraded = false;
    Duration age{0};  // since it was asked for
};

class AnswerCache {
  public:
    // Makes the answer; runs detached from who asked first.
    using Load = std::function<Task<Result<Answer>>()>;
    // For how long nothing new was heard of an instrument (query/instrument_changes.hpp).
    using Unchanged = std::function<Duration(const Arguments&)>;

    // `shared` may be null; all outlive it.
    AnswerCache(
        Executor executor,
        CacheSettings settings,
        SharedAnswers* shared,
        Unchanged unchanged,
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
    // Of what has not ended; nothing: it is always asked for.
    std::optional<reliability::Freshness> OpenFor(const Route& route, const Arguments& arguments)
        const;
    Task<Result<Answer>> LoadShared(std::string key, Load load);
    // Where the store failed: what it said before, or the failure.
    Task<Result<SharedAnswer>> LastSaid(std::string key, Status failure, Deadline deadline);

    const Clock& clock_;
    const CacheSettings settings_;
    SharedAnswers* const shared_;
    const Unchanged unchanged_;
    reliability::SmartCache<Answer> cache_;
    reliability::Readings readings_;
};

// The same for equal questions.
std::string CacheKey(const Route& route, const Arguments& arguments);

}  // namespace mp::gateway
