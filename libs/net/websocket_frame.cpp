#include "net/websocket_frame.hpp"

#include <cstring>

namespace mp::net {
namespace {

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kSize16 = 126;
constexpr uint8_t kSize64 = 127;

bool IsKnown(uint8_t opcode) {
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

uint64_t ReadNumber(const unsigned char* bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | bytes[i];
    return value;
}

void AppendNumber(uint64_t value, size_t size, std::string& out) {
    for (size_t i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i));
}

}  // namespace

HeaderState ReadFrameHeader(std::span<const char> data, FrameHeader& header) {
    if (data.size() < 2) return HeaderState::kIncomplete;
    const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
    const uint8_t opcode = bytes[0] & 0x0f;
    if (!IsKnown(opcode)) return HeaderState::kMalformed;
    header.opcode = static_cast<Opcode>(opcode);
    header.fin = (bytes[0] & kFin) != 0;
    header.rsv = bytes[0] >> 4 & 7;
    header.masked = (bytes[1] & kMasked) != 0;

    const uint8_t short_size = bytes[1] & 0x7f;
    const size_t extra = short_size == kSize64 ? 8 : short_size == kSize16 ? 2 : 0;
    header.header_size = 2 + extra + (header.masked ? 4 : 0);
    if (IsControl(header.opcode) && (!header.fin || extra > 0)) return HeaderState::kMalformed;
    if (data.size() < header.header_size) return HeaderState::kIncomplete;

    header.payload_size = extra == 0 ? short_size : ReadNumber(bytes + 2, extra);
    const uint64_t least = extra == 8 ? 0x10000 : extra == 2 ? kSize16 : 0;
    if (header.payload_size < least || header.payload_size >> 63) return HeaderState::kMalformed;
    if (header.masked) std::memcpy(&header.mask, bytes + 2 + extra, sizeof header.mask);
    return HeaderState::kComplete;
}

void ApplyMask(std::span<char> data, MaskKey mask) {
    const uint64_t wide = static_cast<uint64_t>(mask) << 32 | mask;
    size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
        uint64_t word;
        std::memcpy(&word, data.data() + i, sizeof word);
        word ^= wide;
        std::memcpy(data.data() + i, &word, sizeof word);
    }
    char key[4];
    std::memcpy(key, &mask, sizeof key);
    for (; i < data.size(); ++i) data[i] = static_cast<char>(data[i] ^ key[i % 4]);
}

void AppendFrame(
    Opcode opcode, std::string_view payload, std::optional<MaskKey> mask, std::string& out
) {
    const uint8_t mask_bit = mask ? kMasked : 0;
    out += static_cast<char>(kFin | static_cast<uint8_t>(opcode));
    if (payload.size() < kSize16) {
        out += static_cast<char>(mask_bit | payload.size());
    } else if (payload.size() < 0x10000) {
        out += static_cast<char>(mask_bit | kSize16);
        AppendNumber(payload.size(), 2, out);
    } else {
        out += static_cast<char>(mask_bit | kSize64);
        AppendNumber(payload.size(), 8, out);
    }
    if (mask) out.append(reinterpret_cast<const char*>(&*mask), sizeof *mask);
    const size_t from = out.size();
    out.append(payload);
    if (mask) ApplyMask(std::span(out).subspan(from), *mask);
}

std::string ClosePayload(uint16_t code, std::string_view reason) {
    std::string payload;
    AppendNumber(code, 2, payload);
    payload.append(reason.substr(0, kMaxControlPayload - 2));
    return payload;
}

bool IsValidCloseCode(uint16_t code) {
    if (code >= 3000 && code <= 4999) return true;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

}  // namespace mp::net
