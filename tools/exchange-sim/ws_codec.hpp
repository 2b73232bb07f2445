#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// RFC 6455 framing, server side. Own code instead of beast::websocket because the simulator must do
// what a correct library forbids: put many messages into one write, cut a connection between two
// frames, and send text that is no UTF-8.
namespace mp::sim {

enum class WsOpcode : std::uint8_t {
    kContinuation = 0,
    kText = 1,
    kBinary = 2,
    kClose = 8,
    kPing = 9,
    kPong = 10
};

// Sec-WebSocket-Accept for the client's Sec-WebSocket-Key.
std::string WsAcceptKey(std::string_view client_key);

// Appends one unmasked, final frame.
void AppendWsFrame(std::string& out, WsOpcode opcode, std::string_view payload);
void AppendWsHeader(std::string& out, WsOpcode opcode, std::size_t payload_size);

// Takes a client's bytes, gives whole messages. Control frames may stand between fragments.
class WsDecoder {
  public:
    enum class Result { kMessage, kNeedMore, kProtocolError, kTooBig };

    static constexpr std::size_t kMaxMessage = 1024 * 1024;

    void Feed(std::string_view bytes) { input_.append(bytes); }
    Result Next(WsOpcode& opcode, std::string& message);

  private:
    Result TakeFrame(WsOpcode& opcode, bool& final, std::string& payload);

    std::string input_;
    std::string fragments_;
    WsOpcode fragmented_ = WsOpcode::kContinuation;
};

}  // namespace mp::sim
