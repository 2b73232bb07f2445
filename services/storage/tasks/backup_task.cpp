#include "storage/tasks/backup_task.hpp"

#include <filesystem>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.backup"};

std::string ResultOf(const BackupOrder& order, const BackupReport& report) {
    return nlohmann::json{
        {"to", order.to.string()},
        {"backup", report.id},
        {"bytes", report.bytes},
        {"copied_bytes", report.copied_bytes},
        {"events", report.events},
        {"floor", report.floor}}
        .dump();
}

}  // namespace

Result<BackupOrder> BackupTask::OrderOf(const std::string& payload) const {
    auto told = tasks::Payload::Parse(payload);
    if (!told.ok()) return told.status();
    BackupOrder order = usual_;
    const std::string to = told->GetText("to", "");
    order.keep = told->GetCount("keep", usual_.keep);
    MP_RETURN_IF_ERROR(told->Finish());
    if (!to.empty()) {
        order.to = to;
    } else if (order.to.empty()) {
        return absl::InvalidArgumentError("to: no folder is named, and backup.path is empty");
    }
    return order;
}

Task<Result<std::string>> BackupTask::Run(tasks::TaskContext& context) {
    Result<BackupOrder> order = OrderOf(context.task().payload_json());
    if (!order.ok()) co_return order.status();
    LongWork::Work make = [this, told = *std::move(order)](const OnBackupProgress& on_progress) {
        return Make(told, on_progress);
    };
    co_return co_await work_.Run(context, std::move(make));
}

Result<std::string> BackupTask::Make(const BackupOrder& order, const OnBackupProgress& on_progress)
    const {
    kLog.Info("backing up", {{"to", order.to.string()}});
    const Nanos began = DefaultClock().Steady();
    const Result<BackupReport> report = engine_.Backup(order, on_progress);
    if (!report.ok()) {
        if (!absl::IsCancelled(report.status())) metrics_.BackupFailed();
        kLog.Warn("no backup was made", {{"to", order.to.string()}, {"reason", report.status()}});
        return report.status();
    }
    metrics_.BackedUp(report->copied_bytes, DefaultClock().Now());
    kLog.Info(
        "backed up",
        {{"to", order.to.string()},
         {"backup", report->id},
         {"bytes", report->bytes},
         {"copied_bytes", report->copied_bytes},
         {"seconds", static_cast<double>(DefaultClock().Steady() - began) / kSecond}}
    );
    if (!report->purged.ok()) kLog.Warn("old backups stay", {{"reason", report->purged}});
    return ResultOf(order, *report);
}

}  // namespace mp::storage
