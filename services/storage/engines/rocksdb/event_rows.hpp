#pragma once
// Events with their keys in memory, in order. Reused, it stops allocating. Not thread-safe.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mp::storage {

class EventRows {
  public:
    void Add(std::string_view key, std::string_view event);
    void Clear();

    size_t size() const { return rows_.size(); }
    bool empty() const { return rows_.empty(); }
    // Valid until the next Add.
    std::string_view key(size_t row) const;
    std::string_view event(size_t row) const;
    // The row of a key; size() where none has it.
    size_t Find(std::string_view key) const;

    // The same keys and events.
    friend bool operator==(const EventRows&, const EventRows&) = default;

  private:
    // Where a row's key and event begin.
    struct Place {
        size_t key = 0;
        size_t event = 0;

        friend bool operator==(const Place&, const Place&) = default;
    };

    Place BeginOf(size_t row) const;

    std::string keys_;
    std::string events_;
    std::vector<Place> rows_;
};

}  // namespace mp::storage
