#include "gateway/live/fanout.hpp"

#include <utility>

#include "bus/stream.hpp"
#include "bus/topology.hpp"
#include "runtime/on_executor.hpp"

namespace mp::gateway {
namespace {

FeedCounters CountersOf(telemetry::MetricRegistry& metrics) {
    const telemetry::CounterFamily read = metrics.Counters(
        "marketprism_live_read_total", "What the live feeds have read off the bus.", {"what"}
    );
    return {
        .events = read.With({"event"}),
        .repeats = read.With({"repeated_event"}),
        .repeated_batches = read.With({"repeated_batch"}),
        .undecodable = read.With({"undecodable"}),
        .holes = read.With({"hole"})};
}

}  // namespace

Fanout::Fanout(Executor executor, bus::Connection& connection, telemetry::MetricRegistry& metrics)
    : executor_(std::move(executor)), connection_(connection), counters_(CountersOf(metrics)) {}

Task<Result<Fanout::Stream>> Fanout::Look(Deadline deadline) {
    const auto info = co_await bus::GetStreamInfo(connection_, bus::kMarketDataStream, deadline);
    if (absl::IsNotFound(info.status())) {
        co_return absl::UnavailableError("no live data yet: stream MARKET_DATA does not exist");
    }
    if (!info.ok()) co_return Annotate(info.status(), "live data");
    const auto shards = bus::ShardsOf(*info);
    if (!shards.ok()) co_return shards.status();
    co_return Stream{info->created, info->first_sequence, info->last_sequence, *shards};
}

std::shared_ptr<Feed> Fanout::Find(const std::string& subject) const {
    const auto it = feeds_.find(subject);
    return it == feeds_.end() ? nullptr : it->second;
}

std::shared_ptr<Feed> Fanout::Share(const std::string& subject, uint64_t from, uint64_t horizon) {
    if (auto feed = Find(subject)) return feed->next() <= from ? feed : nullptr;
    return feeds_.emplace(subject, MakePrivate(subject, from, horizon)).first->second;
}

std::shared_ptr<Feed> Fanout::MakePrivate(
    const std::string& subject, uint64_t from, uint64_t horizon
) {
    return std::make_shared<Feed>(connection_, subject, from, horizon, counters_);
}

void Fanout::Retire(std::shared_ptr<Feed> feed) {
    feed->Stop();
    runtime::Post(executor_, [feed = std::move(feed)] {});
}

void Fanout::Sweep() {
    std::erase_if(feeds_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace mp::gateway
