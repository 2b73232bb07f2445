#pragma once
// Bybit's books and best quotes -> events. A message's times stand behind its levels: it is read
// first and told of when all of it is known. Keeps, per instrument, what one message does not say.

#include <string_view>
#include <vector>

#include "collector/venues/bybit/message.hpp"
#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector::bybit {

class BookReader {
  public:
    BookReader();

    ParseError Read(json::Cursor& cursor) noexcept;
    // Of what was read last.
    ParseError EmitBook(const Header& header, EventBuilder& out) noexcept;
    ParseError EmitBestQuote(const Header& header, EventBuilder& out) noexcept;

  private:
    struct Numbers {
        Nanos sent = 0;
        Nanos happened = 0;
        uint64_t id = 0;
    };
    // What is kept of an instrument from message to message.
    struct Flow {
        model::Bbo quote;  // the newest
    };

    ParseError ReadNumbers(const Header& header, Numbers& numbers) const noexcept;
    ParseError EmitSnapshot(const Numbers& numbers, EventBuilder& out) noexcept;
    ParseError EmitDelta(const Numbers& numbers, EventBuilder& out) noexcept;
    Flow& FlowOf(InstrumentId instrument) noexcept;

    std::vector<Flow> flows_;  // by instrument
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
    std::string_view id_;  // "u", as it stands
};

}  // namespace mp::collector::bybit
