#pragma once
// What a check found out, and what the user can do about it.

#include <string>

namespace mp::mpctl {

enum class Level { kOk, kWarning, kFailure };

struct Finding {
    Level level = Level::kOk;
    std::string area;    // "services", "disk", ...
    std::string what;    // one sentence
    std::string advice;  // what to do; empty when nothing is to be done
};

}  // namespace mp::mpctl
