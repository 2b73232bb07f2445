#pragma once
// Guards what recurses over JSON that strangers wrote: printing and copying a parsed value take
// stack for every level.

#include <string_view>

namespace mp {

// No message of ours nests deeper.
inline constexpr int kMaxJsonDepth = 32;

// Whether brackets and braces outside of strings nest deeper than `levels` somewhere in the text,
// which need not be valid JSON.
bool NestsDeeperThan(std::string_view json, int levels) noexcept;

}  // namespace mp
