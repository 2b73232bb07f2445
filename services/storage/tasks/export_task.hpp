#pragma once
// Task `export`: writes stored events into files below a folder of this machine
// (export/exporter.hpp). Payload as in export/export_order.hpp; `to` is optional: without it the
// same request finds the same folder. Result
// {"to","manifest","series","parts","kept_parts","rows","bytes","complete"}.
//
// One at a time; on the executor, the work on a thread of its own.

#include <string>

#include "runtime/task.hpp"
#include "storage/export/exporter.hpp"
#include "storage/metrics.hpp"
#include "storage/tasks/long_work.hpp"
#include "tasks/worker_pool.hpp"

namespace mp::storage {

class ExportTask {
  public:
    // Everything referenced outlives it.
    ExportTask(QueryContext context, ExportPlace place, const StorageMetrics& metrics)
        : clock_(context.clock),
          exporter_(std::move(context), std::move(place)),
          metrics_(metrics) {}

    // Cancelled, it ends with the last finished file, behind which the next run goes on.
    Task<Result<std::string>> Run(tasks::TaskContext& context);

  private:
    Result<std::string> Write(const ExportOrder& order, const OnExportProgress& on_progress) const;

    const Clock& clock_;
    const Exporter exporter_;
    const StorageMetrics& metrics_;
    LongWork work_{"storage-export", "another export is being written"};
};

}  // namespace mp::storage
