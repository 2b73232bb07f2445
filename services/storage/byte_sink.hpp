#pragma once

#include <functional>
#include <string_view>

#include "base/status.hpp"

namespace mp::storage {

// Where bytes go, piece by piece. Its error ends what gives them, and is that one's error.
using ByteSink = std::function<Status(std::string_view bytes)>;

}  // namespace mp::storage
