#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mp::sim {

enum class FrameKind : std::uint8_t {
    kTrade,
    kBookDelta,
    kBookSnapshot,  // of a stream that begins with the whole book
    kBookTop,
    kBbo,
    kTicker,
    kKline,
    kMarkPrice,
    kFundingRate,
    kOpenInterest,
    kLiquidation,
    kOther
};

// One market message as it goes out. A view: whoever publishes it keeps the text alive for the
// call.
struct Frame {
    std::uint32_t stream = 0;  // index of the stream in the Hub
    FrameKind kind = FrameKind::kOther;
    std::string_view stream_name;     // the Hub's own text
    std::string_view symbol;          // as the venue writes it
    std::string_view wrapped;         // the form with the stream's name around the payload
    std::uint32_t payload_begin = 0;  // where the bare payload stands inside `wrapped`
    std::uint32_t payload_size = 0;
    std::string_view identity;     // the fields that identify it, as JSON members: "U":1,"u":2
    std::int64_t recorded_ns = 0;  // when it was recorded; 0 = now

    std::string_view payload() const { return wrapped.substr(payload_begin, payload_size); }
};

// A frame that owns its text: recorded ones, and those that a fault holds back.
class StoredFrame {
  public:
    StoredFrame() = default;
    explicit StoredFrame(const Frame& frame)
        : wrapped_(frame.wrapped),
          identity_(frame.identity),
          symbol_(frame.symbol),
          frame_(frame) {}

    Frame view() const {
        Frame frame = frame_;
        frame.wrapped = wrapped_;
        frame.identity = identity_;
        frame.symbol = symbol_;
        return frame;
    }

  private:
    std::string wrapped_;
    std::string identity_;
    std::string symbol_;
    Frame frame_;
};

}  // namespace mp::sim
