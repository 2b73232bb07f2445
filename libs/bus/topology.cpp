#include "bus/topology.hpp"

#include <absl/strings/str_cat.h>
#include <charconv>

namespace mp::bus {
namespace {

constexpr std::string_view kShardsMark = "shards=";

KvConfig Bucket(const char* name, std::chrono::nanoseconds ttl, int replicas) {
    KvConfig config;
    config.bucket = name;
    config.ttl = ttl;
    config.replicas = replicas;
    return config;
}

}  // namespace

StreamConfig MarketDataStream(int64_t max_bytes, int replicas, uint32_t shards) {
    StreamConfig config;
    config.name = kMarketDataStream;
    config.subjects = {"md.>"};
    config.description = "market data, " + std::string(kShardsMark) + std::to_string(shards);
    config.discard = Discard::kNew;
    config.max_bytes = max_bytes;
    config.replicas = replicas;
    return config;
}

StreamConfig DeadLetterStream(int64_t max_bytes, int replicas) {
    StreamConfig config;
    config.name = kDeadLetterStream;
    config.subjects = {"dead.>"};
    config.description = "payloads that nobody could read";
    config.max_bytes = max_bytes;
    config.replicas = replicas;
    return config;
}

StreamConfig TasksStream(int64_t max_messages, int replicas) {
    StreamConfig config;
    config.name = kTasksStream;
    config.subjects = {"tasks.>"};
    config.description = "queued work";
    config.retention = Retention::kWorkQueue;
    config.discard = Discard::kNew;
    config.max_messages = max_messages;
    config.max_age = std::chrono::hours(24);
    config.replicas = replicas;
    return config;
}

std::optional<uint32_t> ShardsIn(std::string_view description) {
    const size_t at = description.find(kShardsMark);
    if (at == std::string_view::npos) return std::nullopt;
    const char* const begin = description.data() + at + kShardsMark.size();
    uint32_t shards = 0;
    const auto [end, error] =
        std::from_chars(begin, description.data() + description.size(), shards);
    if (error != std::errc() || shards == 0) return std::nullopt;
    return shards;
}

Result<uint32_t> ShardsOf(const StreamInfo& market_data) {
    if (const auto shards = ShardsIn(market_data.config.description)) return *shards;
    return absl::NotFoundError("stream " + market_data.config.name + " does not say its shards");
}

std::string MarketDataFilter(
    std::string_view exchange, std::string_view market, std::string_view data_type
) {
    std::string filter = "md";
    for (const std::string_view part : {exchange, market, data_type}) {
        filter.append(".").append(part.empty() ? "*" : part);
    }
    return filter + ".*";
}

KvConfig RegistryBucket(int replicas) {
    return Bucket("registry", std::chrono::seconds(3), replicas);
}
KvConfig LocksBucket(int replicas) {
    return Bucket("locks", std::chrono::seconds(30), replicas);
}
KvConfig IdempotencyBucket(int replicas) {
    return Bucket("idempotency", std::chrono::hours(24), replicas);
}
KvConfig ResultsBucket(int replicas) {
    return Bucket("results", std::chrono::hours(24), replicas);
}
KvConfig BudgetsBucket(int replicas) {
    return Bucket("budgets", {}, replicas);
}
KvConfig JobsBucket(int replicas) {
    return Bucket("jobs", {}, replicas);
}
KvConfig InstrumentsBucket(int replicas) {
    return Bucket("instruments", {}, replicas);
}

}  // namespace mp::bus
