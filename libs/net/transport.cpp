#include "net/transport.hpp"

#include <array>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "net/text.hpp"
#include "net/tls_impl.hpp"
#include "runtime/cancellation.hpp"

namespace mp::net {
namespace {

using ErrorCode = boost::system::error_code;

// "10.0.0.1:443"; empty when the peer has gone already.
std::string PeerName(const asio::ip::tcp::socket& socket) {
    ErrorCode error;
    const auto endpoint = socket.remote_endpoint(error);
    if (error) return "";
    const std::string address = endpoint.address().to_string();
    return endpoint.address().is_v6() ? Text("[", address, "]:", endpoint.port())
                                      : Text(address, ":", endpoint.port());
}

bool IsEnd(const ErrorCode& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Transport::Transport(Tcp::socket socket, const std::optional<TlsContext>& tls)
    : read_(socket.get_executor()), write_(socket.get_executor()), peer_(PeerName(socket)) {
    ErrorCode ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    if (tls) {
        context_ = tls->impl()->context;
        verify_ = tls->impl()->verify;
        tls_.emplace(std::move(socket), *context_);
    } else {
        plain_.emplace(std::move(socket));
    }
}

Status Transport::Ended(OpDeadline& op, const ErrorCode& error, std::string_view what) {
    if (cut_) return absl::UnavailableError("connection cut");
    if (op.expired()) return absl::DeadlineExceededError(Text(what, ": too slow"));
    runtime::ThrowIfCancelled(error);
    if (IsEnd(error)) return absl::UnavailableError("connection closed by the peer");
    return absl::UnavailableError(Text(what, ": ", error.message()));
}

Task<Status> Transport::HandshakeAsClient(const std::string& host, Deadline deadline) {
    ErrorCode error;
    asio::ip::make_address(host, error);
    if (error) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());  // names only
    if (verify_) SSL_set1_host(tls_->native_handle(), host.c_str());  // a name or an address
    co_return co_await Handshake(asio::ssl::stream_base::client, deadline);
}

Task<Status> Transport::HandshakeAsServer(Deadline deadline) {
    co_return co_await Handshake(asio::ssl::stream_base::server, deadline);
}

Task<Status> Transport::Handshake(asio::ssl::stream_base::handshake_type role, Deadline deadline) {
    const auto [error] = co_await read_.Await<void(ErrorCode)>(
        deadline, [this, role](auto handler) { tls_->async_handshake(role, std::move(handler)); }
    );
    read_.End();
    if (!error) co_return OkStatus();
    Status ended = Ended(read_, error, "TLS handshake");
    const long verified = SSL_get_verify_result(tls_->native_handle());
    if (verified == X509_V_OK || !absl::IsUnavailable(ended)) co_return ended;
    co_return absl::UnavailableError(
        Text(MessageOf(ended), ": ", X509_verify_cert_error_string(verified))
    );
}

Task<Result<size_t>> Transport::ReadSome(std::span<char> into, Deadline deadline) {
    if (cut_) co_return absl::UnavailableError("connection cut");
    const asio::mutable_buffer buffer(into.data(), into.size());
    const auto [error, size] =
        co_await read_.Await<void(ErrorCode, size_t)>(deadline, [this, buffer](auto handler) {
            if (tls_) {
                tls_->async_read_some(buffer, std::move(handler));
            } else {
                plain_->async_read_some(buffer, std::move(handler));
            }
        });
    read_.End();
    if (error && size == 0) co_return Ended(read_, error, "read");
    co_return size + (tls_ ? ReadWhatArrived(into.subspan(size)) : 0);
}

// One asynchronous TLS read gives one record; a burst has many of them waiting. While a write is
// under way the TLS engine's output is its own.
size_t Transport::ReadWhatArrived(std::span<char> into) {
    size_t total = 0;
    SSL* const ssl = tls_->native_handle();
    while (!writing_ && total < into.size()) {
        if (!SSL_has_pending(ssl) && BIO_pending(SSL_get_rbio(ssl)) == 0) break;
        ErrorCode error;
        total +=
            tls_->read_some(asio::mutable_buffer(into.data() + total, into.size() - total), error);
        if (error) break;  // would_block, or what the next read will say again
    }
    return total;
}

size_t Transport::TryWrite(std::span<const asio::const_buffer> buffers, ErrorCode& error) {
    if (tls_) return 0;  // its records may only be written whole
    const size_t size = plain_->write_some(buffers, error);
    if (error == asio::error::would_block) error = {};
    return size;
}

Task<Status> Transport::Write(std::string_view data, Deadline deadline) {
    return Write(data, {}, deadline);
}

Task<Status> Transport::Write(std::string_view head, std::string_view body, Deadline deadline) {
    if (cut_) co_return absl::UnavailableError("connection cut");
    std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
    ErrorCode error;
    const size_t done = TryWrite(buffers, error);
    if (error) co_return Ended(write_, error, "write");
    if (done == head.size() + body.size()) co_return OkStatus();
    const size_t of_head = std::min(done, head.size());
    buffers[0] += of_head;
    buffers[1] += done - of_head;

    writing_ = true;
    const auto [failed, size] =
        co_await write_.Await<void(ErrorCode, size_t)>(deadline, [this, buffers](auto handler) {
            if (tls_) {
                asio::async_write(*tls_, buffers, std::move(handler));
            } else {
                asio::async_write(*plain_, buffers, std::move(handler));
            }
        });
    writing_ = false;
    write_.End();
    co_return failed ? Ended(write_, failed, "write") : OkStatus();
}

bool Transport::IdleAndOpen() {
    if (cut_) return false;
    char byte;
    ErrorCode error;
    socket().receive(asio::buffer(&byte, 1), Tcp::socket::message_peek, error);
    return error == asio::error::would_block;
}

Task<> Transport::Linger(Deadline deadline) {
    FinishSending();
    bool more = open();
    while (more) more = co_await Discard(deadline);
    Cut();
}

Task<bool> Transport::Discard(Deadline deadline) {
    std::array<char, 4096> bytes;
    const asio::mutable_buffer buffer(bytes.data(), bytes.size());
    const auto [error, size] =
        co_await read_.Await<void(ErrorCode, size_t)>(deadline, [this, buffer](auto handler) {
            socket().async_read_some(buffer, std::move(handler));
        });
    read_.End();
    if (!cut_ && !read_.expired()) runtime::ThrowIfCancelled(error);
    co_return !error;
}

void Transport::FinishSending() {
    if (cut_) return;
    ErrorCode ignored;
    if (tls_ && !writing_)
        tls_->shutdown(ignored);  // sends close_notify, does not wait for the other
    socket().shutdown(Tcp::socket::shutdown_send, ignored);
}

void Transport::Cut() {
    if (cut_) return;
    cut_ = true;
    ErrorCode ignored;
    socket().close(ignored);
}

}  // namespace mp::net
