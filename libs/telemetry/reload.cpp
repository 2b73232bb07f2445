#include "telemetry/reload.hpp"

namespace mp::telemetry {
namespace {

const Logger kLog{"reload"};

}  // namespace

void LogRefusedReload(const Status& why) {
    kLog.Error("configuration refused, the old one stays", {{"reason", why}});
}

void LogReload(std::span<const std::string> waiting) {
    kLog.Info("configuration read again");
    if (waiting.empty()) return;
    std::string keys;
    for (const std::string& key : waiting) keys += (keys.empty() ? "" : " ") + key;
    kLog.Warn("changed keys wait for a restart", {{"keys", keys}});
}

}  // namespace mp::telemetry
