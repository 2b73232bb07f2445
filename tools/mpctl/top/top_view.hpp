#pragma once
// One frame of `mpctl top` as text, and as JSON for programs. Pure.

#include <string>

#include "base/time.hpp"
#include "mpctl/client/json.hpp"
#include "mpctl/text/table.hpp"
#include "mpctl/top/top_model.hpp"

namespace mp::mpctl {

// `title`: the gateway's address. At most `max_lines` lines where that is not 0: services stay,
// feeds give way.
std::string RenderTop(
    const TopModel& model,
    const std::string& title,
    Nanos now,
    const Style& style = {},
    size_t max_lines = 0
);

Json TopAsJson(const TopModel& model, Nanos now);

}  // namespace mp::mpctl
