#pragma once
// Writes stored events into files: a folder an export, a file each so many rows of a series, a
// manifest at the end. An export that was interrupted goes on behind its last finished file; a
// finished one stays as it is. Whatever is exported, it takes the memory of a chunk.
//
// Blocks, for as long as it takes: a thread of its own. Errors: InvalidArgument (the order, or the
// folder is another export's), FailedPrecondition (somebody else writes there),
// ResourceExhausted (no room), Cancelled, and those of the engine.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "storage/export/export_journal.hpp"
#include "storage/export/export_order.hpp"
#include "storage/export/export_record.hpp"
#include "storage/query/query_context.hpp"

namespace mp::storage {

struct ExportPlace {
    std::filesystem::path path;   // exports are folders in it
    uint64_t min_free_bytes = 0;  // its disk keeps so much
};

// 0..1; false asks to stop.
using OnExportProgress = std::function<bool(double fraction)>;

class Exporter {
  public:
    // What the context refers to outlives it.
    Exporter(QueryContext context, ExportPlace place)
        : context_(std::move(context)), place_(std::move(place)) {}

    Result<ExportReport> Run(const ExportOrder& order, const OnExportProgress& on_progress) const;

  private:
    struct Job;
    class Out;

    Result<std::vector<model::Series>> Resolve(const ExportOrder& order) const;
    Status WriteParts(Job& job) const;
    // The next one: lines of ours, or what the engine writes itself.
    Result<ExportedPart> WriteLines(Job& job) const;
    Result<ExportedPart> WriteParquet(Job& job) const;
    Status CheckFormat(const ExportOrder& order, const std::vector<model::Series>& series) const;
    Status CheckRoom() const;

    const QueryContext context_;
    const ExportPlace place_;
};

}  // namespace mp::storage
