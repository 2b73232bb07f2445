#pragma once
// What an export has written so far, and what it says of itself when it is finished. Times are
// order_ts.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/instrument.hpp"

namespace mp::storage {

struct ExportedPart {
    size_t series = 0;  // which one of the export's
    std::string file;   // its name; empty where there was no row to write
    uint64_t rows = 0;
    uint64_t bytes = 0;
    std::string sha256;
    Nanos first = 0;
    Nanos last = 0;
    std::string next;  // cursor of the part behind it; empty: the series ends here
    bool complete = false;
    std::string gaps;  // inside the part's interval: a JSON array (rows/gap_json.hpp)
};

struct ExportReport {
    std::filesystem::path folder;
    uint64_t series = 0;
    uint64_t parts = 0;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    bool complete = true;
    uint64_t kept_parts = 0;  // that were there already
};

// Whether the folder has the part's file, as long as it was.
bool IsThere(const std::filesystem::path& folder, const ExportedPart& part);

}  // namespace mp::storage
