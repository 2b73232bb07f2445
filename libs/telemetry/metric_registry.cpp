#include "telemetry/metric_registry.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>
#include <utility>

#include "base/mutex.hpp"
#include "telemetry/family_data.hpp"

namespace mp::telemetry {
namespace {

[[noreturn]] void AbortWith(const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    std::abort();
}

}  // namespace

struct MetricRegistry::State {
    struct ReadEntry {
        ReadKind kind;
        std::string name;
        std::string help;
        Labels labels;
        std::function<double()> read;
    };

    mutable Mutex mutex;
    // By name, so that the text is in a stable order.
    std::map<std::string, std::unique_ptr<detail::FamilyData>, std::less<>> families
        ABSL_GUARDED_BY(mutex);
    std::map<uint64_t, ReadEntry> readings ABSL_GUARDED_BY(mutex);
    uint64_t next_reading ABSL_GUARDED_BY(mutex) = 1;

    detail::FamilyData* Resolve(
        std::string_view name,
        std::string_view help,
        prometheus::MetricType type,
        LabelNames labels,
        std::vector<double> bounds = {}
    ) {
        const MutexLock lock(mutex);
        auto found = families.find(name);
        if (found == families.end()) {
            const std::string text(name);
            if (!prometheus::CheckMetricName(text)) AbortWith("bad metric name " + text);
            auto family = std::make_unique<detail::FamilyData>(
                text, std::string(help), type, std::move(labels), std::move(bounds)
            );
            return families.emplace(text, std::move(family)).first->second.get();
        }
        if (!found->second->Fits(type, labels)) {
            AbortWith(
                "metric " + std::string(name) + " is used with two kinds or two sets of labels"
            );
        }
        return found->second.get();
    }

    // Readings of one name form one family.
    void CollectReadings(std::vector<prometheus::MetricFamily>& all) const
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
        std::map<std::string_view, prometheus::MetricFamily> by_name;
        for (const auto& [id, entry] : readings) {
            const bool counts = entry.kind == ReadKind::kCounter;
            prometheus::MetricFamily& family = by_name[entry.name];
            family.name = entry.name;
            family.help = entry.help;
            family.type = counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
            prometheus::ClientMetric& metric = family.metric.emplace_back();
            for (const auto& [name, value] : entry.labels) metric.label.push_back({name, value});
            (counts ? metric.counter.value : metric.gauge.value) = entry.read();
        }
        for (auto& [name, family] : by_name) all.push_back(std::move(family));
    }
};

MetricRegistry::MetricRegistry() : state_(std::make_unique<State>()) {}
MetricRegistry::~MetricRegistry() = default;

CounterFamily MetricRegistry::Counters(
    std::string_view name, std::string_view help, LabelNames labels
) {
    return CounterFamily(
        state_->Resolve(name, help, prometheus::MetricType::Counter, std::move(labels))
    );
}

GaugeFamily MetricRegistry::Gauges(
    std::string_view name, std::string_view help, LabelNames labels
) {
    return GaugeFamily(state_->Resolve(name, help, prometheus::MetricType::Gauge, std::move(labels))
    );
}

HistogramFamily MetricRegistry::Histograms(
    std::string_view name,
    std::string_view help,
    LabelNames labels,
    const std::vector<double>& bounds
) {
    return HistogramFamily(
        state_->Resolve(name, help, prometheus::MetricType::Histogram, std::move(labels), bounds)
    );
}

Counter MetricRegistry::MakeCounter(std::string_view name, std::string_view help) {
    return Counters(name, help, {}).With({});
}

Gauge MetricRegistry::MakeGauge(std::string_view name, std::string_view help) {
    return Gauges(name, help, {}).With({});
}

Histogram MetricRegistry::MakeHistogram(
    std::string_view name, std::string_view help, const std::vector<double>& bounds
) {
    return Histograms(name, help, {}, bounds).With({});
}

MetricRegistry::Reading MetricRegistry::Read(
    ReadKind kind,
    std::string_view name,
    std::string_view help,
    Labels labels,
    std::function<double()> read
) {
    const MutexLock lock(state_->mutex);
    if (state_->families.contains(name)) AbortWith(std::string(name) + " is counted and read");
    const uint64_t id = state_->next_reading++;
    state_->readings.emplace(
        id,
        State::ReadEntry{
            kind, std::string(name), std::string(help), std::move(labels), std::move(read)}
    );
    return Reading(this, id);
}

std::string MetricRegistry::ToText() const {
    std::vector<prometheus::MetricFamily> all;
    {
        const MutexLock lock(state_->mutex);
        for (const auto& [name, family] : state_->families) all.push_back(family->Collect());
        state_->CollectReadings(all);
    }
    return prometheus::TextSerializer().Serialize(all);
}

MetricRegistry::Reading::Reading(Reading&& other) noexcept
    : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}

MetricRegistry::Reading& MetricRegistry::Reading::operator=(Reading&& other) noexcept {
    if (this != &other) {
        Release();
        registry_ = std::exchange(other.registry_, nullptr);
        id_ = other.id_;
    }
    return *this;
}

MetricRegistry::Reading::~Reading() {
    Release();
}

void MetricRegistry::Reading::Release() {
    if (!registry_) return;
    const MutexLock lock(registry_->state_->mutex);
    registry_->state_->readings.erase(id_);
    registry_ = nullptr;
}

}  // namespace mp::telemetry
