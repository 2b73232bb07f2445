#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exchange-sim/evidence_log.hpp"
#include "exchange-sim/hub.hpp"
#include "exchange-sim/ws_codec.hpp"

namespace mp::sim {

struct WsLimits {
    std::chrono::milliseconds ping_interval{20'000};
    std::chrono::milliseconds pong_timeout{60'000};
    std::chrono::seconds life{24 * 3600};
    int messages_per_second = 5;
    std::size_t max_backlog = 64u << 20;  // unsent bytes; beyond, the connection is cut
};

class Venue;

// What a venue's protocol keeps about a connection.
struct VenueState {
    virtual ~VenueState() = default;
};

// One WebSocket connection. Frames sent in one turn of the event loop leave in one write. Shared
// because the read loop, the write in flight and the ping timer each need it until they end.
class WsSession : public std::enable_shared_from_this<WsSession> {
  public:
    using Tcp = boost::asio::ip::tcp;
    using OnText = std::function<void(WsSession&, std::string_view)>;

    WsSession(
        Tcp::socket socket, std::uint64_t id, Hub& hub, EvidenceLog& log, const WsLimits& limits
    );

    // Reads until the connection ends. `early` are bytes that came right behind the handshake.
    boost::asio::awaitable<void> Run(std::string early, OnText on_text);

    // Counts the frame and returns its number on this connection, for the log entry that must be
    // written before Send(). Neither does anything useful on a connection that is not open().
    std::uint64_t NextNumber() { return ++frames_; }
    void Send(const Frame& frame);
    void SendGarbage(std::string_view bytes, WsOpcode opcode);
    // Acks and errors: not numbered, not part of the evidence.
    void SendText(std::string_view text);

    // A ping of the simulator's own, which no exchange sent: its answer proves that the client has
    // read everything before it.
    std::uint64_t Probe();
    // Whether the answer has come, or never will.
    bool Answered(std::uint64_t probe) const { return answered_ >= probe || !open_; }

    void Close(std::uint16_t code, std::string_view reason);
    // Ends the connection without a close frame; what is unsent is lost.
    void Cut(std::string_view reason, bool reset = false);

    bool open() const { return open_ && !closing_; }
    std::uint64_t id() const { return id_; }
    std::size_t backlog() const { return pending_.bytes.size() + in_flight_.bytes.size(); }

    // Called whenever the backlog has shrunk, a ping was answered or the connection has ended.
    void OnProgress(std::function<void()> callback) { on_progress_ = std::move(callback); }

    using TimePoint = std::chrono::steady_clock::time_point;
    // When anything was last sent to or came from the client, and when it came from there.
    TimePoint last_traffic() const { return last_traffic_; }
    TimePoint last_received() const { return last_received_; }

    // State that belongs to the venue's protocol.
    Venue* venue = nullptr;
    std::unique_ptr<VenueState> state;
    // What happens every ping interval instead of a ping of the WebSocket protocol.
    std::function<void(WsSession&)> keep_alive;
    std::string route;            // which of the venue's addresses it was opened at
    bool wrapped = false;         // combined form
    bool recorded_clock = false;  // wants the recorded time before each frame
    std::vector<std::uint32_t> streams;

  private:
    struct Batch {
        std::string bytes;
        std::vector<std::size_t> frame_ends;
    };

    boost::asio::awaitable<void> Ping(std::shared_ptr<WsSession> self);
    std::uint64_t SendPing();
    bool HandleInput(const OnText& on_text);
    void TakePong(std::string_view payload);
    bool TooManyMessages();
    void ScheduleWrite();
    void Write();
    void OnWritten(boost::system::error_code error, std::size_t bytes);
    void CountHandedOver(std::size_t bytes);
    void LogEnd();
    void End(std::string_view reason);

    Tcp::socket socket_;
    const std::uint64_t id_;
    Hub& hub_;
    EvidenceLog& log_;
    const WsLimits limits_;
    WsDecoder decoder_;
    Batch pending_;
    Batch in_flight_;
    bool open_ = true;
    bool closing_ = false;
    bool peer_closed_ = false;
    bool write_scheduled_ = false;
    std::uint64_t frames_ = 0;
    std::uint64_t frames_handed_over_ = 0;
    std::string reason_;
    std::deque<std::chrono::steady_clock::time_point> recent_messages_;
    // Pings are numbered in their payload, and whoever answers one has read those before it.
    std::uint64_t last_ping_ = 0;
    std::uint64_t last_probe_ = 0;
    std::uint64_t answered_ = 0;
    TimePoint last_pong_;
    TimePoint last_traffic_;
    TimePoint last_received_;
    boost::asio::steady_timer ping_timer_;
    std::function<void()> on_progress_;
};

}  // namespace mp::sim
