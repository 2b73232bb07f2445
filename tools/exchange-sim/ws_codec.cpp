#include "exchange-sim/ws_codec.hpp"

#include <array>
#include <openssl/evp.h>

namespace mp::sim {

std::string WsAcceptKey(std::string_view client_key) {
    std::string text(client_key);
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return {encoded.begin(), encoded.begin() + length};
}

void AppendWsHeader(std::string& out, WsOpcode opcode, std::size_t payload_size) {
    out += static_cast<char>(0x80 | static_cast<int>(opcode));
    int length_bytes = 0;
    if (payload_size < 126) {
        out += static_cast<char>(payload_size);
    } else if (payload_size <= 0xffff) {
        out += static_cast<char>(126);
        length_bytes = 2;
    } else {
        out += static_cast<char>(127);
        length_bytes = 8;
    }
    for (int shift = 8 * (length_bytes - 1); shift >= 0; shift -= 8) {
        out += static_cast<char>((payload_size >> shift) & 0xff);
    }
}

void AppendWsFrame(std::string& out, WsOpcode opcode, std::string_view payload) {
    AppendWsHeader(out, opcode, payload.size());
    out.append(payload);
}

WsDecoder::Result WsDecoder::Next(WsOpcode& opcode, std::string& message) {
    while (true) {
        bool final = false;
        const Result result = TakeFrame(opcode, final, message);
        if (result != Result::kMessage) return result;
        if (opcode >= WsOpcode::kClose) return final ? result : Result::kProtocolError;
        const bool continues = opcode == WsOpcode::kContinuation;
        if (continues != (fragmented_ != WsOpcode::kContinuation)) return Result::kProtocolError;
        if (!continues && final) return result;
        if (!continues) fragmented_ = opcode;
        fragments_ += message;
        if (fragments_.size() > kMaxMessage) return Result::kTooBig;
        if (!final) continue;
        opcode = fragmented_;
        fragmented_ = WsOpcode::kContinuation;
        message.swap(fragments_);
        fragments_.clear();
        return result;
    }
}

WsDecoder::Result WsDecoder::TakeFrame(WsOpcode& opcode, bool& final, std::string& payload) {
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(input_[at]); };
    if (input_.size() < 2) return Result::kNeedMore;
    final = (byte(0) & 0x80) != 0;
    opcode = static_cast<WsOpcode>(byte(0) & 0x0f);
    const bool known =
        opcode <= WsOpcode::kBinary || (opcode >= WsOpcode::kClose && opcode <= WsOpcode::kPong);
    // A client must mask; reserved bits mean an extension that was never agreed.
    if (!known || (byte(0) & 0x70) != 0 || (byte(1) & 0x80) == 0) return Result::kProtocolError;

    std::uint64_t size = byte(1) & 0x7f;
    const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    const std::size_t header = 2 + length_bytes + 4;
    if (input_.size() < header) return Result::kNeedMore;
    if (length_bytes > 0) {
        size = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) size = size << 8 | byte(2 + i);
    }
    if (size > kMaxMessage) return Result::kTooBig;
    if (opcode >= WsOpcode::kClose && size > 125) return Result::kProtocolError;
    if (input_.size() < header + size) return Result::kNeedMore;

    payload.assign(input_, header, size);
    for (std::size_t i = 0; i < size; ++i) {
        payload[i] = static_cast<char>(payload[i] ^ input_[header - 4 + i % 4]);
    }
    input_.erase(0, header + size);
    return Result::kMessage;
}

}  // namespace mp::sim
