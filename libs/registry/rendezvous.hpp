#pragma once
// Rendezvous hashing: who owns a key among nodes that come and go. Every node computes the same
// answer alone, and when a node goes only its keys move. Pure; stable for ever (positions of stored
// data depend on it).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mp::registry {

uint64_t RendezvousWeight(std::string_view key, std::string_view node) noexcept;

// Indexes into `nodes` of the `copies` heaviest for `key`, heaviest first; all where there are
// fewer.
std::vector<size_t> RendezvousOwners(
    std::string_view key, std::span<const std::string> nodes, size_t copies = 1
);

// Whether `self` is among the owners of `key`; `nodes` contains it. Does not allocate.
bool RendezvousOwns(
    std::string_view key,
    std::string_view self,
    std::span<const std::string> nodes,
    size_t copies = 1
) noexcept;

}  // namespace mp::registry
