#include "bus/dead_letter_metrics.hpp"

namespace mp::bus {

DeadLetterMetrics::DeadLetterMetrics(
    telemetry::MetricRegistry& registry, const DeadLetters& letters
) {
    const auto count = [&](const char* name, const char* help, uint64_t DeadLetters::Counters::*of
                       ) {
        readings_.push_back(registry.Read(
            telemetry::MetricRegistry::ReadKind::kCounter,
            name,
            help,
            {},
            [&letters, of] { return static_cast<double>(letters.counters().*of); }
        ));
    };
    using Counters = DeadLetters::Counters;
    count("marketprism_dead_letters_total", "Messages kept as dead letters.", &Counters::stored);
    count(
        "marketprism_dead_letters_dropped_total",
        "Dead letters not kept: too many at once.",
        &Counters::dropped
    );
    count(
        "marketprism_dead_letters_failed_total",
        "Dead letters that the broker did not take.",
        &Counters::failed
    );
}

}  // namespace mp::bus
