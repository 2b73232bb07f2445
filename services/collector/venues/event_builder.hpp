#pragma once
// The event that a parser is making, and where it goes: one object for all messages, so that none
// is built anew.

#include <optional>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/listing.hpp"

namespace mp::collector {

class EventBuilder {
  public:
    // A message begins.
    void Begin(FrameSink& sink, Nanos received_ts) noexcept {
        sink_ = &sink;
        event_.received_ts = received_ts;
        event_.ordinal = 0;
    }
    // Whose the events are from here on.
    void Select(InstrumentId instrument, const InstrumentFacts& facts) noexcept {
        instrument_ = instrument;
        facts_ = &facts;
    }

    template <typename Body>
    Body& New() noexcept {
        return event_.body.emplace<Body>();
    }
    // The venue's time; where it gives none, the event stands at our receive time.
    void SetTime(std::optional<Nanos> time) noexcept {
        event_.exchange_ts = time;
        event_.order_ts = time.value_or(event_.received_ts);
    }
    // Of a venue that says both when something happened and when it sent it.
    void SetTimes(Nanos happened, Nanos sent) noexcept {
        event_.exchange_ts = sent;
        event_.order_ts = happened;
    }
    void SetOrdinal(uint32_t ordinal) noexcept { event_.ordinal = ordinal; }

    // Hands the event over, unless something was wrong with it; gives back what was.
    ParseError Emit(ParseError error, const ChainLink* link = nullptr) noexcept {
        if (error == ParseError::kNone) sink_->OnEvent(instrument_, event_, link);
        return error;
    }

    // Numbers of the series that no event stands for.
    ParseError Skip(model::DataType type, Nanos order_ts, const ChainLink& link) noexcept {
        sink_->OnSkipped(instrument_, type, order_ts, link);
        return ParseError::kNone;
    }

    InstrumentId instrument() const noexcept { return instrument_; }
    const InstrumentFacts& facts() const noexcept { return *facts_; }
    FrameSink& sink() const noexcept { return *sink_; }

  private:
    FrameSink* sink_ = nullptr;
    const InstrumentFacts* facts_ = nullptr;
    InstrumentId instrument_ = kNoInstrument;
    model::Event event_;
};

}  // namespace mp::collector
