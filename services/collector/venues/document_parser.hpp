#pragma once
// What parsers of messages that are one JSON object each have in common: the padded copy, the
// result, the payload that can only be read once it is known whose it is, and what damaged messages
// are attributed to.

#include <optional>
#include <string_view>

#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/padded_frame.hpp"
#include "collector/venues/json/token_reader.hpp"
#include "collector/venues/symbol_table.hpp"

namespace mp::collector {

class DocumentParser : public FrameParser {
  public:
    ParseResult Parse(std::string_view frame, Nanos received_ts, FrameSink& sink) noexcept final {
        const std::string_view text = frame_.Load(frame);
        builder_.Begin(sink, received_ts);
        result_ = {};
        kept_ = {};
        result_.error = ReadFrame(text);
        if (result_.ok()) return result_;
        result_.ignored = false;
        if (result_.type == model::DataType::kUnspecified) Attribute(text);
        return result_;
    }

  protected:
    explicit DocumentParser(const SymbolTable& symbols) : symbols_(symbols) {}

    // The whole message.
    virtual ParseError ReadFrame(std::string_view frame) noexcept = 0;
    // The payload, which is the cursor's next value.
    virtual ParseError ReadPayload(json::Cursor& cursor) noexcept = 0;
    // Says in result() whose a message is that was damaged before it said so. Off the hot path.
    virtual void Attribute(std::string_view frame) noexcept = 0;

    // Reads the payload now, or keeps it for ReadKept where it came before what it takes to read
    // it.
    ParseError ReadOrKeep(json::Cursor& cursor, bool readable) noexcept {
        if (readable) return ReadPayload(cursor);
        return cursor.TakeValue(kept_) ? ParseError::kNone : ParseError::kSyntax;
    }
    ParseError ReadKept() noexcept {
        if (kept_.empty()) return ParseError::kNone;
        json::Cursor cursor(kept_);
        return ReadPayload(cursor);
    }

    // Whose the message is, as far as it is known.
    InstrumentId Identify(std::string_view symbol, model::DataType type) noexcept {
        result_.type = type;
        result_.instrument = symbols_.Find(symbol);
        return result_.instrument;
    }
    void Select(InstrumentId instrument) noexcept {
        builder_.Select(instrument, symbols_.FactsOf(instrument));
    }
    // Nobody asked for it.
    ParseError PassOver(json::Cursor& cursor) noexcept {
        std::string_view unread;
        result_.ignored = true;
        return cursor.TakeValue(unread) ? ParseError::kNone : ParseError::kSyntax;
    }

    ParseError Tell(const Notice& notice) noexcept {
        builder_.sink().OnNotice(notice);
        return ParseError::kNone;
    }

    ParseResult& result() noexcept { return result_; }
    EventBuilder& builder() noexcept { return builder_; }

  private:
    const SymbolTable& symbols_;
    json::PaddedFrame frame_;
    EventBuilder builder_;
    ParseResult result_;
    std::string_view kept_;
};

}  // namespace mp::collector
