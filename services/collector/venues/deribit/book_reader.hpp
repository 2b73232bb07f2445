#pragma once
// Deribit's book messages -> events.

#include <string_view>
#include <vector>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector::deribit {

class BookReader {
  public:
    BookReader();

    ParseError Read(json::Cursor& cursor, EventBuilder& out) noexcept;

  private:
    static constexpr json::Names kNames = {
        "type", "timestamp", "prev_change_id", "change_id", "bids", "asks"};
    enum : size_t { kType, kTime, kPrevious, kLast, kBids, kAsks };
    using Row = json::Tokens<kNames.size()>;

    ParseError ReadRow(json::Cursor& cursor, Row& row) noexcept;
    ParseError Snapshot(uint64_t last, EventBuilder& out) noexcept;
    ParseError Change(uint64_t previous, uint64_t last, EventBuilder& out) noexcept;

    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
};

}  // namespace mp::collector::deribit
