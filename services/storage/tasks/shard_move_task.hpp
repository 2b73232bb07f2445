#pragma once
// Task `shard_move`: moves all series of an instrument to another shard of the store, while events
// arrive and queries are answered. One that was broken off goes on when it is repeated.
// Payload {"exchange":"binance","market":"spot","symbol":"BTC-USDT","to":"b"}.
// Result {"rows":n,"to":"b"}; 0 rows: it lay there.

#include <string>

#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/engine.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::storage {

class ShardMoveTask {
  public:
    // Everything referenced outlives it.
    ShardMoveTask(Engine& engine, runtime::BlockingPool& pool) : engine_(engine), pool_(pool) {}

    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    Engine& engine_;
    runtime::BlockingPool& pool_;
};

}  // namespace mp::storage
