#pragma once
// One TCP connection, plain or under TLS: the bytes below HTTP and WebSocket. Clients in libs
// use it.
//
// Executor's thread. At most one read and one write at a time; nothing under way at destruction.
// Errors: UNAVAILABLE (ended, broken, cut), DEADLINE_EXCEEDED; cancellation throws.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "net/op_deadline.hpp"
#include "net/tls.hpp"
#include "runtime/task.hpp"

namespace mp::net {

class Transport {
  public:
    using Tcp = asio::ip::tcp;

    // With `tls` the handshake comes first.
    Transport(Tcp::socket socket, const std::optional<TlsContext>& tls);
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    // `host` is verified and sent as SNI.
    Task<Status> HandshakeAsClient(const std::string& host, Deadline deadline);
    Task<Status> HandshakeAsServer(Deadline deadline);

    // At least one byte. Of a TLS connection all records that have arrived and fit. A deadline or a
    // cancellation loses nothing.
    Task<Result<size_t>> ReadSome(std::span<char> into, Deadline deadline);
    // All of it. After an error the connection is of no use.
    Task<Status> Write(std::string_view data, Deadline deadline);
    Task<Status> Write(std::string_view head, std::string_view body, Deadline deadline);

    // Whether the peer has closed or sent something unasked: asks the socket, does not wait.
    bool IdleAndOpen();
    // Ends the sending direction, then reads away what still comes until the peer closes too (or
    // the deadline): a socket that is closed with unread bytes would take back what was just
    // written.
    Task<> Linger(Deadline deadline);
    // Closes the socket; what is under way ends with UNAVAILABLE.
    void Cut();
    bool open() const { return !cut_; }
    const std::string& peer() const { return peer_; }

  private:
    using Tls = asio::ssl::stream<Tcp::socket>;

    Tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
    Task<Status> Handshake(asio::ssl::stream_base::handshake_type role, Deadline deadline);
    void FinishSending();
    // What the socket has, under TLS too: nobody reads it.
    Task<bool> Discard(Deadline deadline);
    size_t ReadWhatArrived(std::span<char> into);
    // Writes as much as the socket takes at once; how much.
    size_t TryWrite(std::span<const asio::const_buffer> buffers, boost::system::error_code& error);
    Status Ended(OpDeadline& op, const boost::system::error_code& error, std::string_view what);

    std::shared_ptr<asio::ssl::context> context_;  // outlives tls_
    bool verify_ = false;                          // the server's name, as a client
    std::optional<Tcp::socket> plain_;
    std::optional<Tls> tls_;
    OpDeadline read_;
    OpDeadline write_;
    bool writing_ = false;
    bool cut_ = false;
    std::string peer_;
};

}  // namespace mp::net
