#pragma once
// model::Event <-> the bytes of marketprism.v1.Event, by hand: several times as fast as the
// generated classes and without allocation. Byte for byte what those would write (fields ascending,
// minimal varints, defaults left out), so equal bodies are equal bytes.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.hpp"
#include "model/event.hpp"
#include "wire/book_side.hpp"

namespace mp::wire {

// Appends the event's bytes. Texts must be UTF-8. Does not allocate where `out` has MaxEventSize
// left.
void AppendEvent(const model::Event& event, std::string& out);

// How much room WriteEvent needs: more than it fills.
size_t MaxEventSize(const model::Event& event);
// About how many bytes it fills: a guess for who reserves a length in front of them.
size_t ExpectedEventSize(const model::Event& event);
// Writes to `out`, which has room for MaxEventSize; returns the end of the bytes.
char* WriteEvent(const model::Event& event, char* out);

// Turns bytes into events that look into those bytes and into the decoder's own scratch: an event
// is valid until the next Decode, and only as long as its bytes are. Reused, it stops allocating.
// Not thread-safe.
class EventDecoder {
  public:
    // InvalidArgument, never worse, for bytes that are no event: truncated, an unknown enum value,
    // a decimal out of range, columns of unequal length, no body, a required number missing, text
    // that is not UTF-8. Unknown fields are skipped. `event` is then unspecified.
    Status Decode(std::string_view bytes, model::Event& event);

  private:
    SideReader sides_;
    std::vector<model::Level> bids_;
    std::vector<model::Level> asks_;
};

}  // namespace mp::wire
