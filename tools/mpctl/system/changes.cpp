#include "mpctl/system/changes.hpp"

#include <algorithm>
#include <cmath>

namespace mp::mpctl {
namespace {

// A counter that fell belongs to a process that began anew.
double GrowthOf(double older, double newer) {
    return newer >= older ? newer - older : newer;
}

}  // namespace

const InstanceState* FindInstance(const Snapshot& snapshot, const InstanceState& same) {
    const auto found = std::find_if(
        snapshot.instances.begin(),
        snapshot.instances.end(),
        [&](const InstanceState& state) {
            return state.service == same.service && state.instance == same.instance;
        }
    );
    return found != snapshot.instances.end() ? &*found : nullptr;
}

std::map<Labels, double> Growth(
    const Snapshot& older,
    const Snapshot& newer,
    const std::string& service,
    const std::string& name
) {
    std::map<Labels, double> growth;
    for (const InstanceState& state : newer.instances) {
        if (state.service != service) continue;
        const InstanceState* const before = FindInstance(older, state);
        if (before == nullptr || before->metrics.empty()) continue;
        const auto& earlier = before->metrics.Of(name);
        for (const auto& [labels, value] : state.metrics.Of(name)) {
            const auto found = earlier.find(labels);
            growth[labels] += GrowthOf(found != earlier.end() ? found->second : 0, value);
        }
    }
    return growth;
}

std::map<Labels, double> Totals(
    const Snapshot& snapshot, const std::string& service, const std::string& name
) {
    std::map<Labels, double> totals;
    for (const InstanceState& state : snapshot.instances) {
        if (state.service != service) continue;
        for (const auto& [labels, value] : state.metrics.Of(name)) totals[labels] += value;
    }
    return totals;
}

std::map<Labels, Histogram> Observed(
    const Snapshot& older,
    const Snapshot& newer,
    const std::string& service,
    const std::string& name
) {
    std::map<Labels, Histogram> observed;
    for (const InstanceState& state : newer.instances) {
        if (state.service != service) continue;
        const InstanceState* const before = FindInstance(older, state);
        if (before == nullptr || before->metrics.empty()) continue;
        const auto earlier = HistogramsOf(before->metrics, name);
        for (const auto& [labels, histogram] : HistogramsOf(state.metrics, name)) {
            const auto found = earlier.find(labels);
            observed[labels].Merge(
                found != earlier.end() ? histogram.Since(found->second) : histogram
            );
        }
    }
    return observed;
}

double SumOf(const Snapshot& snapshot, const std::string& service, const std::string& name) {
    double sum = 0;
    for (const InstanceState& state : snapshot.instances) {
        if (service.empty() || state.service == service) sum += state.metrics.SumOr(name, 0);
    }
    return sum;
}

std::map<std::string, double> LargestBy(
    const Snapshot& snapshot,
    const std::string& service,
    const std::string& name,
    const std::string& label
) {
    std::map<std::string, double> largest;
    for (const InstanceState& state : snapshot.instances) {
        if (state.service != service) continue;
        for (const auto& [labels, value] : state.metrics.Of(name)) {
            const auto [entry, added] = largest.emplace(LabelOf(labels, label), value);
            if (!added && std::abs(value) > std::abs(entry->second)) entry->second = value;
        }
    }
    return largest;
}

double SecondsBetween(const Snapshot& older, const Snapshot& newer) {
    return static_cast<double>(newer.steady - older.steady) / static_cast<double>(kSecond);
}

}  // namespace mp::mpctl
