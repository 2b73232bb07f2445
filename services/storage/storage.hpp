#pragma once
// The storage service's life: connects to the broker, consumes, lists itself, works on tasks, and
// leaves in order. On one io_context thread.

#include <memory>
#include <optional>

#include "bus/connection.hpp"
#include "bus/dead_letter.hpp"
#include "bus/dead_letter_metrics.hpp"
#include "bus/kv_bucket.hpp"
#include "registry/directory.hpp"
#include "registry/instance.hpp"
#include "registry/registration.hpp"
#include "rpc/server.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task.hpp"
#include "storage/config.hpp"
#include "storage/ingest/dead_letter_relay.hpp"
#include "storage/ingest/ingest.hpp"
#include "storage/ingest/stream_reader.hpp"
#include "storage/shared_engine.hpp"
#include "storage/tasks/backup_task.hpp"
#include "storage/tasks/export_task.hpp"
#include "storage/tasks/retention_task.hpp"
#include "storage/tasks/shard_move_task.hpp"
#include "tasks/pool_metrics.hpp"
#include "tasks/worker_pool.hpp"
#include "telemetry/health.hpp"

namespace mp::storage {

class Storage {
  public:
    // Everything referenced outlives it. `shared`: `engine` again, where several instances share
    // the store; else null.
    Storage(
        const Config& config,
        bus::Connection& bus,
        Engine& engine,
        SharedEngine* shared,
        telemetry::MetricRegistry& registry,
        const StorageMetrics& metrics,
        telemetry::Health& health,
        const Executor& executor
    );

    // Waits for the broker, then serves until the process is asked to stop, something fails, or it
    // is cancelled; then leaves: not ready, nobody is sent here any more, the batch at hand is
    // committed. `self` is how the registry shows this instance; `reloads` goes on meanwhile.
    Task<Status> Run(registry::Instance self, rpc::Server& grpc, Task<Status> reloads);

    // Takes what may change at run time.
    void Follow(const Config& fresh);

    const StreamReader& reader() const { return *reader_; }

  private:
    Task<Status> Work(registry::Registration& registration, rpc::Server& grpc);
    Task<Status> UntilShutdown(registry::Registration& registration, rpc::Server& grpc);
    Task<> AnnounceWhenConsuming(rpc::Server& grpc);
    Task<> Leave(registry::Registration& registration);
    std::unique_ptr<StreamReader> ReadAlone(const StorageMetrics& metrics);
    std::unique_ptr<StreamReader> ReadTogether(SharedEngine& engine, const StorageMetrics& metrics);
    Task<Status> FollowOthers();
    Ingest::DeadLetterSink LetterSink();
    void AddHealth(telemetry::Health& health);
    bool Well() const { return engine_.Health().ok() && reader_->state().ok(); }

    const Config& config_;
    bus::Connection& bus_;
    Engine& engine_;
    telemetry::Health& health_;

    // What the stream brings.
    bus::DeadLetters letters_;
    DeadLetterRelay relay_;
    runtime::BlockingPool blocking_;
    bus::KvBucket registry_bucket_;
    bus::KvBucket locks_bucket_;
    std::optional<Ingest> ingest_;                  // where it has the store alone
    std::optional<registry::Directory> directory_;  // where it shares it
    std::unique_ptr<StreamReader> reader_;

    // What the system asks for.
    bus::KvBucket results_bucket_;
    RetentionTask retention_;
    BackupTask backup_;
    ExportTask export_;
    ShardMoveTask shard_move_;
    tasks::WorkerPool workers_;

    bus::DeadLetterMetrics letter_metrics_;
    tasks::PoolMetrics worker_metrics_;
    telemetry::MetricRegistry::Reading relay_dropped_;
};

}  // namespace mp::storage
