#pragma once
// Where a live reader stands, and the signed text that clients keep of it.
//
// The reader of several subjects stands at one place in each: the broker delivers every subject in
// the stream's order, but not one beside the other.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/status.hpp"
#include "base/time.hpp"

namespace mp::gateway {

// Behind entry `index` of the message with this stream sequence.
struct Position {
    uint64_t sequence = 0;
    uint32_t index = 0;

    friend auto operator<=>(const Position&, const Position&) = default;
};

// Stands for "behind every entry of the message".
inline constexpr uint32_t kWholeMessage = UINT32_MAX;

struct Token {
    Nanos incarnation = 0;  // of the stream: sequences of another one mean nothing
    Nanos order_ts = 0;     // of the last event; where history begins if the bus has forgotten
    std::map<uint32_t, Position> positions;  // by SubjectKey

    friend bool operator==(const Token&, const Token&) = default;
};

uint32_t SubjectKey(std::string_view subject);

// Makes and checks tokens: base64url of a compact encoding and 16 bytes of HMAC-SHA256.
// Thread-safe.
class TokenSigner {
  public:
    explicit TokenSigner(std::string secret) : secret_(std::move(secret)) {}

    std::string Sign(const Token& token) const;
    // InvalidArgument "token: ..." for text that was not signed with this secret.
    Result<Token> Verify(std::string_view text) const;

  private:
    std::string Mac(std::string_view bytes) const;

    const std::string secret_;
};

}  // namespace mp::gateway
