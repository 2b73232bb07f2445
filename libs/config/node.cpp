#include "config/node.hpp"

#include <algorithm>

namespace mp::config {

std::string Origin::ToString() const {
    return line > 0 ? source + ":" + std::to_string(line) : source;
}

const Node* Node::Find(std::string_view key) const {
    const auto found = std::ranges::find(entries, key, &Entry::key);
    return found == entries.end() ? nullptr : &found->value;
}

Node* Node::Find(std::string_view key) {
    return const_cast<Node*>(static_cast<const Node*>(this)->Find(key));
}

void Merge(Node upper, Node& lower) {
    if (upper.kind != Node::Kind::kMap || lower.kind != Node::Kind::kMap) {
        lower = std::move(upper);
        return;
    }
    for (auto& [key, value] : upper.entries) {
        if (Node* below = lower.Find(key)) {
            Merge(std::move(value), *below);
        } else {
            lower.entries.push_back({key, std::move(value)});
        }
    }
}

}  // namespace mp::config
