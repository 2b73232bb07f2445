#pragma once
// Where a live reader stands, and the signed text that clients keep of it.
//
// The reader of several subjects stands at one place in each: the broker delivers every subject in
// the stream's order, but not one beside the other.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"
#include "gateway/live/series_mark.hpp"
#include "model/instrument.hpp"

struct evp_mac_ctx_st;

namespace mp::gateway {

// Behind entry `index` of the message with this stream sequence.
struct Position {
    uint64_t sequence = 0;
    uint32_t index = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

// Stands for "behind every entry of the message".
inline constexpr uint32_t kWholeMessage = UINT32_MAX;

// The place right before this one.
inline Position Before(Position position) {
    if (position.index > 0) return {position.sequence, position.index - 1};
    return {position.sequence - 1, kWholeMessage};
}

struct Token {
    Nanos incarnation = 0;  // of the stream: sequences of another one mean nothing
    // Where history begins for series that nothing was given of yet.
    Nanos since = 0;
    // History was still being read, or what it gave may come again: the positions mean nothing, the
    // store is asked from the marks on.
    bool in_history = false;
    std::map<uint32_t, Position> positions;  // by SubjectKey
    std::map<uint64_t, SeriesMark> marks;    // by SeriesKey

    friend bool operator==(const Token&, const Token&) = default;
};

uint32_t SubjectKey(std::string_view subject);
uint64_t SeriesKey(const model::Series& series);

// Makes and checks tokens: base64url of a compact encoding and 16 bytes of HMAC-SHA256.
// Thread-safe.
class TokenSigner {
  public:
    explicit TokenSigner(std::string_view secret);

    std::string Sign(const Token& token) const;
    // InvalidArgument "token: ..." for text that was not signed with this secret.
    Result<Token> Verify(std::string_view text) const;

  private:
    static Result<Token> Decode(std::string_view payload);
    std::string Mac(std::string_view bytes) const;

    struct Free {
        void operator()(evp_mac_ctx_st* context) const noexcept;
    };
    using Context = std::unique_ptr<evp_mac_ctx_st, Free>;

    const Context keyed_;  // copied for every use: making one anew costs more than the signature
};

}  // namespace mp::gateway
