#include "collector/publish/publish_metrics.hpp"

#include <functional>
#include <utility>

namespace mp::collector {

PublishMetrics::PublishMetrics(telemetry::MetricRegistry& registry, const Outbox& outbox) {
    using Kind = telemetry::MetricRegistry::ReadKind;
    const auto add =
        [&](Kind kind, const char* name, const char* help, std::function<uint64_t()> read) {
            readings_.push_back(registry.Read(kind, name, help, {}, [read = std::move(read)] {
                return static_cast<double>(read());
            }));
        };
    const Spool& spool = outbox.spool();
    add(Kind::kGauge, "marketprism_spool_bytes", "Bytes in the spool.", [&spool] {
        return spool.bytes();
    });
    add(Kind::kGauge, "marketprism_spool_records", "Batches not acknowledged.", [&spool] {
        return spool.last() - spool.trimmed();
    });
    add(Kind::kGauge, "marketprism_publish_in_flight", "Batches being published.", [&outbox] {
        return outbox.in_flight();
    });
    add(Kind::kCounter, "marketprism_batches_published_total", "Batches acknowledged.", [&outbox] {
        return outbox.stats().published;
    });
    add(Kind::kCounter, "marketprism_publish_failures_total", "Publishes that failed.", [&outbox] {
        return outbox.stats().failures;
    });
    add(Kind::kCounter,
        "marketprism_batches_unpublishable_total",
        "Batches put aside for good.",
        [&outbox] { return outbox.stats().poisoned; });
}

}  // namespace mp::collector
