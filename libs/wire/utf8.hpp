#pragma once
// Inside libs/wire only.

#include <string_view>

namespace mp::wire {

// Whether every generated class would accept the text: well-formed UTF-8, no surrogates.
bool IsUtf8(std::string_view text);

}  // namespace mp::wire
