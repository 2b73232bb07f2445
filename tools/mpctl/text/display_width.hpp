#pragma once
// How much room a text takes on a terminal. Texts come from venues and users: whatever is not UTF-8
// or would steer the terminal is shown as U+FFFD.

#include <cstddef>
#include <string>
#include <string_view>

namespace mp::mpctl {

// Columns: 2 for East Asian wide characters and emoji, 0 for combining marks.
size_t DisplayWidth(std::string_view text);

// Without control characters and broken UTF-8.
std::string Printable(std::string_view text);

// At most `width` columns; a cut text ends in an ellipsis.
std::string Clip(std::string_view text, size_t width);

}  // namespace mp::mpctl
