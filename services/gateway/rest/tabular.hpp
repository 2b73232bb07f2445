#pragma once
// A JSON answer turned into lines (rows/lines.hpp).

#include <string>

#include "base/status.hpp"
#include "gateway/api/parameter.hpp"
#include "gateway/rest/answer.hpp"
#include "rows/lines.hpp"

namespace mp::gateway {

using rows::Columns;

// What stands before the first line.
void AppendHead(Format format, Columns columns, std::string& out);
// `rows`: a JSON array of objects, as our own renderers write it; anything else is Internal.
Status AppendLines(const std::string& rows, Format format, Columns columns, std::string& out);

// An answer whose body is {"data":[{...},...],...}, likewise. kJson gives it back unread.
Result<Answer> InFormat(Answer json, Format format, Columns columns);

}  // namespace mp::gateway
