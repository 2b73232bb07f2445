#pragma once
// One WebSocket connection (RFC 6455), the same class at both ends.
//
// Executor: that of the io_context it was made on; nothing here is thread-safe. One coroutine may
// read while another sends: not two of a kind. Pings are seen by reads, so somebody must be
// reading; they are answered at once, or right behind the send that is under way. Reading is made
// for bursts: one wake-up hands out every message that the socket had.
//
// Errors end the connection unless said otherwise; every later call repeats them:
//   UNAVAILABLE         the peer closed (close_code() tells why) or the connection broke
//   RESOURCE_EXHAUSTED  a message above max_message_bytes (the peer was told 1009)
//   INTERNAL            the peer broke the protocol (told 1002) or sent bad UTF-8 (1007)
//   DEADLINE_EXCEEDED   a read that took too long: only that call ends, the next one may go on;
//                       a send that took too long ends the connection
// Cancelling a read leaves the connection usable and loses nothing; cancelling a send may break it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "base/time.hpp"
#include "runtime/task.hpp"

namespace mp::net {

struct WebSocketMessage {
    std::string_view data;
    bool binary = false;
};

// Whole messages (fragments joined, inflated, valid UTF-8 where text), in order.
struct WebSocketBatch {
    std::span<const WebSocketMessage> messages;
    Nanos received_ts = 0;  // system clock at the socket read that completed them
};

struct WebSocketStats {
    uint64_t messages_received = 0;
    uint64_t bytes_received = 0;  // off the socket (after TLS)
    uint64_t reads = 0;           // wake-ups
    uint64_t messages_sent = 0;
    uint64_t bytes_sent = 0;
    uint64_t pings_received = 0;
    Nanos last_pong_ts = 0;
};

inline constexpr uint16_t kCloseNormal = 1000;
inline constexpr uint16_t kCloseGoingAway = 1001;
inline constexpr uint16_t kCloseProtocolError = 1002;
inline constexpr uint16_t kClosePolicyViolation = 1008;
inline constexpr uint16_t kCloseTooBig = 1009;
inline constexpr uint16_t kCloseInternalError = 1011;
inline constexpr uint16_t kCloseTryAgainLater = 1013;

class WebSocket {
  public:
    struct Impl;
    explicit WebSocket(std::unique_ptr<Impl> impl);
    WebSocket(WebSocket&&) noexcept;
    WebSocket& operator=(WebSocket&&) noexcept;
    // Cuts the connection if it is open. No read or send may be under way.
    ~WebSocket();

    // Waits until at least one message is there. The batch's views live until the next read.
    Task<Result<WebSocketBatch>> ReadSome(Deadline deadline);
    // One message at a time, from the same buffer; its view lives until the next read.
    Task<Result<WebSocketMessage>> Receive(Deadline deadline);

    Task<Status> Send(std::string_view text, Deadline deadline);
    Task<Status> Ping(std::string_view payload, Deadline deadline);

    // For fan-out: Queue() frames into the outgoing buffer without I/O, Flush() sends all of it
    // with few system calls. Whoever queues bounds queued_bytes(). QueueEncoded takes frames that
    // AppendTextFrame made, so that one encoding serves many clients; servers only.
    void Queue(std::string_view text);
    void QueueEncoded(std::string_view frames);
    size_t queued_bytes() const;
    Task<Status> Flush(Deadline deadline);

    // Sends a close frame, reads away what comes until the peer's own, then closes the connection.
    // OK if the peer answered in time. Nobody else may be reading.
    Task<Status> Close(uint16_t code, std::string_view reason, Deadline deadline);
    // Drops the connection now, without a word. A read under way ends with UNAVAILABLE.
    void Cut();

    bool open() const;
    // From the peer's close frame: 1005 if it named none, 1006 if there was no frame, 0 while open.
    uint16_t close_code() const;
    const std::string& close_reason() const;
    const WebSocketStats& stats() const;
    const std::string& peer() const;  // "10.0.0.1:443"

  private:
    std::unique_ptr<Impl> impl_;
};

// Appends `text` as one unmasked text frame.
void AppendTextFrame(std::string_view text, std::string& out);

}  // namespace mp::net
