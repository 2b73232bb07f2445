#include "mpctl/doctor/checks.hpp"

#include <utility>

namespace mp::mpctl {

std::vector<Finding> CheckAll(const Evidence& evidence) {
    std::vector<Finding> all;
    for (const auto check :
         {CheckServices,
          CheckClocks,
          CheckFeeds,
          CheckLag,
          CheckDisk,
          CheckGaps,
          CheckReconciliation,
          CheckDeadLetters,
          CheckLimits,
          CheckJobs}) {
        for (Finding& finding : check(evidence)) all.push_back(std::move(finding));
    }
    return all;
}

}  // namespace mp::mpctl
