#pragma once
// The frames of RFC 6455 section 5.2: pure bytes, no I/O.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mp::net {

enum class Opcode : uint8_t {
    kContinuation = 0,
    kText = 1,
    kBinary = 2,
    kClose = 8,
    kPing = 9,
    kPong = 10,
};

inline bool IsControl(Opcode opcode) {
    return static_cast<uint8_t>(opcode) >= 8;
}

// The four bytes of a masking key in their order on the wire.
using MaskKey = uint32_t;

struct FrameHeader {
    Opcode opcode = Opcode::kText;
    bool fin = true;
    uint8_t rsv = 0;  // the three bits, RSV1 = 4
    bool masked = false;
    MaskKey mask = 0;
    uint64_t payload_size = 0;
    size_t header_size = 0;
};

inline constexpr size_t kMaxControlPayload = 125;

enum class HeaderState : uint8_t { kComplete, kIncomplete, kMalformed };
// Reads the header at the front of `data`. Malformed: an unknown opcode, a length that is not in
// its shortest form, a control frame that is fragmented or long.
HeaderState ReadFrameHeader(std::span<const char> data, FrameHeader& header);

// XORs `data` with the key repeated, both ways.
void ApplyMask(std::span<char> data, MaskKey mask);

// Appends one whole frame, masked where there is a key (clients mask, servers do not).
void AppendFrame(
    Opcode opcode, std::string_view payload, std::optional<MaskKey> mask, std::string& out
);

// A close frame's payload.
std::string ClosePayload(uint16_t code, std::string_view reason);
// Whether a peer may send this code.
bool IsValidCloseCode(uint16_t code);

}  // namespace mp::net
