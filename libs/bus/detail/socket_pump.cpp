#include "bus/detail/socket_pump.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "bus/detail/handles.hpp"

namespace mp::bus::detail {
namespace {

Handles<SocketPump>& Pumps() {
    static auto* const pumps = new Handles<SocketPump>;  // outlives the library's threads
    return *pumps;
}

}  // namespace

SocketPump::SocketPump(runtime::Executor executor, Events events)
    : executor_(executor), events_(std::move(events)), socket_(executor) {}

void* SocketPump::Register(const std::shared_ptr<SocketPump>& pump) {
    return Pumps().Add(pump);
}

void SocketPump::Unregister(void* handle) {
    Pumps().Remove(handle);
}

natsStatus SocketPump::Install(natsOptions* options, void* handle) {
    return natsOptions_SetEventLoop(options, handle, OnAttach, OnRead, OnWrite, OnDetach);
}

natsStatus SocketPump::OnAttach(
    void** user, void* loop, natsConnection* connection, natsSock socket
) {
    *user = loop;
    // The library closes its descriptor on a thread of its own, whenever it likes; one of our own
    // keeps the number in the reactor ours.
    const int own = dup(socket);
    if (own < 0) return NATS_SYS_ERROR;
    const bool found = Pumps().With(loop, [&](const std::shared_ptr<SocketPump>& pump) {
        pump->attached_ = true;
        pump->write_wanted_ = false;
        ++pump->attachments_;
        asio::post(pump->executor_, [pump, connection, own] { pump->Attach(connection, own); });
    });
    if (!found) ::close(own);
    return found ? NATS_OK : NATS_ILLEGAL_STATE;
}

natsStatus SocketPump::OnRead(void* user, bool add) {
    if (add) return NATS_OK;
    Pumps().With(user, [](const std::shared_ptr<SocketPump>& pump) {
        pump->attached_ = false;
        asio::post(pump->executor_, [pump, generation = pump->attachments_.load()] {
            pump->Lose(generation);
        });
    });
    return NATS_OK;
}

natsStatus SocketPump::OnWrite(void* user, bool add) {
    Pumps().With(user, [add](const std::shared_ptr<SocketPump>& pump) {
        const bool wanted = pump->write_wanted_.exchange(add);
        if (add && !wanted) asio::post(pump->executor_, [pump] { pump->Flush(); });
    });
    return NATS_OK;
}

natsStatus SocketPump::OnDetach(void*) {
    return NATS_OK;
}

void SocketPump::Attach(natsConnection* connection, int socket) {
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (stopped_) {
        ::close(socket);
        return;
    }
    socket_.assign(socket, ignored);
    connection_ = connection;
    ++generation_;
    waiting_writable_ = false;
    WaitReadable();
}

void SocketPump::Lose(uint64_t generation) {
    if (generation != generation_ || connection_ == nullptr) return;
    boost::system::error_code ignored;
    socket_.close(ignored);
    connection_ = nullptr;
    events_.on_lost();
}

void SocketPump::WaitReadable() {
    socket_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(), generation = generation_](boost::system::error_code error) {
            if (error || generation != self->generation_ || self->connection_ == nullptr) return;
            natsConnection_ProcessReadEvent(self->connection_);
            const bool progress = self->events_.on_read();
            if (generation != self->generation_ || self->connection_ == nullptr) return;
            // A socket that the library gave up without telling would be readable for ever.
            if (!progress && self->PeerClosed()) return;
            self->WaitReadable();
        }
    );
}

void SocketPump::WaitWritable() {
    if (waiting_writable_) return;
    waiting_writable_ = true;
    socket_.async_wait(
        asio::posix::stream_descriptor::wait_write,
        [self = shared_from_this(), generation = generation_](boost::system::error_code error) {
            if (error || generation != self->generation_ || self->connection_ == nullptr) return;
            self->waiting_writable_ = false;
            self->Flush();
        }
    );
}

// The library takes a write of nothing for a broken connection.
void SocketPump::Flush() {
    if (connection_ == nullptr || !write_wanted_) return;
    natsConnection_ProcessWriteEvent(connection_);
    if (write_wanted_) WaitWritable();
}

bool SocketPump::PeerClosed() {
    char byte = 0;
    return recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void SocketPump::Stop() {
    stopped_ = true;
    Flush();
    connection_ = nullptr;
    ++generation_;
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace mp::bus::detail
