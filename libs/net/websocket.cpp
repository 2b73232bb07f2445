#include "net/websocket.hpp"

#include <chrono>
#include <cstdlib>
#include <openssl/rand.h>
#include <utility>

#include "net/text.hpp"
#include "net/websocket_impl.hpp"

namespace mp::net {
namespace {

constexpr size_t kClientBufferBytes = 64u << 10;
constexpr size_t kServerBufferBytes = 4u << 10;
constexpr size_t kKeepOutgoingBytes = 1u << 20;
constexpr uint16_t kCloseNoCode = 1005;
constexpr uint16_t kCloseNoFrame = 1006;
// For answers to control frames: the peer's side of the connection must be taking bytes.
constexpr std::chrono::seconds kControlTimeout{10};
// For the end: how long the peer may take to notice.
constexpr std::chrono::seconds kLingerTimeout{1};

MaskKey RandomMask() {
    MaskKey mask;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&mask), sizeof mask) != 1) std::abort();
    return mask;
}

Status FailureStatus(const WebSocketDecoder::Failure& failure) {
    const std::string message = Text("websocket: ", failure.reason);
    if (failure.code == kCloseTooBig) return absl::ResourceExhaustedError(message);
    return absl::InternalError(message);
}

}  // namespace

void AppendTextFrame(std::string_view text, std::string& out) {
    AppendFrame(Opcode::kText, text, std::nullopt, out);
}

WebSocket::Impl::Impl(
    std::unique_ptr<Transport> connection,
    Role as,
    const WebSocketDecoderOptions& options,
    std::string_view already
)
    : transport(std::move(connection)),
      role(as),
      decoder(options),
      received(as == Role::kClient ? kClientBufferBytes : kServerBufferBytes),
      undecoded(!already.empty()) {
    received.Append(already);
    received_ts = DefaultClock().Now();
}

void WebSocket::Impl::End(Status why) {
    if (!ended.ok()) return;
    ended = std::move(why);
    if (close_code == 0) close_code = kCloseNoFrame;
}

Task<Status> WebSocket::Impl::Fill(Deadline deadline) {
    while (!HasMessage()) {
        if (!ended.ok()) co_return ended;
        if (decoder.closed() || decoder.failure()) {
            co_await Finish();
            continue;
        }
        if (!undecoded) {
            decoder.Clear();
            next_message = 0;
            const std::span<char> room = received.Room(decoder.wanted());
            const Result<size_t> size = co_await transport->ReadSome(room, deadline);
            if (!size.ok()) {
                if (!absl::IsDeadlineExceeded(size.status())) End(size.status());
                co_return size.status();
            }
            received_ts = DefaultClock().Now();
            received.Received(*size);
            undecoded = true;
            stats.bytes_received += *size;
            ++stats.reads;
        }
        co_await Decode();
    }
    co_return OkStatus();
}

Task<> WebSocket::Impl::Decode() {
    undecoded = false;
    received.Consume(decoder.Decode(received.data()));
    stats.messages_received += decoder.messages().size();
    for (const WebSocketDecoder::Control& control : decoder.controls()) TakeControl(control);
    if (pong && !sending) static_cast<void>(co_await Flush(Deadline::After(kControlTimeout)));
}

void WebSocket::Impl::TakeControl(const WebSocketDecoder::Control& control) {
    if (control.opcode == Opcode::kPing) {
        ++stats.pings_received;
        pong = control.payload;
    } else if (control.opcode == Opcode::kPong) {
        stats.last_pong_ts = received_ts;
    } else {
        close_received = true;
        close_code = kCloseNoCode;
        if (control.payload.size() >= 2) {
            const auto* bytes = reinterpret_cast<const unsigned char*>(control.payload.data());
            close_code = static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
            close_reason = control.payload.substr(2);
        }
    }
}

Task<> WebSocket::Impl::Finish() {
    const std::optional<WebSocketDecoder::Failure> failure = decoder.failure();
    std::string payload;
    if (failure) {
        payload = ClosePayload(failure->code, failure->reason);
    } else if (close_code != kCloseNoCode) {
        payload = ClosePayload(close_code, "");
    }
    if (!close_sent) {
        Queue(Opcode::kClose, payload);
        close_sent = true;
        static_cast<void>(co_await Flush(Deadline::After(kLingerTimeout)));
    }
    if (failure) {
        End(FailureStatus(*failure));
        co_await transport->Linger(Deadline::After(kLingerTimeout));
    } else {
        End(absl::UnavailableError(Text(
            "websocket closed by the peer: code=", close_code, " reason=\"", close_reason, "\""
        )));
        transport->Cut();
    }
}

void WebSocket::Impl::Queue(Opcode opcode, std::string_view payload) {
    if (close_sent || !ended.ok()) return;
    if (!IsControl(opcode)) ++stats.messages_sent;
    AppendFrame(
        opcode,
        payload,
        role == Role::kClient ? std::optional(RandomMask()) : std::nullopt,
        outgoing
    );
}

Task<Status> WebSocket::Impl::Flush(Deadline deadline) {
    while (sending) {
        const bool woken = co_await sent.Wait(deadline);
        if (!woken) co_return absl::DeadlineExceededError("send: too slow");
    }
    if (!ended.ok()) co_return ended;
    if (pong) Queue(Opcode::kPong, *std::exchange(pong, std::nullopt));
    if (outgoing.empty()) {
        co_return close_sent ? absl::UnavailableError("websocket is closing") : OkStatus();
    }
    Status written = co_await Write(deadline);
    // A ping that came while this was on its way has nobody else to answer it.
    while (written.ok() && pong && !sending && !close_sent) {
        Queue(Opcode::kPong, *std::exchange(pong, std::nullopt));
        written = co_await Write(Deadline::After(kControlTimeout));
    }
    co_return written;
}

// However the write ends, also by cancellation, the next sender must get its turn; one that did not
// end well has left half a frame on the wire.
Task<Status> WebSocket::Impl::Write(Deadline deadline) {
    struct Turn {
        explicit Turn(Impl& of) : impl(of) {
            impl.sending = true;
            impl.in_flight.swap(impl.outgoing);
        }
        ~Turn() {
            impl.sending = false;
            impl.in_flight.clear();
            if (impl.in_flight.capacity() > kKeepOutgoingBytes) impl.in_flight.shrink_to_fit();
            if (!status.ok()) {
                impl.End(status);
                impl.transport->Cut();
            }
            impl.sent.NotifyAll();
        }
        Impl& impl;
        Status status = absl::UnavailableError("a send was cancelled half-way");
    };
    Turn turn(*this);
    stats.bytes_sent += in_flight.size();
    turn.status = co_await transport->Write(in_flight, deadline);
    co_return turn.status;
}

Task<Status> WebSocket::Impl::Close(uint16_t code, std::string_view reason, Deadline deadline) {
    if (!ended.ok()) co_return close_received ? OkStatus() : ended;
    Queue(Opcode::kClose, ClosePayload(code, reason));
    close_sent = true;
    const Status flushed = co_await Flush(deadline);
    if (flushed.ok()) co_await ReadUntilClosed(deadline);
    transport->Cut();
    if (close_received) co_return OkStatus();
    if (!flushed.ok()) co_return flushed;
    co_return absl::DeadlineExceededError("the peer did not answer the close frame");
}

Task<> WebSocket::Impl::ReadUntilClosed(Deadline deadline) {
    for (;;) {
        next_message = decoder.messages().size();
        const Status filled = co_await Fill(deadline);
        if (!filled.ok()) break;
    }
    End(absl::UnavailableError("websocket closed"));
}

WebSocket::WebSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&&) noexcept = default;
WebSocket::~WebSocket() = default;

Task<Result<WebSocketBatch>> WebSocket::ReadSome(Deadline deadline) {
    if (!impl_->HasMessage()) {
        if (Status filled = co_await impl_->Fill(deadline); !filled.ok()) co_return filled;
    }
    const size_t first = std::exchange(impl_->next_message, impl_->decoder.messages().size());
    co_return WebSocketBatch{impl_->decoder.messages().subspan(first), impl_->received_ts};
}

Task<Result<WebSocketMessage>> WebSocket::Receive(Deadline deadline) {
    if (!impl_->HasMessage()) {
        if (Status filled = co_await impl_->Fill(deadline); !filled.ok()) co_return filled;
    }
    co_return impl_->decoder.messages()[impl_->next_message++];
}

Task<Status> WebSocket::Send(std::string_view text, Deadline deadline) {
    impl_->Queue(Opcode::kText, text);
    return impl_->Flush(deadline);
}

Task<Status> WebSocket::Ping(std::string_view payload, Deadline deadline) {
    impl_->Queue(Opcode::kPing, payload.substr(0, kMaxControlPayload));
    return impl_->Flush(deadline);
}

void WebSocket::Queue(std::string_view text) {
    impl_->Queue(Opcode::kText, text);
}

void WebSocket::QueueEncoded(std::string_view frames) {
    if (impl_->close_sent || !impl_->ended.ok()) return;
    impl_->outgoing.append(frames);
    ++impl_->stats.messages_sent;
}

size_t WebSocket::queued_bytes() const {
    return impl_->outgoing.size() + impl_->in_flight.size();
}

Task<Status> WebSocket::Flush(Deadline deadline) {
    return impl_->Flush(deadline);
}

Task<Status> WebSocket::Close(uint16_t code, std::string_view reason, Deadline deadline) {
    return impl_->Close(code, reason, deadline);
}

void WebSocket::Cut() {
    impl_->transport->Cut();
    impl_->End(absl::UnavailableError("websocket cut"));
}

bool WebSocket::open() const {
    return impl_->ended.ok();
}
uint16_t WebSocket::close_code() const {
    return impl_->close_code;
}
const std::string& WebSocket::close_reason() const {
    return impl_->close_reason;
}
const WebSocketStats& WebSocket::stats() const {
    return impl_->stats;
}
const std::string& WebSocket::peer() const {
    return impl_->transport->peer();
}

}  // namespace mp::net
