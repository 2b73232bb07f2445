#pragma once
// What venues' parsers are tried with: events must survive the wire unchanged, and what was said
// about a frame is kept as text, for comparison.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "collector/venues/frame_parser.hpp"
#include "collector/venues/symbol_table.hpp"
#include "fuzz.hpp"
#include "model/identity.hpp"
#include "wire/event_codec.hpp"

namespace mp::fuzz {

class FrameSink final : public collector::FrameSink {
  public:
    // Every event must be of this instrument.
    explicit FrameSink(collector::InstrumentId known) : known_(known) {}

    void OnEvent(
        collector::InstrumentId instrument,
        const model::Event& event,
        const collector::ChainLink* link
    ) override {
        Require(instrument == known_, "events are of known instruments");
        bytes_.clear();
        wire::AppendEvent(event, bytes_);
        model::Event back;
        Require(decoder_.Decode(bytes_, back).ok(), "an event can be decoded");
        Require(back == event, "an event survives the wire");
        // How often a book's numbers began anew is history, by its nature.
        model::Event timeless = event;
        if (auto* delta = std::get_if<model::BookDelta>(&timeless.body)) delta->epoch = 0;
        if (auto* book = std::get_if<model::BookSnapshot>(&timeless.body)) book->epoch = 0;
        text_ += std::to_string(event.order_ts) + model::IdentityText(timeless) +
                 std::to_string(model::ContentHash(timeless));
        if (link != nullptr) text_ += "/" + std::to_string(link->last);
    }
    void OnNotice(const collector::Notice& notice) override {
        text_ += std::to_string(static_cast<int>(notice.kind)) +
                 std::to_string(notice.id.value_or(0)) + std::string(notice.channel) +
                 std::string(notice.text);
    }

    std::string Of(collector::FrameParser& parser, std::string_view frame) {
        text_.clear();
        const collector::ParseResult result = parser.Parse(frame, 1, *this);
        return text_ + std::string(ToString(result.error)) + (result.ignored ? "-" : "+");
    }

  private:
    const collector::InstrumentId known_;
    std::string text_;
    std::string bytes_;
    wire::EventDecoder decoder_;
};

// For parsers that build messages on earlier ones: two with the same history read alike, and what
// is good is good without any.
class Twins {
  public:
    using Make = std::unique_ptr<collector::FrameParser> (*)(const collector::SymbolTable&);

    Twins(Make make, collector::SymbolTable symbols, collector::InstrumentId known)
        : make_(make),
          symbols_(std::move(symbols)),
          sink_(known),
          one_(make(symbols_)),
          other_(make(symbols_)) {}

    void Try(std::string_view frame) {
        const std::string said = sink_.Of(*one_, frame);
        Require(sink_.Of(*other_, frame) == said, "equal histories are read alike");
        const bool good = one_->Parse(frame, 1, sink_).ok();
        Require(other_->Parse(frame, 1, sink_).ok() == good, "and judged alike");
        const auto fresh = make_(symbols_);
        Require(fresh->Parse(frame, 1, sink_).ok() == good, "history makes no message good");
    }

  private:
    const Make make_;
    const collector::SymbolTable symbols_;
    FrameSink sink_;
    const std::unique_ptr<collector::FrameParser> one_;
    const std::unique_ptr<collector::FrameParser> other_;
};

}  // namespace mp::fuzz
