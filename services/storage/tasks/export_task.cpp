#include "storage/tasks/export_task.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "telemetry/logging.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.export"};

std::string ResultOf(const ExportReport& report) {
    return nlohmann::json{
        {"to", report.folder.string()},
        {"manifest", (report.folder / "manifest.json").string()},
        {"series", report.series},
        {"parts", report.parts},
        {"kept_parts", report.kept_parts},
        {"rows", report.rows},
        {"bytes", report.bytes},
        {"complete", report.complete}}
        .dump();
}

}  // namespace

Task<Result<std::string>> ExportTask::Run(tasks::TaskContext& context) {
    Result<ExportOrder> order = ParseExportOrder(context.task().payload_json(), clock_.Now());
    if (!order.ok()) co_return order.status();
    LongWork::Work write = [this, told = *std::move(order)](const OnExportProgress& on_progress) {
        return Write(told, on_progress);
    };
    co_return co_await work_.Run(context, std::move(write));
}

Result<std::string> ExportTask::Write(const ExportOrder& order, const OnExportProgress& on_progress)
    const {
    kLog.Info("exporting", {{"to", order.folder}, {"request", order.request}});
    const Nanos began = clock_.Steady();
    const Result<ExportReport> report = exporter_.Run(order, on_progress);
    if (!report.ok()) {
        if (!absl::IsCancelled(report.status())) metrics_.ExportFailed();
        kLog.Warn(
            "the export is not finished", {{"to", order.folder}, {"reason", report.status()}}
        );
        return report.status();
    }
    const bool made = report->kept_parts < report->parts || report->parts == 0;
    metrics_.Exported(made ? report->rows : 0, made ? report->bytes : 0);
    kLog.Info(
        "exported",
        {{"to", report->folder.string()},
         {"parts", report->parts},
         {"kept_parts", report->kept_parts},
         {"rows", report->rows},
         {"bytes", report->bytes},
         {"seconds", static_cast<double>(clock_.Steady() - began) / kSecond}}
    );
    return ResultOf(*report);
}

}  // namespace mp::storage
