#include "rpc/server_call.hpp"

#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "rpc/status.hpp"
#include "runtime/cancellation.hpp"

namespace mp::rpc {
namespace {

Status FromException(const std::exception_ptr& thrown) {
    if (runtime::IsCancelled(thrown)) return absl::CancelledError("the call was cancelled");
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& caught) {
        return absl::InternalError(std::string("the handler failed: ") + caught.what());
    } catch (...) {
        return absl::InternalError("the handler failed");
    }
}

}  // namespace

ServerCall::ServerCall(
    const Dispatcher& dispatcher, std::string_view method, grpc::CallbackServerContext* context
)
    : core_(dispatcher.core()), context_(context, method) {}

void ServerCall::Release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void ServerCall::Admit() {
    if (core_->AdmitServerCall()) {
        core_->Push(&start_event_);
        return;
    }
    FinishReactor(ToGrpc(absl::ResourceExhaustedError("too many calls at once")));
    Release();
}

void ServerCall::Start(bool alive) {
    if (!alive) {
        core_->ServerCallEnded();
        FinishReactor(ToGrpc(absl::UnavailableError("shutting down")));
        Release();
        return;
    }
    core_->LinkServerCall(*this);
    asio::co_spawn(
        core_->executor(),
        Handle(),
        asio::bind_cancellation_slot(
            cancel_.slot(),
            [self = Reference(this)](const std::exception_ptr& thrown, Status status) {
                self->Ended(thrown, std::move(status));
            }
        )
    );
}

void ServerCall::ClientLeft() {
    AddRef();
    core_->Push(&cancel_event_);
}

void ServerCall::Cancel(bool alive) {
    if (alive && !answered_) cancel_.emit(asio::cancellation_type::all);
    Release();
}

void ServerCall::Ended(const std::exception_ptr& thrown, Status status) {
    if (thrown) status = FromException(thrown);
    if (!answered_ && ReadyToFinish(status)) Answer(status);
}

void ServerCall::Answer(const Status& status) {
    if (std::exchange(answered_, true)) return;
    if (is_linked()) unlink();
    core_->ServerCallEnded();
    if (CallObserver* observer = core_->observer()) {
        observer->CallEnded(context_.method(), status, std::chrono::steady_clock::now() - began_);
    }
    FinishReactor(ToGrpc(status));
}

void ServerCall::Abandon() {
    AddRef();
    context_.grpc().TryCancel();  // a write under way would hold back the answer
    Answer(absl::UnavailableError("shutting down"));
    Abandoned();
    Release();
}

}  // namespace mp::rpc
