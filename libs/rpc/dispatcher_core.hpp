#pragma once
// The inside of rpc::Dispatcher. Only libs/rpc uses it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "rpc/dispatcher.hpp"
#include "rpc/late_events.hpp"

namespace mp::rpc {

// Something that a gRPC thread tells the executor. Embedded in what it is about; pushed at most
// once at a time. `alive` is false when the dispatcher was closed: then it runs on whatever thread
// pushed it and may only let go.
struct DispatchEvent {
    DispatchEvent* next = nullptr;
    virtual void Run(bool alive) = 0;

  protected:
    ~DispatchEvent() = default;
};

template <class Owner, void (Owner::*kRun)(bool)>
struct MemberEvent final : DispatchEvent {
    explicit MemberEvent(Owner* of) : owner(of) {}
    void Run(bool alive) override { (owner->*kRun)(alive); }

    Owner* owner;
};

using CallHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

// A call in progress, either way; linked on the executor's thread only.
class OpenCall : public CallHook {
  public:
    // Ends the call towards gRPC without resuming its coroutine. Unlinked already.
    virtual void Abandon() = 0;

  protected:
    ~OpenCall() = default;
};

class DispatcherCore : public std::enable_shared_from_this<DispatcherCore> {
  public:
    DispatcherCore(Executor executor, DispatcherOptions options);

    // Any thread.
    void Push(DispatchEvent* event);
    // Of the end of an outgoing call. A closed dispatcher keeps it for AwaitClientCalls(): letting
    // go of the call may destroy its channel, and that may join the very threads that push.
    void PushClientEnd(DispatchEvent* event);
    // Whether one more server call may start; counts it if so. Any thread.
    bool AdmitServerCall();
    void ServerCallEnded() { calls_open_.fetch_sub(1, std::memory_order_relaxed); }

    // The executor's thread from here on.
    void LinkServerCall(OpenCall& call) { server_calls_.push_back(call); }
    void ClientCallBegan(OpenCall& call) {
        client_calls_.push_back(call);
        ++client_calls_begun_;
    }
    void ClientCallEnded() { --client_calls_begun_; }
    void AbandonServerCalls() { Abandon(server_calls_); }
    void Close();
    // Behind Close(): until gRPC has let go of every outgoing call, which it does at once.
    void AwaitClientCalls();
    bool closed() const { return closed_; }
    CallObserver* observer() const { return observer_; }
    void set_observer(CallObserver* observer) { observer_ = observer; }

    const Executor& executor() const { return executor_; }
    size_t calls_open() const { return calls_open_.load(std::memory_order_relaxed); }
    uint64_t calls_refused() const { return calls_refused_.load(std::memory_order_relaxed); }

  private:
    using Calls = boost::intrusive::list<OpenCall, boost::intrusive::constant_time_size<false>>;

    // False when closed.
    bool TryPush(DispatchEvent* event);
    void PostDrain();
    void Drain();
    // Runs a chain that was pushed newest first, in the order of pushing; how many there were.
    size_t RunChain(DispatchEvent* newest);
    static void Abandon(Calls& calls);

    // head_ is null (nothing queued, no Drain posted), one of two marks (Drain posted and nothing
    // queued; closed), or the newest event.
    std::atomic<DispatchEvent*> head_{nullptr};
    std::atomic<int> pushing_{0};  // threads inside TryPush
    std::atomic<size_t> calls_open_{0};
    std::atomic<uint64_t> calls_refused_{0};

    const Executor executor_;
    const DispatcherOptions options_;
    CallObserver* observer_ = nullptr;
    bool closed_ = false;
    Calls server_calls_;
    Calls client_calls_;
    size_t client_calls_begun_ = 0;  // and not ended
    LateEvents late_;
};

}  // namespace mp::rpc
