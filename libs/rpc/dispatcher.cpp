#include "rpc/dispatcher.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "rpc/dispatcher_core.hpp"

namespace mp::rpc {
namespace {

// Events in one go before other work of the executor has its turn.
constexpr size_t kFairShare = 256;
// Cancelled calls end within milliseconds; one that does not is leaked rather than waited for.
constexpr std::chrono::seconds kCallsEndTimeout{5};

struct Mark final : DispatchEvent {
    void Run(bool) override {}
};
Mark scheduled_mark;  // a Drain is posted, nothing is queued
Mark closed_mark;

}  // namespace

DispatcherCore::DispatcherCore(Executor executor, DispatcherOptions options)
    : executor_(std::move(executor)), options_(options) {}

void DispatcherCore::Push(DispatchEvent* event) {
    if (!TryPush(event)) event->Run(false);
}

void DispatcherCore::PushClientEnd(DispatchEvent* event) {
    if (TryPush(event)) return;
    const auto self = shared_from_this();  // whoever takes the event may let go of everything
    late_.Push(event);
}

// Close() waits until nobody is in here: once the event is in the list, whoever runs it may let go
// of everything, this object's other owners included.
bool DispatcherCore::TryPush(DispatchEvent* event) {
    pushing_.fetch_add(1, std::memory_order_seq_cst);
    DispatchEvent* head = head_.load(std::memory_order_seq_cst);
    do {
        if (head == &closed_mark) {
            pushing_.fetch_sub(1, std::memory_order_release);
            return false;
        }
        event->next = head == &scheduled_mark ? nullptr : head;
    } while (!head_.compare_exchange_weak(head, event, std::memory_order_acq_rel));
    if (head == nullptr) PostDrain();
    pushing_.fetch_sub(1, std::memory_order_release);
    return true;
}

void DispatcherCore::PostDrain() {
    asio::post(executor_, [self = shared_from_this()] { self->Drain(); });
}

void DispatcherCore::Drain() {
    size_t done = 0;
    while (!closed_) {
        DispatchEvent* newest = head_.exchange(&scheduled_mark, std::memory_order_acq_rel);
        if (newest == &scheduled_mark) {
            if (head_.compare_exchange_strong(newest, nullptr, std::memory_order_acq_rel)) return;
            continue;
        }
        done += RunChain(newest);
        if (done >= kFairShare) return PostDrain();
    }
}

size_t DispatcherCore::RunChain(DispatchEvent* newest) {
    DispatchEvent* oldest = nullptr;
    while (newest != nullptr) {
        DispatchEvent* const next = std::exchange(newest->next, oldest);
        oldest = std::exchange(newest, next);
    }
    size_t count = 0;
    for (; oldest != nullptr; ++count) {
        DispatchEvent* const event = std::exchange(oldest, oldest->next);
        event->Run(!closed_);
    }
    return count;
}

bool DispatcherCore::AdmitServerCall() {
    if (calls_open_.fetch_add(1, std::memory_order_relaxed) < options_.max_calls) return true;
    calls_open_.fetch_sub(1, std::memory_order_relaxed);
    calls_refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void DispatcherCore::Abandon(Calls& calls) {
    while (!calls.empty()) {
        OpenCall& call = calls.front();
        calls.pop_front();
        call.Abandon();
    }
}

void DispatcherCore::Close() {
    if (std::exchange(closed_, true)) return;
    DispatchEvent* const left = head_.exchange(&closed_mark, std::memory_order_seq_cst);
    while (pushing_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    if (left != &scheduled_mark) RunChain(left);
    Abandon(server_calls_);
    Abandon(client_calls_);
}

void DispatcherCore::AwaitClientCalls() {
    const auto until = std::chrono::steady_clock::now() + kCallsEndTimeout;
    while (client_calls_begun_ > 0) {
        DispatchEvent* const event = late_.Take(until);
        if (event == nullptr) return;
        event->Run(false);
    }
}

Dispatcher::Dispatcher(Executor executor, DispatcherOptions options)
    : core_(std::make_shared<DispatcherCore>(std::move(executor), options)) {}

Dispatcher::~Dispatcher() {
    core_->Close();
    core_->AwaitClientCalls();
}

void Dispatcher::set_observer(CallObserver* observer) {
    core_->set_observer(observer);
}
void Dispatcher::Close() {
    core_->Close();
}
size_t Dispatcher::calls_open() const {
    return core_->calls_open();
}
uint64_t Dispatcher::calls_refused() const {
    return core_->calls_refused();
}
const Executor& Dispatcher::executor() const {
    return core_->executor();
}

}  // namespace mp::rpc
