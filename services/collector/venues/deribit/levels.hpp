#pragma once
// Price levels as Deribit writes them: [["new",37317.0,2960.0],["delete",37311.5,0.0],...] in
// books,
// [[37317.0,2960.0],...] in answers to requests.

#include <vector>

#include "collector/venues/json/cursor.hpp"
#include "model/event.hpp"

namespace mp::collector::deribit {

// Replaces `out` by the array that is the cursor's next value. A deletion has quantity 0, whatever
// the message says.
ParseError TakeLevels(json::Cursor& cursor, std::vector<model::Level>& out) noexcept;

}  // namespace mp::collector::deribit
