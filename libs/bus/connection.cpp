#include "bus/connection.hpp"

#include <boost/asio/post.hpp>

#include "bus/detail/connection_impl.hpp"
#include "bus/detail/handles.hpp"
#include "bus/detail/options.hpp"
#include "bus/detail/servers.hpp"
#include "runtime/sleep.hpp"
#include "runtime/thread.hpp"
#include "telemetry/logging.hpp"

namespace mp::bus {
namespace {

using Impl = Connection::Impl;

const telemetry::Logger kLog{"bus"};

detail::Handles<Impl>& Connections() {
    static auto* const connections = new detail::Handles<Impl>;  // outlives the library's threads
    return *connections;
}

void OnReconnected(natsConnection*, void* closure) {
    Connections().With(closure, [](const std::shared_ptr<Impl>& impl) {
        asio::post(impl->executor, [impl] { impl->OnReconnected(); });
    });
}

void OnClosed(natsConnection* connection, void* closure) {
    const char* error = nullptr;
    natsConnection_GetLastError(connection, &error);
    const std::string why = std::string("given up: ") + (error == nullptr ? "" : error);
    Connections().With(closure, [&why](const std::shared_ptr<Impl>& impl) {
        asio::post(impl->executor, [impl, why] { impl->OnClosed(why); });
    });
}

// Without one the library writes to stderr. What matters of it comes back by the other ways.
void OnError(natsConnection*, natsSubscription*, natsStatus, void*) {}

int64_t OnReconnectDelay(natsConnection*, int attempts, void* closure) {
    const auto impl = Connections().Find(closure);
    if (impl == nullptr) return 1000;
    return detail::ReconnectDelay(impl->config, attempts).count();
}

Status InstallCallbacks(natsOptions* options, const Impl& impl) {
    natsStatus status = detail::SocketPump::Install(options, impl.pump_handle);
    if (status == NATS_OK) {
        status = natsOptions_SetReconnectedCB(options, OnReconnected, impl.handle);
    }
    if (status == NATS_OK) status = natsOptions_SetClosedCB(options, OnClosed, impl.handle);
    if (status == NATS_OK) status = natsOptions_SetErrorHandler(options, OnError, nullptr);
    if (status == NATS_OK) {
        status = natsOptions_SetCustomReconnectDelay(options, OnReconnectDelay, impl.handle);
    }
    return detail::FromNats(status, "bus: options");
}

// The result of one attempt; closed again when nobody takes it (the await was cancelled).
struct Attempt {
    Attempt() = default;
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    ~Attempt() { natsConnection_Destroy(connection); }

    natsConnection* connection = nullptr;
};

// On the thread that has tried it: the library keeps its words there.
Status Explained(const Status& status, const detail::BrokerTls& tls) {
    if (status.ok()) return status;
    std::string why = tls.WhyRefused();
    if (why.empty()) why = std::string(": ") + nats_GetLastError(nullptr);
    return Status(status.code(), std::string(status.message()) + (why == ": " ? "" : why));
}

bool WorthRetrying(const Status& status) {
    return status.code() != StatusCode::kInvalidArgument &&
           status.code() != StatusCode::kPermissionDenied;
}

}  // namespace

Connection::Connection(
    runtime::Executor executor, ConnectionConfig config, const tls::Credentials* tls
)
    : impl_(std::make_shared<Impl>(executor, std::move(config), tls)) {
    const std::weak_ptr<Impl> weak = impl_;
    impl_->pump = std::make_shared<detail::SocketPump>(
        executor,
        detail::SocketPump::Events{
            .on_read =
                [weak] {
                    const auto impl = weak.lock();
                    return impl != nullptr && impl->Deliver();
                },
            .on_lost =
                [weak] {
                    if (const auto impl = weak.lock()) impl->OnLost();
                }}
    );
    impl_->handle = Connections().Add(impl_);
    impl_->pump_handle = detail::SocketPump::Register(impl_->pump);
}

Connection::~Connection() {
    impl_->Close();
    impl_->tls->LetGo();
    Connections().Remove(impl_->handle);
    detail::SocketPump::Unregister(impl_->pump_handle);
}

runtime::Task<Status> Connection::Connect() {
    const auto impl = impl_;
    auto options = detail::MakeOptions(impl->config, impl->tls);
    if (!options.ok()) co_return options.status();
    if (Status installed = InstallCallbacks(options->get(), *impl); !installed.ok()) {
        co_return installed;
    }
    for (int attempt = 1;; ++attempt) {
        Attempt made;
        // Name resolution and connecting block.
        const std::function<Status(std::stop_token)> attempt_once = [&](std::stop_token) {
            impl->tls->Forget();
            const natsStatus result = natsConnection_Connect(&made.connection, options->get());
            return Explained(detail::FromNats(result, "bus: connect"), *impl->tls);
        };
        const Status status = co_await runtime::RunOnThread("bus-connect", attempt_once);
        if (status.ok()) {
            impl->Adopt(std::exchange(made.connection, nullptr));
            co_return OkStatus();
        }
        std::string why(status.message());
        // It may take hours: a line for each new reason.
        if (WorthRetrying(status) && why != impl->state.error) {
            kLog.Warn(
                "no connection to the broker yet",
                {{"brokers", detail::ServersOf(impl->config.url)}, {"reason", why}}
            );
        }
        impl->state.error = std::move(why);
        if (!WorthRetrying(status)) co_return Annotate(status, detail::ServersOf(impl->config.url));
        co_await runtime::Sleep(detail::ReconnectDelay(impl->config, attempt));
    }
}

const ConnectionState& Connection::state() const noexcept {
    return impl_->state;
}

uint64_t Connection::epoch() const noexcept {
    return impl_->epoch();
}

int64_t Connection::max_payload() const noexcept {
    return impl_->max_payload;
}

Subscription Connection::OnStateChange(std::function<void(const ConnectionState&)> listener) {
    const uint64_t id = ++impl_->last_listener_;
    impl_->listeners_.emplace(id, std::move(listener));
    return Subscription([weak = std::weak_ptr(impl_), id] {
        if (const auto impl = weak.lock()) impl->listeners_.erase(id);
    });
}

Status Connection::Publish(
    std::string_view subject,
    std::string_view payload,
    const Headers& headers,
    std::string_view reply
) {
    const std::string to(subject);
    const std::string answer(reply);
    return impl_->PublishRaw(
        to.c_str(), answer.empty() ? nullptr : answer.c_str(), payload, headers
    );
}

runtime::Task<Result<Message>> Connection::Request(
    std::string subject, std::string payload, Headers headers, Deadline deadline
) {
    return impl_->Request(std::move(subject), std::move(payload), std::move(headers), deadline);
}

Result<Subscription> Connection::Subscribe(std::string_view subject, Handler handler) {
    if (subject.empty()) return absl::InvalidArgumentError("bus: empty subject");
    return impl_->AddReader(std::string(subject), std::move(handler));
}

runtime::Task<Status> Connection::Flush(Deadline deadline) {
    return impl_->Flush(deadline);
}

runtime::Task<Status> Connection::Drain(Deadline deadline) {
    const auto impl = impl_;
    Status flushed = co_await impl->Flush(deadline);
    impl->Close();
    co_return flushed;
}

}  // namespace mp::bus
