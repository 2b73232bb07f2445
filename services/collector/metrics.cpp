#include "collector/metrics.hpp"

#include <chrono>

namespace mp::collector {

CollectorMetrics::CollectorMetrics(telemetry::MetricRegistry& registry)
    : registry_(registry),
      messages_(registry.Counters(
          "marketprism_messages_total", "Messages processed.", {"exchange", "data_type", "status"}
      )),
      errors_(registry.Counters("marketprism_errors_total", "Errors.", {"exchange", "error_type"})),
      processing_(registry.Histograms(
          "marketprism_processing_seconds",
          "From parser to batch, of a sample of messages.",
          {"exchange", "data_type"}
      )),
      connection_status_(registry.Gauges(
          "marketprism_connection_status",
          "1 while every connection to the exchange is up.",
          {"exchange"}
      )),
      api_latency_(registry.Histograms(
          "datasource_api_latency_seconds", "API call latency.", {"source", "endpoint", "status"}
      )),
      api_calls_(registry.Counters(
          "datasource_api_calls_total", "API calls.", {"source", "endpoint", "status"}
      )),
      sessions_ended_(registry.Counters(
          "marketprism_sessions_ended_total", "Ended connections.", {"exchange", "reason"}
      )),
      resubscriptions_(registry.Counters(
          "marketprism_resubscriptions_total",
          "Streams subscribed anew on a connection that goes on.",
          {"exchange", "reason"}
      )),
      resyncs_(registry.Counters(
          "marketprism_book_resyncs_total", "Books seeded by a snapshot.", {"exchange"}
      )),
      book_checks_(registry.Counters(
          "marketprism_book_checks_total",
          "Books compared with a best quote of the same update.",
          {"exchange", "result"}
      )),
      book_audits_(registry.Counters(
          "marketprism_book_audits_total",
          "Books compared with a fresh snapshot of the venue.",
          {"exchange", "result"}
      )),
      divergent_levels_(registry.Counters(
          "marketprism_book_divergent_levels_total",
          "Levels in which books differed from fresh snapshots.",
          {"exchange"}
      )),
      gaps_(registry.Counters("marketprism_gaps_total", "Gaps recorded.", {"exchange", "data_type"})
      ),
      dropped_(registry.Counters(
          "marketprism_batches_dropped_total", "Batches that could not be kept.", {"reason"}
      )),
      clock_offset_(registry.Gauges(
          "marketprism_clock_offset_seconds",
          "Receive time minus the venue's time, the smallest seen of late.",
          {"exchange"}
      )),
      instruments_(registry.Gauges(
          "marketprism_instruments_collected",
          "Instruments that are collected here.",
          {"exchange", "market"}
      )) {}

TypeMetrics CollectorMetrics::ForType(std::string_view exchange, model::DataType type) const {
    const std::string_view name = model::ToString(type);
    return {
        messages_.With({exchange, name, "ok"}),
        messages_.With({exchange, name, "error"}),
        gaps_.With({exchange, name}),
        processing_.With({exchange, name})};
}

void CollectorMetrics::Failed(std::string_view exchange, reliability::ErrorClass error_class)
    const {
    errors_.With({exchange, reliability::ToLabel(error_class)}).Add();
}

void CollectorMetrics::Ignored(std::string_view exchange) const {
    messages_.With({exchange, "unknown", "ignored"}).Add();
}

void CollectorMetrics::ApiCalled(
    std::string_view source, std::string_view endpoint, std::string_view status, Duration took
) const {
    api_latency_.With({source, endpoint, status}).Observe(took);
    api_calls_.With({source, endpoint, status}).Add();
}

void CollectorMetrics::Connected(std::string_view exchange, bool all) const {
    connection_status_.With({exchange}).Set(all ? 1 : 0);
}

void CollectorMetrics::Collecting(
    std::string_view exchange, std::string_view market, size_t instruments
) const {
    instruments_.With({exchange, market}).Set(static_cast<double>(instruments));
}

void CollectorMetrics::SessionEnded(std::string_view exchange, std::string_view reason) const {
    sessions_ended_.With({exchange, reason}).Add();
}

void CollectorMetrics::Resubscribed(std::string_view exchange, std::string_view reason) const {
    resubscriptions_.With({exchange, reason}).Add();
}

void CollectorMetrics::Resynced(std::string_view exchange) const {
    resyncs_.With({exchange}).Add();
}

void CollectorMetrics::BookChecked(std::string_view exchange, bool right) const {
    book_checks_.With({exchange, right ? "equal" : "different"}).Add();
}

void CollectorMetrics::BookAudited(std::string_view exchange, std::optional<size_t> differences)
    const {
    const char* result = differences.value_or(0) > 0 ? "different" : "equal";
    book_audits_.With({exchange, differences ? result : "undecided"}).Add();
    divergent_levels_.With({exchange}).Add(static_cast<double>(differences.value_or(0)));
}

void CollectorMetrics::Dropped(std::string_view reason) const {
    dropped_.With({reason}).Add();
}

void CollectorMetrics::ClockOffset(std::string_view exchange, Duration offset) const {
    clock_offset_.With({exchange}).Set(std::chrono::duration<double>(offset).count());
}

}  // namespace mp::collector
