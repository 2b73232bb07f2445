#pragma once
// Checks of a running system. Pure: they look at two snapshots, some seconds apart, and what else
// the gateway said.

#include <string>
#include <vector>

#include "mpctl/client/json.hpp"
#include "mpctl/doctor/finding.hpp"
#include "mpctl/system/snapshot.hpp"

namespace mp::mpctl {

struct Evidence {
    Snapshot older;
    Snapshot newer;
    Json jobs;                   // answer of /jobs; null where it failed
    Json dead_tasks;             // answer of /tasks?status=dead
    std::vector<Json> coverage;  // answers of /coverage, one an instrument
    Nanos now = 0;               // by the clock of this machine
};

std::vector<Finding> CheckServices(const Evidence& evidence);
std::vector<Finding> CheckClocks(const Evidence& evidence);
std::vector<Finding> CheckFeeds(const Evidence& evidence);
std::vector<Finding> CheckLag(const Evidence& evidence);
std::vector<Finding> CheckDisk(const Evidence& evidence);
std::vector<Finding> CheckGaps(const Evidence& evidence);
std::vector<Finding> CheckReconciliation(const Evidence& evidence);
std::vector<Finding> CheckDeadLetters(const Evidence& evidence);
std::vector<Finding> CheckLimits(const Evidence& evidence);
std::vector<Finding> CheckJobs(const Evidence& evidence);

// All of them, in this order.
std::vector<Finding> CheckAll(const Evidence& evidence);

}  // namespace mp::mpctl
