#include "storage/sharing/assignment.hpp"

#include <algorithm>

#include "registry/rendezvous.hpp"

namespace mp::storage {

std::vector<size_t> AssignLanes(uint32_t lanes, std::span<const std::string> instances) {
    const size_t part = (lanes + instances.size() - 1) / instances.size();
    std::vector<size_t> taken(instances.size());
    std::vector<size_t> owners;
    for (uint32_t lane = 0; lane < lanes; ++lane) {
        const std::string key = "lane/" + std::to_string(lane);
        const std::vector<size_t> order =
            registry::RendezvousOwners(key, instances, instances.size());
        const auto free = std::find_if(order.begin(), order.end(), [&](size_t instance) {
            return taken[instance] < part;
        });
        ++taken[*free];
        owners.push_back(*free);
    }
    return owners;
}

}  // namespace mp::storage
