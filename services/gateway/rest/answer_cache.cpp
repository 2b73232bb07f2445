#include "gateway/rest/answer_cache.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "reliability/circuit_breaker.hpp"

namespace mp::gateway {
namespace {

using Loader = reliability::SmartCache<Answer>::Loader;

// Late events may still come in for so long after an interval has ended, and so long after the bus
// has told something it may not be stored.
constexpr Nanos kSettled = 10 * kSecond;

Task<Result<Answer>> Refuse() {
    co_return absl::UnavailableError("the store is away");
}

}  // namespace

std::string CacheKey(const Route& route, const Arguments& a) {
    std::string key(route.path);
    const auto add = [&](std::string_view value) { key.append(1, '\n').append(value); };
    const auto number = [&](const auto& value) {
        add(value ? std::to_string(*value) : std::string());
    };
    add(a.exchange);
    add(a.symbol);
    add(a.symbols);
    add(a.interval);
    add(std::to_string(a.every));
    add(a.cursor);
    add(a.market ? ToString(*a.market) : std::string_view());
    add(a.data_type ? ToString(*a.data_type) : std::string_view());
    number(a.start);
    number(a.end);
    number(a.at);
    add(std::to_string(a.limit) + "/" + std::to_string(a.depth) + "/" +
        std::to_string(static_cast<int>(a.format)));
    return key;
}

AnswerCache::AnswerCache(
    Executor executor,
    CacheSettings settings,
    SharedAnswers* shared,
    Unchanged unchanged,
    telemetry::MetricRegistry& metrics,
    const Clock& clock
)
    : clock_(clock),
      settings_(settings),
      shared_(shared),
      unchanged_(std::move(unchanged)),
      cache_(
          "answers",
          executor,
          {.store =
               {.max_entries = settings.entries,
                .max_bytes = settings.bytes,
                .ttl = settings.ttl,
                .max_stale = settings.max_stale},
           .load_timeout = settings.load_timeout},
          clock
      ),
      readings_(reliability::Expose(metrics, "answers", [this] { return cache_.GetStats(); })) {}

bool AnswerCache::IsClosed(const Route& route, const Arguments& arguments) const {
    const Nanos settled = clock_.Now() - kSettled;
    if (route.operation == Operation::kOrderBook) return arguments.at && *arguments.at < settled;
    return arguments.start && arguments.end && *arguments.end < settled;
}

std::optional<reliability::Freshness> AnswerCache::OpenFor(
    const Route& route, const Arguments& arguments
) const {
    const bool one = !arguments.symbol.empty() && arguments.market && arguments.cursor.empty();
    Duration ttl{0};
    if (one && route.operation == Operation::kInstruments) {
        ttl = std::min(settings_.instrument_ttl, unchanged_(arguments) - Duration(kSettled));
    } else if (one && route.operation == Operation::kTicker) {
        const bool newest = !arguments.start && !arguments.end && arguments.every == 0;
        if (newest) ttl = settings_.quote_ttl;
    }
    if (ttl <= Duration(0)) return std::nullopt;
    return reliability::Freshness{ttl, Duration(0)};
}

Task<Result<Answer>> AnswerCache::LoadShared(std::string key, Load load) {
    std::optional<Answer> found = co_await shared_->Find(key);
    if (found) co_return *std::move(found);
    Result<Answer> answer = co_await load();
    if (answer.ok()) shared_->Leave(key, *answer);
    co_return answer;
}

Task<Result<SharedAnswer>> AnswerCache::LastSaid(
    std::string key, Status failure, Deadline deadline
) {
    if (!reliability::IsUpstreamFailure(failure)) co_return failure;
    const Loader refuse = [](const std::string&) { return Refuse(); };
    auto kept = co_await cache_.Get(std::move(key), refuse, deadline);
    if (!kept.ok()) co_return failure;
    co_return SharedAnswer{kept->value, true, kept->age};
}

Task<Result<SharedAnswer>> AnswerCache::Get(
    const Route& route, const Arguments& arguments, Load load, Deadline deadline
) {
    if (!route.kept) {
        Result<Answer> answer = co_await load();
        if (!answer.ok()) co_return answer.status();
        co_return SharedAnswer{std::make_shared<const Answer>(*std::move(answer))};
    }
    const std::string key = CacheKey(route, arguments);
    const bool closed = IsClosed(route, arguments);
    const auto open_for = OpenFor(route, arguments);
    if (closed || open_for) {
        const Loader loader = [this, load, closed](std::string missing) {
            const bool sharing = closed && shared_ != nullptr;
            return sharing ? LoadShared(std::move(missing), load) : load();
        };
        auto hit = co_await cache_.Get(key, loader, deadline, open_for);
        if (!hit.ok()) co_return co_await LastSaid(key, hit.status(), deadline);
        // A gap may have been filled since, and there may be rows by now: such answers are asked
        // for anew.
        const bool lasts = closed ? hit->value->complete.value_or(true) : !hit->value->empty;
        if (lasts || hit->age.count() == 0) co_return SharedAnswer{hit->value, false, hit->age};
    }
    Result<Answer> answer = co_await load();
    if (answer.ok()) co_return SharedAnswer{cache_.Set(key, *std::move(answer))};
    co_return co_await LastSaid(key, answer.status(), deadline);
}

}  // namespace mp::gateway
