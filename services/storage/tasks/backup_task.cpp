#include "storage/tasks/backup_task.hpp"

#include <chrono>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "runtime/first_of.hpp"
#include "runtime/sleep.hpp"
#include "tasks/payload.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLookEvery = 200ms;

const telemetry::Logger kLog{"storage.backup"};

// Sets a flag when whoever holds it is gone, however it went.
template <typename Flag>
class AtEnd {
  public:
    AtEnd(Flag& flag, bool value) : flag_(flag), value_(value) {}
    ~AtEnd() { flag_ = value_; }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

  private:
    Flag& flag_;
    const bool value_;
};

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
    const Result<BackupOrder> order = OrderOf(context.task().payload_json());
    if (!order.ok()) co_return order.status();
    if (running_) co_return absl::FailedPreconditionError("another backup is being made");
    running_ = true;
    const AtEnd ended(running_, false);
    fraction_ = 0;
    stop_ = false;
    co_return co_await runtime::FirstOf(Make(*order), Follow(context));
}

Task<Result<std::string>> BackupTask::Make(const BackupOrder& order) {
    kLog.Info("backing up", {{"to", order.to.string()}});
    const Nanos began = DefaultClock().Steady();
    const Result<BackupReport> report = co_await pool_.Run([this, &order] {
        return engine_.Backup(order, [this](double fraction) {
            fraction_ = fraction;
            return !stop_;
        });
    });
    if (!report.ok()) {
        if (!absl::IsCancelled(report.status())) metrics_.BackupFailed();
        kLog.Warn("no backup was made", {{"to", order.to.string()}, {"reason", report.status()}});
        co_return report.status();
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
    co_return ResultOf(order, *report);
}

// Never ends by itself. When it is gone nobody waits for the backup any more.
Task<Result<std::string>> BackupTask::Follow(tasks::TaskContext& context) {
    const AtEnd gone(stop_, true);
    for (;;) {
        context.SetProgress(fraction_);
        co_await runtime::Sleep(kLookEvery);
    }
}

}  // namespace mp::storage
