#pragma once
// The inside of net::WebSocket. Only libs/net uses it.

#include <memory>
#include <optional>
#include <string>

#include "net/receive_buffer.hpp"
#include "net/transport.hpp"
#include "net/websocket.hpp"
#include "net/websocket_decoder.hpp"
#include "runtime/condition.hpp"

namespace mp::net {

struct WebSocket::Impl {
    enum class Role : uint8_t { kClient, kServer };

    // `received`: bytes that came behind the handshake.
    Impl(
        std::unique_ptr<Transport> connection,
        Role as,
        const WebSocketDecoderOptions& options,
        std::string_view received
    );

    // Until messages wait to be handed out, or with why there will be none.
    Task<Status> Fill(Deadline deadline);
    // Sends what is queued, and the answers to pings that come meanwhile.
    Task<Status> Flush(Deadline deadline);
    Task<Status> Write(Deadline deadline);
    Task<Status> Close(uint16_t code, std::string_view reason, Deadline deadline);
    void Queue(Opcode opcode, std::string_view payload);
    bool HasMessage() const { return next_message < decoder.messages().size(); }

    // Decodes what was received, answers pings.
    Task<> Decode();
    void TakeControl(const WebSocketDecoder::Control& control);
    // The peer's close frame or its breach of the protocol: says so and closes.
    Task<> Finish();
    Task<> ReadUntilClosed(Deadline deadline);
    void End(Status why);

    const std::unique_ptr<Transport> transport;
    const Role role;
    WebSocketDecoder decoder;
    ReceiveBuffer received;
    bool undecoded;  // received bytes that the decoder has not seen
    Nanos received_ts = 0;
    size_t next_message = 0;  // of decoder.messages(), to be handed out

    std::string outgoing;             // queued frames
    std::string in_flight;            // being written
    std::optional<std::string> pong;  // the answer to the last ping, not yet queued
    bool sending = false;
    runtime::Condition sent;

    Status ended;  // OK while open; what every later call gets
    bool close_sent = false;
    bool close_received = false;
    uint16_t close_code = 0;
    std::string close_reason;
    WebSocketStats stats;
};

}  // namespace mp::net
