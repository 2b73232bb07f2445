#pragma once
// Rows of OKX's book channels -> events. Keeps, per instrument, what one message does not say.

#include <string_view>
#include <vector>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector::okx {

class BookReader {
  public:
    BookReader();

    // `action`: "snapshot" or "update" with its quotes; empty where the message has none.
    ParseError ReadBook(json::Cursor& cursor, std::string_view action, EventBuilder& out) noexcept;
    ParseError ReadBestQuote(json::Cursor& cursor, EventBuilder& out) noexcept;

  private:
    static constexpr json::Names kNames = {"asks", "bids", "ts", "checksum", "prevSeqId", "seqId"};
    enum : size_t { kAsks, kBids, kTime, kChecksum, kPrevious, kLast };
    // The sides whole.
    using Row = json::Tokens<kNames.size()>;

    // What is kept of an instrument from message to message.
    struct Flow {
        bool plain = false;  // every level that the book holds was written the plain way
    };
    struct Numbers {
        uint64_t last = 0;
        int64_t previous = -1;
        int64_t checksum = 0;

        bool Numbered() const { return last > 0 && previous >= 0; }
    };

    ParseError ReadRow(json::Cursor& cursor, Row& row) noexcept;
    // `text`: the side as it stands.
    ParseError ReadSide(
        json::Cursor& cursor, std::vector<model::Level>& side, std::string_view& text
    ) noexcept;
    ParseError Snapshot(const Row& row, const Numbers& numbers, EventBuilder& out) noexcept;
    ParseError Update(const Row& row, const Numbers& numbers, EventBuilder& out) noexcept;
    Flow& FlowOf(InstrumentId instrument) noexcept;

    std::vector<Flow> flows_;  // by instrument
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
};

}  // namespace mp::collector::okx
