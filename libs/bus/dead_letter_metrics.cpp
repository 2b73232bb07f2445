#include "bus/dead_letter_metrics.hpp"

namespace mp::bus {

DeadLetterMetrics::DeadLetterMetrics(
    telemetry::MetricRegistry& registry, const DeadLetters& letters
) {
    using Kind = telemetry::MetricRegistry::ReadKind;
    const auto show =
        [&](Kind kind, const char* name, const char* help, uint64_t DeadLetters::Counters::*of) {
            readings_.push_back(registry.Read(kind, name, help, {}, [&letters, of] {
                return static_cast<double>(letters.counters().*of);
            }));
        };
    using Counters = DeadLetters::Counters;
    show(
        Kind::kCounter,
        "marketprism_dead_letters_total",
        "Messages kept as dead letters.",
        &Counters::stored
    );
    show(
        Kind::kCounter,
        "marketprism_dead_letters_dropped_total",
        "Dead letters not kept: too many at once.",
        &Counters::dropped
    );
    show(
        Kind::kCounter,
        "marketprism_dead_letters_failed_total",
        "Dead letters that the broker refused.",
        &Counters::failed
    );
    show(
        Kind::kGauge,
        "marketprism_dead_letters_waiting",
        "Dead letters on their way to the broker.",
        &Counters::waiting
    );
}

}  // namespace mp::bus
