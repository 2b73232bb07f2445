#pragma once
// The streams, subjects and buckets that the services meet on. Names are fixed for good.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "bus/kv_bucket.hpp"
#include "bus/stream.hpp"

namespace mp::bus {

inline constexpr char kMarketDataStream[] = "MARKET_DATA";
inline constexpr char kDeadLetterStream[] = "DEAD_LETTER";
inline constexpr char kTasksStream[] = "TASKS";

// md.> : kept until storage purges it; a full stream refuses. `shards` is written into the stream.
StreamConfig MarketDataStream(int64_t max_bytes, int replicas, uint32_t shards);
// dead.> : the oldest go first.
StreamConfig DeadLetterStream(int64_t max_bytes, int replicas);
// tasks.> : a work queue; a full one refuses. What nobody takes goes after a day, like its record.
StreamConfig TasksStream(int64_t max_messages, int replicas);

// The number of shards that was written into MARKET_DATA when it was created. EnsureStream with
// another number fails with FailedPrecondition. NotFound where the stream's description carries
// none.
Result<uint32_t> ShardsOf(const StreamInfo& market_data);
std::optional<uint32_t> ShardsIn(std::string_view description);

// Filter for one place of the grid; an empty part stands for all: MarketDataFilter("binance", "",
// "trade").
std::string MarketDataFilter(
    std::string_view exchange, std::string_view market, std::string_view data_type
);

// Buckets, with the one time to live that each has.
KvConfig RegistryBucket(int replicas);     // 3 s
KvConfig LocksBucket(int replicas);        // 30 s
KvConfig IdempotencyBucket(int replicas);  // 24 h
KvConfig ResultsBucket(int replicas);      // 24 h
KvConfig JobsBucket(int replicas);         // for ever
KvConfig InstrumentsBucket(int replicas);  // for ever
KvConfig BudgetsBucket(int replicas);      // for ever: REST budgets of venues

}  // namespace mp::bus
