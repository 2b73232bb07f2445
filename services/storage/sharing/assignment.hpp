#pragma once
// Which instance should write to which lane of a shared store: by rendezvous hashing, none to more
// than its part rounded up. Everybody who knows of the same instances finds the same. Pure.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mp::storage {

// By lane: an index into `instances`, which are sorted, all different, and at least one.
std::vector<size_t> AssignLanes(uint32_t lanes, std::span<const std::string> instances);

}  // namespace mp::storage
