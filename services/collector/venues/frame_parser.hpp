#pragma once
// What a venue's parser takes and gives. Pure: no I/O, no logger, no allocation per message once
// its buffers have grown.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "model/event.hpp"

namespace mp::collector {

// Index into a feed's table of instruments. Stays the same while the feed lives.
using InstrumentId = uint32_t;
inline constexpr InstrumentId kNoInstrument = UINT32_MAX;

// How an event continues the one before it in its series, where the venue's numbers tell.
struct ChainLink {
    uint64_t first = 0;  // numbers that the event stands for
    uint64_t last = 0;
    // Where numbers jump by design, the venue names the predecessor; absent: first follows last
    // + 1.
    std::optional<uint64_t> previous;
    // Of a book: what the venue computed of it with the event. Proves the chain where there are no
    // numbers (first and last are 0).
    std::optional<uint32_t> checksum = std::nullopt;

    bool Numbered() const { return first != 0 || last != 0; }
    bool Continues(uint64_t before) const {
        return previous ? *previous == before : first == before + 1;
    }
};

// Everything on a connection that is no market event.
struct Notice {
    enum class Kind : uint8_t {
        kAck,       // a subscription (request `id`, or `channel` alone) is in force
        kRefused,   // ... is not; `text` says why
        kRestart,   // the venue is about to close the connection: make another one first
        kReply,     // the venue wants `text` sent back (heartbeat tests)
        kPong,      // answer to our ping
        kLoggedIn,  // answer to Venue::LoginFrame
    };
    Kind kind = Kind::kPong;
    std::optional<uint64_t> id;
    std::string_view channel;
    std::string_view text;
    Nanos valid_for = 0;  // of a login: how long it holds; 0: as long as the connection
};

class FrameSink {
  public:
    // `event` and `link` hold until this returns. `link` is null where the venue proves nothing.
    virtual void OnEvent(
        InstrumentId instrument, const model::Event& event, const ChainLink* link
    ) = 0;
    // Numbers of a series that no event stands for: they are used up, nothing is missing.
    virtual void OnSkipped(InstrumentId, model::DataType, Nanos /*order_ts*/, const ChainLink&) {}
    virtual void OnNotice(const Notice& notice) = 0;

  protected:
    ~FrameSink() = default;
};

enum class ParseError : uint8_t {
    kNone,
    kSyntax,    // not JSON, or cut
    kMissing,   // a field that the message must have
    kType,      // a field of another type than documented
    kOverflow,  // a number that does not fit
    kAhead,     // a time that has not come yet
};

// One word: "syntax" "missing_field" "wrong_type" "overflow" "ahead_of_time".
std::string_view ToString(ParseError error);

struct ParseResult {
    ParseError error = ParseError::kNone;
    bool ignored = false;  // fine, but of a stream or symbol that nobody asked for
    // Of a bad message: whose it was, as far as that can be told.
    InstrumentId instrument = kNoInstrument;
    model::DataType type = model::DataType::kUnspecified;

    bool ok() const { return error == ParseError::kNone; }
};

// One a connection. It may keep what the connection's messages build on each other, per instrument
// (fields that are only sent when they change); a subscription that begins anew sends all of it.
class FrameParser {
  public:
    virtual ~FrameParser() = default;

    // Hands what `frame` holds to `sink`; events of a bad message may have been handed over before
    // the bad part was reached. Never throws, whatever the bytes are.
    virtual ParseResult Parse(
        std::string_view frame, Nanos received_ts, FrameSink& sink
    ) noexcept = 0;
};

}  // namespace mp::collector
