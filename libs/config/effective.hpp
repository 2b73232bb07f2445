#pragma once
// What a service really runs with, gathered while it is read and printed by --check-config.

#include <string>
#include <utility>
#include <vector>

namespace mp::config {

class EffectiveConfig {
  public:
    // `path`: "bus.url"; `value`: YAML in one line. The last of equal paths counts.
    void Add(const std::string& path, std::string value, std::string origin);

    // Nested YAML in the order of the calls, each value with its origin as a comment.
    std::string ToYaml() const;

  private:
    struct Entry {
        std::string name;
        std::string value;   // leaves only
        std::string origin;  // leaves only
        std::vector<Entry> children;

        Entry& Child(const std::string& child_name);
        void Print(int depth, std::string& out) const;
    };

    Entry root_;
};

// "redis://user:secret@host" -> "redis://user:******@host", "nats://token@host" ->
// "nats://******@host"; other texts as they are.
std::string MaskPassword(std::string text);

}  // namespace mp::config
