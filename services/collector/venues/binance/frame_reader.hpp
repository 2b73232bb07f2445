#pragma once
// A Binance message taken apart: fields by letter, those of what is nested in it, and what it says
// about requests. First the fast way for messages as they normally come, then the general one,
// which judges everything else. Does not allocate once its buffers have grown.

#include <simdjson.h>
#include <string>
#include <string_view>

#include "collector/venues/binance/letter_fields.hpp"
#include "collector/venues/json/padded_frame.hpp"

namespace mp::collector::binance {

static_assert(json::PaddedFrame::kPadding >= simdjson::SIMDJSON_PADDING);

class FrameReader {
  public:
    // What a message says about requests instead of markets.
    struct Control {
        std::string_view id;
        std::string_view error;
        bool seen = false;
    };

    // Takes a copy; what is read from it views that until the next call.
    void Load(std::string_view frame) noexcept { frame_ = buffer_.Load(frame); }

    // False: not that plain, ReadAny will tell.
    bool ReadPlain() noexcept;
    ParseError ReadAny() noexcept;

    std::string_view frame() const noexcept { return frame_; }
    const LetterFields& fields() const noexcept { return fields_; }
    const LetterFields& nested() const noexcept { return nested_; }
    const Control& control() const noexcept { return control_; }
    // The payload of a stream is a list: of all symbols at once.
    bool is_list() const noexcept { return is_list_; }

  private:
    void Clear() noexcept;
    simdjson::error_code ReadRoot(simdjson::ondemand::object& root) noexcept;
    simdjson::error_code ReadRootField(const char* key, simdjson::ondemand::value& item) noexcept;
    simdjson::error_code ReadPayload(
        simdjson::ondemand::value& item, LetterFields& fields
    ) noexcept;
    simdjson::error_code Keep(
        const char* key, simdjson::ondemand::value& item, LetterFields& fields
    ) noexcept;

    simdjson::ondemand::parser parser_;
    json::PaddedFrame buffer_;
    std::string_view frame_;
    LetterFields fields_;
    LetterFields nested_;
    Control control_;
    bool is_list_ = false;
    bool may_be_list_ = false;  // by the stream's name
    std::string symbols_[2];    // unescaped, of the payload and of what is nested in it
};

}  // namespace mp::collector::binance
