#include "registry/rendezvous.hpp"

#include <algorithm>
#include <numeric>

#include "base/hash.hpp"

namespace mp::registry {

uint64_t RendezvousWeight(std::string_view key, std::string_view node) noexcept {
    // FNV alone leaves similar names with similar hashes; the finish spreads them.
    uint64_t weight = Fnv1a(node, Fnv1a("|", Fnv1a(key)));
    weight ^= weight >> 33;
    weight *= 0xff51afd7ed558ccdull;
    weight ^= weight >> 33;
    weight *= 0xc4ceb9fe1a85ec53ull;
    weight ^= weight >> 33;
    return weight;
}

std::vector<size_t> RendezvousOwners(
    std::string_view key, std::span<const std::string> nodes, size_t copies
) {
    std::vector<uint64_t> weights;
    weights.reserve(nodes.size());
    for (const std::string& node : nodes) weights.push_back(RendezvousWeight(key, node));
    std::vector<size_t> owners(nodes.size());
    std::iota(owners.begin(), owners.end(), size_t{0});
    const size_t count = std::min(copies, owners.size());
    std::partial_sort(
        owners.begin(),
        owners.begin() + static_cast<ptrdiff_t>(count),
        owners.end(),
        [&](size_t a, size_t b) {
            // Equal weights are settled by name, so that every node settles them alike.
            return weights[a] != weights[b] ? weights[a] > weights[b] : nodes[a] < nodes[b];
        }
    );
    owners.resize(count);
    return owners;
}

bool RendezvousOwns(
    std::string_view key, std::string_view self, std::span<const std::string> nodes, size_t copies
) noexcept {
    const uint64_t own = RendezvousWeight(key, self);
    size_t heavier = 0;
    for (const std::string& node : nodes) {
        if (node == self) continue;
        const uint64_t weight = RendezvousWeight(key, node);
        if (weight > own || (weight == own && node < self)) ++heavier;
    }
    return heavier < copies;
}

}  // namespace mp::registry
