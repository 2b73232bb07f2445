#pragma once
// Rows as lines: one JSON object a line, or RFC 4180 CSV with a header row. Texts are taken over as
// they are, so decimals stay exact; lists (book sides, gaps) are JSON text in one cell.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.hpp"

namespace mp::rows {

enum class LineFormat : uint8_t { kNdjson, kCsv };

using Columns = std::span<const std::string_view>;

// What stands before the first line.
void AppendHead(LineFormat format, Columns columns, std::string& out);

// `json`: an array of objects as our own writers make it, or with `member` an object of which that
// is one; anything else is Internal. Columns are for CSV.
Status AppendLines(
    const std::string& json,
    LineFormat format,
    Columns columns,
    std::string& out,
    std::string_view member = {}
);

}  // namespace mp::rows
