#pragma once
// What the collector counts. Code says what happened, names and labels stand here.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "model/instrument.hpp"
#include "reliability/error_class.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::collector {

// Counters of one exchange and data type, resolved once.
struct TypeMetrics {
    telemetry::Counter received;  // events, status "ok"
    telemetry::Counter bad;       // messages that could not be read, status "error"
    telemetry::Counter gaps;
    telemetry::Histogram handling;  // of a sample of messages: from parser to batch
};

class CollectorMetrics {
  public:
    explicit CollectorMetrics(telemetry::MetricRegistry& registry);

    TypeMetrics ForType(std::string_view exchange, model::DataType type) const;

    void Failed(std::string_view exchange, reliability::ErrorClass error_class) const;
    void Ignored(std::string_view exchange) const;  // messages that nobody asked for
    void ApiCalled(
        std::string_view source, std::string_view endpoint, std::string_view status, Duration took
    ) const;
    // 1 while every connection to the exchange is up, else 0.
    void Connected(std::string_view exchange, bool all) const;
    // Instruments of one market that are collected here.
    void Collecting(std::string_view exchange, std::string_view market, size_t instruments) const;
    void SessionEnded(std::string_view exchange, std::string_view reason) const;
    // One stream of a connection that goes on.
    void Resubscribed(std::string_view exchange, std::string_view reason) const;
    void Resynced(std::string_view exchange) const;
    void BookChecked(std::string_view exchange, bool right) const;
    // A book was compared with a fresh snapshot; nothing: it could not be. In how many levels it
    // differed.
    void BookAudited(std::string_view exchange, std::optional<size_t> differences) const;
    void Dropped(std::string_view reason) const;  // a batch
    void ClockOffset(std::string_view exchange, Duration offset) const;

    telemetry::MetricRegistry& registry() const { return registry_; }

  private:
    telemetry::MetricRegistry& registry_;
    telemetry::CounterFamily messages_;
    telemetry::CounterFamily errors_;
    telemetry::HistogramFamily processing_;
    telemetry::GaugeFamily connection_status_;
    telemetry::HistogramFamily api_latency_;
    telemetry::CounterFamily api_calls_;
    telemetry::CounterFamily sessions_ended_;
    telemetry::CounterFamily resubscriptions_;
    telemetry::CounterFamily resyncs_;
    telemetry::CounterFamily book_checks_;
    telemetry::CounterFamily book_audits_;
    telemetry::CounterFamily divergent_levels_;
    telemetry::CounterFamily gaps_;
    telemetry::CounterFamily dropped_;
    telemetry::GaugeFamily clock_offset_;
    telemetry::GaugeFamily instruments_;
};

}  // namespace mp::collector
