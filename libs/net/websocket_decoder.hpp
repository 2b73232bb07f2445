#pragma once
// Turns received bytes into messages and control frames (RFC 6455 section 5.4 to 5.6, RFC 7692).
// No I/O. Messages that arrive whole and uncompressed are viewed where they lie.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/inflater.hpp"
#include "net/message_arena.hpp"
#include "net/websocket.hpp"
#include "net/websocket_frame.hpp"

namespace mp::net {

struct WebSocketDecoderOptions {
    bool expect_masked = false;  // frames from a client are masked, from a server never
    bool deflate = false;
    bool deflate_keeps_context = true;
    size_t max_message_bytes = 16u << 20;
};

class WebSocketDecoder {
  public:
    struct Control {
        Opcode opcode;
        std::string payload;
    };
    // Why the connection must end, with the close code for the peer.
    struct Failure {
        uint16_t code;
        std::string_view reason;
    };

    explicit WebSocketDecoder(const WebSocketDecoderOptions& options);

    // Decodes the whole frames at the front of `data`, unmasking in place; how many bytes they
    // were. Adds to messages() and controls(). Stops behind a close frame and at a failure.
    size_t Decode(std::span<char> data);

    // Views of messages end with the bytes that were decoded, at the latest with Clear().
    std::span<const WebSocketMessage> messages() const { return messages_; }
    const std::vector<Control>& controls() const { return controls_; }
    const std::optional<Failure>& failure() const { return failure_; }
    bool closed() const { return closed_; }
    // The whole size of the frame that Decode() stopped in; 0 where its header is incomplete.
    size_t wanted() const { return wanted_; }

    // Forgets messages and controls; what is inside an unfinished message stays.
    void Clear();

  private:
    // False: stop.
    bool TakeFrame(const FrameHeader& header, std::span<char> payload);
    bool TakeControl(Opcode opcode, std::string_view payload);
    bool TakeData(const FrameHeader& header, std::string_view payload);
    bool Finish(std::string_view payload, bool in_place);
    bool CheckHeader(const FrameHeader& header);
    bool CheckClose(std::string_view payload);
    bool Fail(uint16_t code, std::string_view reason);

    const WebSocketDecoderOptions options_;
    std::vector<WebSocketMessage> messages_;
    std::vector<Control> controls_;
    std::optional<Failure> failure_;
    bool closed_ = false;
    size_t wanted_ = 0;

    // The message under way.
    bool in_message_ = false;
    bool compressed_ = false;
    bool binary_ = false;
    std::string fragments_;

    std::optional<Inflater> inflater_;
    MessageArena arena_;
};

}  // namespace mp::net
