#pragma once
// A JSON answer turned into lines: one JSON object a line, or RFC 4180 CSV with a header row. Texts
// are taken over as they are, so decimals stay exact; lists (book sides, gaps) are JSON text in one
// cell. What the answer says beside its rows goes into the Answer's other members.

#include <span>
#include <string_view>

#include "base/status.hpp"
#include "gateway/api/parameter.hpp"
#include "gateway/rest/answer.hpp"

namespace mp::gateway {

// `json`: {"data":[{...},...],...} as our own renderers write it; anything else is Internal.
// kJson gives it back unread.
Result<Answer> InFormat(std::string json, Format format, std::span<const std::string_view> columns);

}  // namespace mp::gateway
