#include "storage/metrics.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace mp::storage {
StorageMetrics::StorageMetrics(telemetry::MetricRegistry& registry)
    : messages_(registry.Counters(
          "marketprism_messages_total", "Events handled.", {"exchange", "data_type", "status"}
      )),
      socket_to_store_(registry.Histograms(
          "marketprism_socket_to_store_seconds",
          "From the collector's socket read to the commit.",
          {"exchange", "data_type"}
      )),
      errors_(registry.Counters(
          "marketprism_errors_total", "Errors by kind.", {"exchange", "error_type"}
      )),
      commit_seconds_(
          registry.MakeHistogram("marketprism_store_commit_seconds", "One commit of the engine.")
      ),
      committed_events_(registry.MakeCounter(
          "marketprism_store_committed_events_total",
          "Events in committed batches, repeats included."
      )),
      committed_bytes_(registry.MakeCounter(
          "marketprism_store_committed_bytes_total", "Bytes of events in committed batches."
      )),
      commit_failures_(registry.MakeCounter(
          "marketprism_store_commit_failures_total", "Batches that the engine refused."
      )),
      set_aside_(registry.MakeCounter(
          "marketprism_store_set_aside_messages_total",
          "Messages left out, as dead letters, because the store is damaged where they belong."
      )),
      deferred_claims_(registry.MakeGauge(
          "marketprism_store_deferred_claims",
          "Messages with coverage claims that wait for data before them."
      )),
      losses_(registry.Counters(
          "marketprism_stream_losses_total",
          "Times that events may have left the stream unread.",
          {"reason"}
      )),
      purged_(registry.MakeCounter(
          "marketprism_stream_purged_messages_total", "Messages purged from the stream."
      )),
      recoveries_(registry.MakeCounter(
          "marketprism_store_recoveries_total", "Times that opening dropped a damaged log tail."
      )),
      ack_floor_(registry.MakeGauge(
          "marketprism_store_ack_floor", "Everything up to this stream sequence is committed."
      )),
      pending_(registry.MakeGauge(
          "marketprism_consumer_pending", "Messages of the stream not delivered to storage yet."
      )),
      lanes_(registry.Gauges(
          "marketprism_storage_lane_led",
          "1 where this instance writes to the lane of a shared store.",
          {"lane"}
      )),
      rows_(registry.Gauges("marketprism_store_rows", "Events stored.", {"exchange", "data_type"})),
      gaps_(registry.Gauges(
          "marketprism_store_gaps",
          "Gaps between the first and the last instant claimed; repaired ones and what was deleted "
          "on purpose left out.",
          {"exchange", "data_type"}
      )),
      disk_bytes_(registry.MakeGauge("marketprism_store_disk_bytes", "Bytes that the store takes.")
      ),
      disk_free_bytes_(
          registry.MakeGauge("marketprism_store_disk_free_bytes", "Bytes free on its disk.")
      ),
      cache_bytes_(registry.MakeGauge(
          "marketprism_store_cache_bytes", "Memory that the configured caches hold."
      )),
      series_(registry.MakeGauge("marketprism_store_series", "Series stored.")),
      unaccounted_(registry.Gauges(
          "marketprism_storage_reconciliation_difference",
          "Events received that are neither stored, known already, dead letters nor in flight, or "
          "the other way round.",
          {"exchange", "data_type"}
      )),
      backups_(registry.Counters(
          "marketprism_store_backups_total", "Backups by what became of them.", {"outcome"}
      )),
      backup_bytes_(registry.MakeCounter(
          "marketprism_store_backup_copied_bytes_total", "Bytes copied into backups."
      )),
      backup_time_(registry.MakeGauge(
          "marketprism_store_backup_timestamp_seconds",
          "When the last backup since the start was made, Unix time; 0: none."
      )),
      replica_used_(registry.Gauges(
          "marketprism_store_replica_used",
          "1 where the replica may be asked; 0: away, or not known to have what others have.",
          {"shard", "endpoint"}
      )),
      replica_reads_(registry.Counters(
          "marketprism_store_replica_reads_total",
          "Queries to replicas: answered, or failed and asked elsewhere.",
          {"shard", "endpoint", "outcome"}
      )),
      connections_(registry.Gauges(
          "marketprism_store_connections",
          "Connections to the store's servers in use.",
          {"shard", "endpoint"}
      )),
      connections_opened_(registry.Counters(
          "marketprism_store_connections_opened_total",
          "Connections to the store's servers opened.",
          {"shard", "endpoint"}
      )),
      connection_waits_(registry.Counters(
          "marketprism_store_connection_waits_total",
          "Calls that found all connections in use: those that got one, and those that did not.",
          {"shard", "endpoint", "outcome"}
      )),
      exports_(registry.Counters(
          "marketprism_store_exports_total", "Exports by what became of them.", {"outcome"}
      )),
      exported_rows_(
          registry.MakeCounter("marketprism_store_exported_rows_total", "Rows of finished exports.")
      ),
      exported_bytes_(registry.MakeCounter(
          "marketprism_store_exported_bytes_total", "Bytes of the files of finished exports."
      )),
      packed_trades_(registry.MakeCounter(
          "marketprism_store_packed_trades_total", "Trades packed into blocks of columns."
      )),
      packed_bytes_(registry.MakeCounter(
          "marketprism_store_packed_bytes_total", "Bytes of those blocks, before compression."
      )),
      unpacked_blocks_(registry.MakeCounter(
          "marketprism_store_unpacked_blocks_total",
          "Blocks of columns that became rows again, as one of theirs has changed."
      )) {
    for (const char* outcome : {"made", "failed"}) {
        (void)backups_.With({outcome});
        (void)exports_.With({outcome});
    }
}

void StorageMetrics::KeptUp(const UpkeepStep& step) const {
    packed_trades_.Add(step.packed_trades);
    packed_bytes_.Add(step.packed_bytes);
    unpacked_blocks_.Add(step.unpacked_blocks);
}

void StorageMetrics::Exported(uint64_t rows, uint64_t bytes) const {
    exports_.With({"made"}).Add();
    exported_rows_.Add(rows);
    exported_bytes_.Add(bytes);
}

void StorageMetrics::BackedUp(uint64_t copied_bytes, Nanos when) const {
    backups_.With({"made"}).Add();
    backup_bytes_.Add(copied_bytes);
    backup_time_.Set(static_cast<double>(when) / kSecond);
}

EventCounters StorageMetrics::Events(std::string_view exchange, model::DataType type) const {
    const std::string_view name = model::ToString(type);
    return {
        messages_.With({exchange, name, "stored"}),
        messages_.With({exchange, name, "duplicate"}),
        messages_.With({exchange, name, "conflict"}),
        socket_to_store_.With({exchange, name}),
    };
}

void StorageMetrics::Undecodable(std::string_view exchange, std::string_view data_type) const {
    messages_.With({exchange, data_type, "undecodable"}).Add();
    errors_.With({exchange, "data"}).Add();
}

void StorageMetrics::Committed(size_t events, size_t bytes, Duration took) const {
    committed_events_.Add(events);
    committed_bytes_.Add(bytes);
    commit_seconds_.Observe(took);
}

void StorageMetrics::Rows(const std::vector<SeriesEntry>& series) const {
    std::map<std::pair<std::string_view, model::DataType>, uint64_t> rows;
    for (const SeriesEntry& entry : series) {
        rows[{entry.series.instrument.exchange, entry.series.data_type}] += entry.events;
    }
    for (const auto& [key, events] : rows) {
        rows_.With({key.first, model::ToString(key.second)}).Set(static_cast<double>(events));
    }
}

void StorageMetrics::Endpoint(const EndpointState& now, const EndpointState& before) const {
    const std::string& shard = now.shard;
    const std::string& url = now.url;
    connections_.With({shard, url}).Set(static_cast<double>(now.connections));
    connections_opened_.With({shard, url}).Add(now.opened - before.opened);
    const uint64_t refused = now.refused - before.refused;
    const uint64_t waits = now.waits - before.waits;
    connection_waits_.With({shard, url, "served"}).Add(waits - std::min(waits, refused));
    connection_waits_.With({shard, url, "refused"}).Add(refused);
    if (now.role == EndpointRole::kPrimary) return;
    replica_used_.With({shard, url}).Set(now.used ? 1 : 0);
    replica_reads_.With({shard, url, "answered"}).Add(now.reads - before.reads);
    replica_reads_.With({shard, url, "failed"}).Add(now.failures - before.failures);
}

void StorageMetrics::Gaps(std::string_view exchange, model::DataType type, uint64_t gaps) const {
    gaps_.With({exchange, model::ToString(type)}).Set(static_cast<double>(gaps));
}

void StorageMetrics::Size(const EngineStatistics& statistics) const {
    disk_bytes_.Set(static_cast<double>(statistics.bytes_on_disk));
    disk_free_bytes_.Set(static_cast<double>(statistics.disk_free_bytes));
    cache_bytes_.Set(static_cast<double>(statistics.cache_bytes));
    series_.Set(static_cast<double>(statistics.series));
}

}  // namespace mp::storage
