#include "exchange-sim/ws_session.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kProtocolErrorCode = 1002;
constexpr std::uint16_t kPolicyCode = 1008;
constexpr std::uint16_t kTooBigCode = 1009;

}  // namespace

WsSession::WsSession(
    Tcp::socket socket, std::uint64_t id, Hub& hub, EvidenceLog& log, const WsLimits& limits
)
    : socket_(std::move(socket)),
      id_(id),
      hub_(hub),
      log_(log),
      limits_(limits),
      last_pong_(Clock::now()),
      last_traffic_(last_pong_),
      last_received_(last_pong_),
      ping_timer_(socket_.get_executor()) {
    boost::system::error_code ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
}

asio::awaitable<void> WsSession::Run(std::string early, OnText on_text) {
    asio::co_spawn(socket_.get_executor(), Ping(shared_from_this()), asio::detached);
    decoder_.Feed(early);
    std::string buffer(16 * 1024, '\0');
    boost::system::error_code error;
    while (open_ && HandleInput(on_text)) {
        const std::size_t size = co_await socket_.async_read_some(
            asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error)
        );
        if (error) break;
        last_traffic_ = last_received_ = Clock::now();
        decoder_.Feed(std::string_view(buffer).substr(0, size));
    }
    End("peer closed");
}

bool WsSession::HandleInput(const OnText& on_text) {
    WsOpcode opcode{};
    std::string message;
    while (open_) {
        const auto result = decoder_.Next(opcode, message);
        if (result == WsDecoder::Result::kNeedMore) return true;
        if (result == WsDecoder::Result::kProtocolError) Close(kProtocolErrorCode, "");
        if (result == WsDecoder::Result::kTooBig) Close(kTooBigCode, "");
        if (result != WsDecoder::Result::kMessage) return true;
        if (opcode == WsOpcode::kClose) {
            if (closing_) return false;
            peer_closed_ = true;
            reason_ = "closed by client";
            Close(1000, "");
            return true;
        }
        if (closing_) continue;
        const bool asked_by_us = opcode == WsOpcode::kPong && answered_ < last_probe_;
        if (!asked_by_us && TooManyMessages()) {
            Close(kPolicyCode, "Too many requests");
        } else if (opcode == WsOpcode::kPing) {
            AppendWsFrame(pending_.bytes, WsOpcode::kPong, message);
            ScheduleWrite();
        } else if (opcode == WsOpcode::kPong) {
            TakePong(message);
        } else {
            on_text(*this, message);
        }
    }
    return false;
}

void WsSession::TakePong(std::string_view payload) {
    last_pong_ = Clock::now();
    std::uint64_t number = 0;
    std::from_chars(payload.data(), payload.data() + payload.size(), number);
    answered_ = std::max(answered_, number);
    if (on_progress_) on_progress_();
}

bool WsSession::TooManyMessages() {
    const auto now = Clock::now();
    recent_messages_.push_back(now);
    while (now - recent_messages_.front() > std::chrono::seconds(1)) recent_messages_.pop_front();
    return static_cast<int>(recent_messages_.size()) > limits_.messages_per_second;
}

void WsSession::Send(const Frame& frame) {
    if (!open_ || closing_) return;
    if (recorded_clock && frame.recorded_ns != 0) {
        std::string clock = R"({"sim":"clock","ns":)";
        AppendInteger(clock, frame.recorded_ns);
        clock += '}';
        AppendWsFrame(pending_.bytes, WsOpcode::kText, clock);
    }
    AppendWsFrame(pending_.bytes, WsOpcode::kText, wrapped ? frame.wrapped : frame.payload());
    pending_.frame_ends.push_back(pending_.bytes.size());
    ScheduleWrite();
    if (backlog() > limits_.max_backlog) Cut("slow reader");
}

void WsSession::SendGarbage(std::string_view bytes, WsOpcode opcode) {
    if (!open_ || closing_) return;
    AppendWsFrame(pending_.bytes, opcode, bytes);
    pending_.frame_ends.push_back(pending_.bytes.size());
    ScheduleWrite();
}

void WsSession::SendText(std::string_view text) {
    if (!open_ || closing_) return;
    AppendWsFrame(pending_.bytes, WsOpcode::kText, text);
    ScheduleWrite();
}

std::uint64_t WsSession::SendPing() {
    last_ping_ = std::max(last_ping_ + 1, static_cast<std::uint64_t>(WallMillis()));
    std::string payload;
    AppendInteger(payload, static_cast<std::int64_t>(last_ping_));
    AppendWsFrame(pending_.bytes, WsOpcode::kPing, payload);
    ScheduleWrite();
    return last_ping_;
}

std::uint64_t WsSession::Probe() {
    if (open()) last_probe_ = SendPing();
    return last_probe_;
}

void WsSession::Close(std::uint16_t code, std::string_view reason) {
    if (!open_ || closing_) return;
    closing_ = true;
    hub_.Drop(*this);
    if (reason_.empty()) reason_ = "closed by server";
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    payload += reason;
    AppendWsFrame(pending_.bytes, WsOpcode::kClose, payload);
    ScheduleWrite();
    // A peer that does not answer the close frame must not keep the connection.
    ping_timer_.expires_after(std::chrono::seconds(2));
}

void WsSession::Cut(std::string_view reason, bool reset) {
    if (!open_) return;
    boost::system::error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    End(reason);
}

// Ends the connection once, whoever comes first.
void WsSession::End(std::string_view reason) {
    if (!open_) return;
    open_ = false;
    hub_.Drop(*this);
    if (reason_.empty()) reason_ = reason;
    boost::system::error_code ignored;
    socket_.close(ignored);
    ping_timer_.cancel();
    // With a write in flight its outcome decides how many frames were handed over.
    if (in_flight_.bytes.empty()) OnWritten({}, 0);
}

asio::awaitable<void> WsSession::Ping(std::shared_ptr<WsSession> self) {
    const auto born = Clock::now();
    boost::system::error_code ignored;
    while (open_) {
        if (!closing_) ping_timer_.expires_after(limits_.ping_interval);
        co_await ping_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (!open_) break;
        if (closing_) {
            // First wake-up: Close() moved the timer. Second: the peer did not answer in time.
            if (ping_timer_.expiry() <= Clock::now()) End("closed by server");
            continue;
        }
        if (Clock::now() - born > limits_.life) {
            Close(1001, "");
        } else if (keep_alive) {
            keep_alive(*this);
        } else if (Clock::now() - last_pong_ > limits_.pong_timeout) {
            Close(kPolicyCode, "Pong timeout");
        } else {
            SendPing();
        }
    }
    self.reset();
}

void WsSession::ScheduleWrite() {
    if (write_scheduled_ || !in_flight_.bytes.empty()) return;
    write_scheduled_ = true;
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        self->write_scheduled_ = false;
        self->Write();
    });
}

void WsSession::Write() {
    if (!open_ || pending_.bytes.empty() || !in_flight_.bytes.empty()) return;
    std::swap(pending_, in_flight_);
    asio::async_write(
        socket_,
        asio::buffer(in_flight_.bytes),
        [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
            self->OnWritten(error, bytes);
        }
    );
}

void WsSession::OnWritten(boost::system::error_code error, std::size_t bytes) {
    CountHandedOver(bytes);
    if (bytes > 0) last_traffic_ = Clock::now();
    in_flight_.bytes.clear();
    in_flight_.frame_ends.clear();
    if (error) End("peer gone");
    if (!open_) {
        LogEnd();
    } else if (!pending_.bytes.empty()) {
        Write();
    } else if (peer_closed_) {
        End("closed by client");
    }
    if (on_progress_) on_progress_();
}

void WsSession::LogEnd() {
    if (reason_.empty()) return;
    std::string members = ",\"frames_logged\":";
    AppendInteger(members, static_cast<std::int64_t>(frames_));
    members += ",\"frames_handed_over\":";
    AppendInteger(members, static_cast<std::int64_t>(frames_handed_over_));
    members += ",\"reason\":\"";
    AppendEscaped(members, reason_);
    members += '"';
    log_.Connection("conn_closed", id_, members);
    reason_.clear();
    pending_ = {};
}

void WsSession::CountHandedOver(std::size_t bytes) {
    for (const std::size_t end : in_flight_.frame_ends) {
        if (end <= bytes) ++frames_handed_over_;
    }
}

}  // namespace mp::sim
