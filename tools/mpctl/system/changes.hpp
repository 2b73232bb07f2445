#pragma once
// What happened between two snapshots, per instance, so that one that began anew does not spoil the
// sum of all. Pure.

#include <map>
#include <string>

#include "mpctl/metrics/histogram.hpp"
#include "mpctl/system/snapshot.hpp"

namespace mp::mpctl {

// The instance as it was; null where it was not there.
const InstanceState* FindInstance(const Snapshot& snapshot, const InstanceState& same);

// How much a counter of a service grew, by its labels, over all instances. Instances that `older`
// lacks are left out: nobody knows when they counted.
std::map<Labels, double> Growth(
    const Snapshot& older,
    const Snapshot& newer,
    const std::string& service,
    const std::string& name
);

// The counter itself, summed over all instances.
std::map<Labels, double> Totals(
    const Snapshot& snapshot, const std::string& service, const std::string& name
);

// The values that a histogram of a service took in, by its labels, over all instances.
std::map<Labels, Histogram> Observed(
    const Snapshot& older,
    const Snapshot& newer,
    const std::string& service,
    const std::string& name
);

// A metric summed over labels and over the instances of a service; of all services where it is
// empty.
double SumOf(const Snapshot& snapshot, const std::string& service, const std::string& name);

// The value of a gauge that is farthest from 0 among the instances of a service, by one label.
std::map<std::string, double> LargestBy(
    const Snapshot& snapshot,
    const std::string& service,
    const std::string& name,
    const std::string& label
);

double SecondsBetween(const Snapshot& older, const Snapshot& newer);

}  // namespace mp::mpctl
