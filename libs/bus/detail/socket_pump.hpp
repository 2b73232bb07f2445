#pragma once
// Moves the bytes of a natsConnection on the executor: the client library hands its socket over and
// is told when to read and write. One executor turn's publishes leave in one write, nothing ever
// blocks, and what arrives is handled where it was read.

#include <atomic>
#include <functional>
#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "bus/detail/cnats.hpp"
#include "runtime/task.hpp"

namespace mp::bus::detail {

class SocketPump : public std::enable_shared_from_this<SocketPump> {
  public:
    struct Events {
        // Bytes were read and parsed; whether any subscription had messages.
        std::function<bool()> on_read;
        // The connection was lost; the library is about to make a new one.
        std::function<void()> on_lost;
    };

    SocketPump(runtime::Executor executor, Events events);

    // The callbacks that the library is given; `handle` is looked up in them.
    static natsStatus Install(natsOptions* options, void* handle);
    static void* Register(const std::shared_ptr<SocketPump>& pump);
    static void Unregister(void* handle);

    // Whether the socket handed over last is still in use. Any thread.
    bool attached() const noexcept { return attached_; }
    // Sockets handed over so far; grows before anything is read from the newest. Any thread.
    uint64_t attachments() const noexcept { return attachments_; }

    // Before the connection is destroyed: writes what can be written at once, then lets go of
    // everything.
    void Stop();

  private:
    // Called by the library, on any of its threads or on the executor, with the connection locked:
    // nothing of the connection may be called from them.
    static natsStatus OnAttach(
        void** user, void* loop, natsConnection* connection, natsSock socket
    );
    static natsStatus OnRead(void* user, bool add);
    static natsStatus OnWrite(void* user, bool add);
    static natsStatus OnDetach(void* user);

    void Attach(natsConnection* connection, int socket);
    void Lose(uint64_t generation);
    void WaitReadable();
    void WaitWritable();
    void Flush();
    bool PeerClosed();

    const runtime::Executor executor_;
    const Events events_;
    std::atomic<bool> attached_{false};
    std::atomic<uint64_t> attachments_{0};
    std::atomic<bool> write_wanted_{false};

    // On the executor.
    asio::posix::stream_descriptor socket_;
    natsConnection* connection_ = nullptr;
    uint64_t generation_ = 0;
    bool waiting_writable_ = false;
    bool stopped_ = false;
};

}  // namespace mp::bus::detail
