#pragma once
// Small files that a later process reads: whole or not at all, whenever the process or the machine
// dies.

#include <filesystem>
#include <string_view>

#include "base/status.hpp"

namespace mp {

// Replaces the file, and makes its folder where that is missing. The error names the path.
Status WriteWholeFile(const std::filesystem::path& path, std::string_view text);

// What was created, renamed or removed in the folder stays so, also when the machine dies.
Status SyncFolder(const std::filesystem::path& folder);

}  // namespace mp
