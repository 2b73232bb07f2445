#include "collector/rest/budgets.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/sleep.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

constexpr char kPrefix[] = "rest";
constexpr Duration kRetry = 1s;
constexpr Duration kMinute = 1min;

// What the configuration grants a minute, or all that the venue allows.
int64_t LimitOf(const VenueHabits& habits, int64_t per_minute) {
    if (per_minute <= 0) return habits.rest_limit;
    return std::max<int64_t>(1, per_minute * habits.rest_window.count() / kMinute.count());
}

}  // namespace

std::string PoolOf(const Venue& venue, const VenueConfig& config) {
    const std::string& pool = venue.habits().rest_pool;
    std::string name = pool.empty() ? config.exchange : pool;
    const std::string& url = config.rest_url;
    const bool own = url.empty() || url.find(config.exchange + ".com") != std::string::npos;
    return own ? name : name + "@" + url;
}

Budgets::Budgets(
    reliability::KeyValue& bucket,
    std::function<bool()> reachable,
    double share,
    telemetry::MetricRegistry& metrics
)
    : bucket_(bucket), reachable_(std::move(reachable)), share_(share), metrics_(metrics) {}

Budget& Budgets::Of(const Venue& venue, const VenueConfig& config) {
    const std::string name = PoolOf(venue, config);
    const std::string key = std::string(kPrefix) + "." + reliability::KeyToken(name);
    Pool& pool = pools_[key];
    if (pool.budget) return *pool.budget;
    const VenueHabits& habits = venue.habits();
    pool.budget = std::make_unique<Budget>(
        Budget::Config{
            .key = key,
            .limit = LimitOf(habits, config.max_requests_per_minute),
            .window = habits.rest_window,
            .share = share_},
        bucket_,
        reachable_
    );
    AddReadings(name, pool);
    return *pool.budget;
}

Task<Status> Budgets::Run() {
    for (;;) {
        auto watch = co_await bucket_.Watch(kPrefix);
        if (watch.ok()) (void)co_await Follow(**watch);
        co_await runtime::Sleep(kRetry);
    }
}

Task<Status> Budgets::Follow(reliability::KeyWatch& watch) {
    for (;;) {
        const auto change = co_await watch.Next();
        if (!change.ok()) co_return change.status();
        if (change->kind != reliability::KeyChange::Kind::kPut) continue;
        const auto pool = pools_.find(change->key);
        if (pool != pools_.end()) pool->second.budget->Learn(change->entry);
    }
}

void Budgets::AddReadings(const std::string& name, Pool& pool) {
    using Kind = telemetry::MetricRegistry::ReadKind;
    const Budget& budget = *pool.budget;
    const auto add = [&](Kind kind, const char* metric, const char* help, auto read) {
        pool.readings
            .push_back(metrics_.Read(kind, metric, help, {{"pool", name}}, [&budget, read] {
                return static_cast<double>(read(budget.GetStats()));
            }));
    };
    using Stats = const Budget::Stats&;
    add(Kind::kGauge, "marketprism_rest_budget_limit", "Weight that a venue allows.", [](Stats s) {
        return s.limit;
    });
    add(Kind::kGauge,
        "marketprism_rest_budget_used",
        "Of this, taken by all collectors.",
        [](Stats s) { return s.used; });
    add(Kind::kGauge,
        "marketprism_rest_waiting",
        "Requests that wait for their turn.",
        [](Stats s) { return s.waiting; });
    add(Kind::kCounter,
        "marketprism_rest_delayed_total",
        "Requests that had to wait for their turn.",
        [](Stats s) { return s.delayed; });
    add(Kind::kCounter,
        "marketprism_rest_refused_total",
        "Requests that had no turn in time.",
        [](Stats s) { return s.refused; });
    add(Kind::kCounter,
        "marketprism_rest_alone_total",
        "Requests that passed without the bus.",
        [](Stats s) { return s.alone; });
    add(Kind::kCounter,
        "marketprism_rest_blocks_total",
        "Times that a venue told us to stop asking.",
        [](Stats s) { return s.blocks; });
}

}  // namespace mp::collector
