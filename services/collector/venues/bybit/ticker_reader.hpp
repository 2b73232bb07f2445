#pragma once
// Bybit's tickers -> events of up to four series. Contracts send only what has changed: the rest is
// kept here, per instrument, since the subscription's first message.

#include <vector>

#include "collector/venues/bybit/message.hpp"
#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"

namespace mp::collector::bybit {

class TickerReader {
  public:
    ParseError Read(json::Cursor& cursor) noexcept;
    // Of what was read last: an event of each series that the message says anything about.
    ParseError Emit(const Header& header, EventBuilder& out) noexcept;

  private:
    static constexpr size_t kFields = 12;

    // Everything that is known of an instrument.
    struct State {
        model::Ticker ticker;
        model::MarkPrice mark;
        model::OpenInterest interest;
        std::optional<Decimal> funding_rate;
        std::optional<Nanos> next_funding_time;
        bool known = false;  // the whole of it was sent once
    };

    ParseError Update(State& state) const noexcept;
    void EmitChanged(const State& state, EventBuilder& out) const noexcept;
    static void EmitFunding(const State& state, EventBuilder& out) noexcept;
    // Whether any of these members is there.
    bool Says(size_t first, size_t last) const noexcept;
    State& StateOf(InstrumentId instrument) noexcept;

    json::Tokens<kFields> row_;
    std::vector<State> states_;  // by instrument
};

}  // namespace mp::collector::bybit
