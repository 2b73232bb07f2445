#pragma once
// Price levels out of JSON text: [["61837.63","1.5"],["61837.62","0",...],...].

#include <string_view>
#include <vector>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/json/cursor.hpp"
#include "model/event.hpp"

namespace mp::collector::json {

// Replaces `out` by the levels of the array `text`; whatever stands behind price and quantity
// inside a level must be plain strings or numbers, and is skipped. At least 8 bytes are readable
// behind the text. Does not allocate once `out` has grown.
ParseError ReadLevels(std::string_view text, std::vector<model::Level>& out) noexcept;

// The same where the array is the cursor's next value, which it passes over.
ParseError TakeLevels(Cursor& cursor, std::vector<model::Level>& out) noexcept;

}  // namespace mp::collector::json
