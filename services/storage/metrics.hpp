#pragma once
// What storage counts. Thread-safe.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/instrument.hpp"
#include "storage/engine.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::storage {

// What one kind of event counts, resolved once a series.
struct EventCounters {
    telemetry::Counter stored;
    telemetry::Counter duplicate;
    telemetry::Counter conflict;
    telemetry::Histogram socket_to_store;
};

class StorageMetrics {
  public:
    explicit StorageMetrics(telemetry::MetricRegistry& registry);

    EventCounters Events(std::string_view exchange, model::DataType type) const;
    // A message, or one event of it, that nobody can read.
    void Undecodable(std::string_view exchange, std::string_view data_type) const;
    void Committed(size_t events, size_t bytes, Duration took) const;
    void CommitFailed() const { commit_failures_.Add(); }
    // A message left out because what is stored where it belongs is damaged.
    void SetAside() const { set_aside_.Add(); }
    void DeferredClaims(size_t messages) const {
        deferred_claims_.Set(static_cast<double>(messages));
    }
    void Loss(std::string_view reason) const { losses_.With({reason}).Add(); }
    void Purged(uint64_t messages) const { purged_.Add(messages); }
    void Recovered() const { recoveries_.Add(); }
    void Floor(uint64_t sequence) const { ack_floor_.Set(static_cast<double>(sequence)); }
    void Behind(uint64_t messages) const { pending_.Set(static_cast<double>(messages)); }
    // Whether this instance writes to a lane of a shared store.
    void LaneLed(uint32_t lane, bool led) const {
        lanes_.With({std::to_string(lane)}).Set(led ? 1 : 0);
    }
    void Size(const EngineStatistics& statistics) const;
    void Rows(const std::vector<SeriesEntry>& series) const;
    // Events received and not accounted for; must be 0.
    telemetry::Gauge Unaccounted(std::string_view exchange, model::DataType type) const {
        return unaccounted_.With({exchange, model::ToString(type)});
    }
    void BackedUp(uint64_t copied_bytes, Nanos when) const;
    void BackupFailed() const { backups_.With({"failed"}).Add(); }
    // What a server of the engine does now, and did since `before`.
    void Endpoint(const EndpointState& now, const EndpointState& before) const;
    void KeptUp(const UpkeepStep& step) const;
    void Exported(uint64_t rows, uint64_t bytes) const;
    void ExportFailed() const { exports_.With({"failed"}).Add(); }
    void Gaps(std::string_view exchange, model::DataType type, uint64_t gaps) const;

  private:
    telemetry::CounterFamily messages_;
    telemetry::HistogramFamily socket_to_store_;
    telemetry::CounterFamily errors_;
    telemetry::Histogram commit_seconds_;
    telemetry::Counter committed_events_;
    telemetry::Counter committed_bytes_;
    telemetry::Counter commit_failures_;
    telemetry::Counter set_aside_;
    telemetry::Gauge deferred_claims_;
    telemetry::CounterFamily losses_;
    telemetry::Counter purged_;
    telemetry::Counter recoveries_;
    telemetry::Gauge ack_floor_;
    telemetry::Gauge pending_;
    telemetry::GaugeFamily lanes_;
    telemetry::GaugeFamily rows_;
    telemetry::GaugeFamily gaps_;
    telemetry::Gauge disk_bytes_;
    telemetry::Gauge disk_free_bytes_;
    telemetry::Gauge cache_bytes_;
    telemetry::Gauge series_;
    telemetry::GaugeFamily unaccounted_;
    telemetry::CounterFamily backups_;
    telemetry::Counter backup_bytes_;
    telemetry::Gauge backup_time_;
    telemetry::GaugeFamily replica_used_;
    telemetry::CounterFamily replica_reads_;
    telemetry::GaugeFamily connections_;
    telemetry::CounterFamily connections_opened_;
    telemetry::CounterFamily connection_waits_;
    telemetry::CounterFamily exports_;
    telemetry::Counter exported_rows_;
    telemetry::Counter exported_bytes_;
    telemetry::Counter packed_trades_;
    telemetry::Counter packed_bytes_;
    telemetry::Counter unpacked_blocks_;
};

}  // namespace mp::storage
