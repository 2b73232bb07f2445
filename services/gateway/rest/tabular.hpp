#pragma once
// A JSON answer turned into lines: one JSON object a line, or RFC 4180 CSV with a header row. Texts
// are taken over as they are, so decimals stay exact; lists (book sides, gaps) are JSON text in one
// cell.

#include <span>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "gateway/api/parameter.hpp"
#include "gateway/rest/answer.hpp"

namespace mp::gateway {

using Columns = std::span<const std::string_view>;

// What stands before the first line.
void AppendHead(Format format, Columns columns, std::string& out);
// `rows`: a JSON array of objects, as our own renderers write it; anything else is Internal.
Status AppendLines(const std::string& rows, Format format, Columns columns, std::string& out);

// An answer whose body is {"data":[{...},...],...}, likewise. kJson gives it back unread.
Result<Answer> InFormat(Answer json, Format format, Columns columns);

}  // namespace mp::gateway
