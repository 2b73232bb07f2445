#include "rpc/client_call.hpp"

#include <chrono>

namespace mp::rpc {
namespace {

// Beyond this it is none, and would overflow gRPC's clock.
constexpr std::chrono::hours kLongest{24 * 365};

}  // namespace

ClientCall::ClientCall(const Dispatcher& dispatcher, const CallOptions& options)
    : core_(dispatcher.core()) {
    const auto left = options.deadline.Left();
    if (left < kLongest) {
        context_.set_deadline(
            std::chrono::system_clock::now() +
            std::chrono::duration_cast<std::chrono::system_clock::duration>(left)
        );
    }
    context_.set_wait_for_ready(options.wait_for_ready);
    for (const auto& [name, value] : options.metadata) context_.AddMetadata(name, value);
}

void ClientCall::Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void ClientCall::Begin() {
    references_.fetch_add(1, std::memory_order_relaxed);
    core_->ClientCallBegan(*this);
}

void ClientCall::Over(bool alive) {
    if (alive && is_linked()) unlink();
    core_->ClientCallEnded();
}

void ClientCall::Abandon() {
    Cancel();
    Abandoned();
    parked_.Drop();
}

}  // namespace mp::rpc
