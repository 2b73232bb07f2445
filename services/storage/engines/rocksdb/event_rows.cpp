#include "storage/engines/rocksdb/event_rows.hpp"

#include <algorithm>

namespace mp::storage {

void EventRows::Add(std::string_view key, std::string_view event) {
    rows_.push_back({keys_.size(), events_.size()});
    keys_ += key;
    events_ += event;
}

void EventRows::Clear() {
    keys_.clear();
    events_.clear();
    rows_.clear();
}

EventRows::Place EventRows::BeginOf(size_t row) const {
    return row < rows_.size() ? rows_[row] : Place{keys_.size(), events_.size()};
}

std::string_view EventRows::key(size_t row) const {
    const size_t begin = rows_[row].key;
    return std::string_view(keys_).substr(begin, BeginOf(row + 1).key - begin);
}

std::string_view EventRows::event(size_t row) const {
    const size_t begin = rows_[row].event;
    return std::string_view(events_).substr(begin, BeginOf(row + 1).event - begin);
}

size_t EventRows::Find(std::string_view wanted) const {
    const auto before = [this](const Place& place, std::string_view other) {
        return key(static_cast<size_t>(&place - rows_.data())) < other;
    };
    const auto found = std::lower_bound(rows_.begin(), rows_.end(), wanted, before);
    const auto row = static_cast<size_t>(found - rows_.begin());
    return row < size() && key(row) == wanted ? row : size();
}

}  // namespace mp::storage
