// WebSocket frames: what comes out must not depend on how the bytes arrive.
#include "fuzz.hpp"
#include "net/websocket_decoder.hpp"

namespace mp::fuzz {
namespace {

std::string Decode(
    const net::WebSocketDecoderOptions& options, std::string_view bytes, size_t step
) {
    net::WebSocketDecoder decoder(options);
    std::string said;
    std::string controls;  // not in order with the messages of one call
    std::string pending;
    for (size_t at = 0; at < bytes.size() && !decoder.failure() && !decoder.closed(); at += step) {
        pending += bytes.substr(at, step);
        std::vector<char> exact(pending.begin(), pending.end());
        decoder.Clear();
        const size_t consumed = decoder.Decode(exact);
        Require(consumed <= exact.size(), "no more is consumed than there is");
        for (const auto& message : decoder.messages()) {
            Require(message.data.size() <= options.max_message_bytes, "the limit holds");
            said += (message.binary ? "b" : "t") + std::string(message.data);
        }
        for (const auto& control : decoder.controls()) {
            controls += std::to_string(static_cast<int>(control.opcode)) + control.payload;
        }
        pending.erase(0, consumed);
    }
    if (decoder.failure()) said += "!" + std::to_string(decoder.failure()->code);
    return said + "|" + controls;
}

std::string Frame(net::Opcode opcode, std::string_view payload, std::optional<net::MaskKey> mask) {
    std::string out;
    net::AppendFrame(opcode, payload, mask, out);
    return out;
}

}  // namespace

// The first byte: bit 0 masked, bit 1 deflate, bit 2 keeps context.
std::vector<std::string> Seeds() {
    const std::string ping = Frame(net::Opcode::kPing, "p", std::nullopt);
    std::string fragment = Frame(net::Opcode::kText, "frag", std::nullopt);
    fragment[0] = static_cast<char>(fragment[0] & 0x7f);
    std::string deflated = Frame(net::Opcode::kText, "\xf2\x48\xcd\xc9\xc9\x07", std::nullopt);
    deflated.push_back('\0');
    deflated[0] = static_cast<char>(deflated[0] | 0x40);
    deflated[1] = 7;
    return {
        std::string("\0", 1) + Frame(net::Opcode::kText, "hello", std::nullopt) + ping,
        std::string("\0", 1) + fragment + ping + Frame(net::Opcode::kContinuation, "ment", {}),
        "\1" + Frame(net::Opcode::kBinary, std::string(200, 'x'), 0x01020304),
        "\2" + deflated,
        "\6" + deflated + deflated,
        std::string("\0", 1) + Frame(net::Opcode::kClose, net::ClosePayload(1000, "bye"), {}),
    };
}

void Try(std::string_view bytes) {
    Input input(bytes);
    const unsigned char choice = input.Byte();
    net::WebSocketDecoderOptions options;
    options.expect_masked = (choice & 1) != 0;
    options.deflate = (choice & 2) != 0;
    options.deflate_keeps_context = (choice & 4) != 0;
    options.max_message_bytes = 4096;
    const std::string whole = Decode(options, input.rest(), input.rest().size() + 1);
    Require(Decode(options, input.rest(), 1 + choice / 8) == whole, "pieces change nothing");
}

}  // namespace mp::fuzz
