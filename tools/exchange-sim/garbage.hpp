#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange-sim/frame.hpp"

namespace mp::sim {

struct Garbage {
    std::string bytes;
    bool binary = false;  // sent as a binary message
};

// Names of what MakeGarbage can make.
const std::vector<std::string_view>& GarbageVariants();

// A damaged relative of a frame, in the form that the connection uses. An unknown variant gives
// plain text that is no JSON.
Garbage MakeGarbage(std::string_view variant, const Frame& frame, bool wrapped);

// The frame's text with another checksum than its own; empty where it carries none.
std::string WithWrongChecksum(const Frame& frame);

}  // namespace mp::sim
