#pragma once
// The file that says that an export is finished, what it holds and what is missing in it:
// manifest.json, written last, whole or not at all.

#include <filesystem>
#include <optional>
#include <string>

#include "base/status.hpp"
#include "storage/export/export_journal.hpp"
#include "storage/export/export_order.hpp"
#include "storage/export/export_record.hpp"

namespace mp::storage {

Result<ExportReport> WriteManifest(
    const std::filesystem::path& folder,
    const ExportOrder& order,
    const ExportJournal& journal,
    Nanos finished
);

// The report of the finished export in the folder; nothing where there is none. InvalidArgument: it
// is of another request. DataLoss: files of it are not there, or not as long as they were.
Result<std::optional<ExportReport>> ReadManifest(
    const std::filesystem::path& folder, const std::string& request
);

}  // namespace mp::storage
