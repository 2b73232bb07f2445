#pragma once
// Configuration as text: what all layers together say, each value with where it came from. Values
// are typed only when a Reader reads them.

#include <string>
#include <string_view>
#include <vector>

namespace mp::config {

// Where a value was written.
struct Origin {
    std::string
        source;    // "config/base.yaml", "environment MP_BUS__URL", "--set bus.url"; empty: nowhere
    int line = 0;  // of a file; 0: has none
    int layer = 0;  // higher overrides lower

    // "config/base.yaml:12".
    std::string ToString() const;
};

struct Node {
    struct Entry;
    enum class Kind { kNull, kScalar, kList, kMap };

    Kind kind = Kind::kNull;
    std::string scalar;
    bool quoted = false;  // written in quotes: a string, never a number
    std::vector<Node> items;
    std::vector<Entry> entries;  // in the order of the file
    Origin origin;

    // The entry of this name; null when absent.
    const Node* Find(std::string_view key) const;
    Node* Find(std::string_view key);
};

struct Node::Entry {
    std::string key;
    Node value;
};

// Lays `upper` over `lower`: maps are merged key by key, everything else is replaced. A null above
// removes what is below.
void Merge(Node upper, Node& lower);

}  // namespace mp::config
