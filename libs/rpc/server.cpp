#include "rpc/server.hpp"

#include <absl/synchronization/mutex.h>
#include <cstdlib>
#include <future>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "rpc/dispatcher_core.hpp"
#include "rpc/security.hpp"
#include "runtime/condition.hpp"
#include "runtime/finally.hpp"
#include "runtime/thread.hpp"

namespace mp::rpc {
namespace {

// How long a cancelled call may take to end.
constexpr std::chrono::seconds kUnwindTimeout{2};

std::string Address(const ServerOptions& options) {
    const bool v6 = options.host.find(':') != std::string::npos;
    return (v6 ? "[" + options.host + "]" : options.host) + ":" + std::to_string(options.port);
}

// gRPC only says that it failed; the system says why.
Status WhyNot(const ServerOptions& options, const Executor& executor) {
    const std::string what = "listen on " + Address(options) + ": ";
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error) return absl::InvalidArgumentError(what + "not an IP address");
    asio::ip::tcp::acceptor probe(executor);
    const asio::ip::tcp::endpoint endpoint(address, options.port);
    probe.open(endpoint.protocol(), error);
    if (!error) probe.bind(endpoint, error);
    if (error == asio::error::address_in_use) {
        return absl::AlreadyExistsError(
            what + "the port is in use; another process serves it already"
        );
    }
    return absl::UnavailableError(what + (error ? error.message() : "failed"));
}

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
    const auto size = static_cast<int>(options.max_message_bytes);
    builder.SetMaxReceiveMessageSize(size);
    builder.SetMaxSendMessageSize(size);
    // Two servers on one port would share its clients without a word.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    // Counts every call for a service that nobody here offers.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
    builder.AddChannelArgument(
        GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(options.keepalive_time.count())
    );
    builder.AddChannelArgument(
        GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(options.keepalive_timeout.count())
    );
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
}

// What goes wrong comes back as a status and is logged once, in our form. Who looks for faults of
// gRPC itself sets its GRPC_VERBOSITY.
void QuietGrpc() {
    if (std::getenv("GRPC_VERBOSITY") == nullptr) {
        gpr_set_log_function([](gpr_log_func_args*) {});
    }
}

Task<Status> WaitForever() {
    runtime::Event never;
    co_await never.Wait();
    co_return OkStatus();
}

}  // namespace

struct Server::Impl {
    Impl(ServerOptions with, Dispatcher& by) : options(std::move(with)), dispatcher(by) {}

    ServerOptions options;
    Dispatcher& dispatcher;
    std::vector<ServedService> services;
    std::shared_ptr<grpc::ServerCredentials> credentials;  // asked as long as the server lives
    std::unique_ptr<grpc::Server> server;
    int port = 0;
    std::future<void> stopped;  // valid once a shutdown has begun
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    constexpr std::chrono::seconds kNow{0};
    if (!impl_->stopped.valid()) {
        impl_->dispatcher.Close();
        impl_->server->Shutdown(std::chrono::system_clock::now());
    } else if (impl_->stopped.wait_for(kNow) != std::future_status::ready) {
        impl_->dispatcher.Close();
        impl_->stopped.wait();
    }
}

Result<std::unique_ptr<Server>> Server::Start(
    ServerOptions options, Dispatcher& dispatcher, std::vector<ServedService> services
) {
    auto impl = std::make_unique<Impl>(std::move(options), dispatcher);
    impl->services = std::move(services);
    impl->credentials = ServerCredentials(impl->options.tls);

    // Debian builds abseil so that every lock gRPC takes is checked for deadlocks.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    QuietGrpc();
    grpc::ServerBuilder builder;
    Configure(builder, impl->options);
    builder.AddListeningPort(Address(impl->options), impl->credentials, &impl->port);
    for (const ServedService& served : impl->services) builder.RegisterService(served.service);
    impl->server = builder.BuildAndStart();
    if (!impl->server || impl->port == 0) return WhyNot(impl->options, dispatcher.executor());

    std::unique_ptr<Server> started(new Server(std::move(impl)));
    started->SetServing(false);
    return started;
}

uint16_t Server::port() const {
    return static_cast<uint16_t>(impl_->port);
}

void Server::SetServing(const std::string& service, bool serving) {
    impl_->server->GetHealthCheckService()->SetServingStatus(service, serving);
}

void Server::SetServing(bool serving) {
    SetServing("", serving);
    for (const ServedService& served : impl_->services) SetServing(served.name, serving);
}

Task<Status> Server::Run() {
    return runtime::Finally(WaitForever(), Stop());
}

Task<> Server::Stop() {
    const Deadline deadline = Deadline::After(impl_->options.drain_timeout);
    co_await Shutdown(deadline);
}

Task<> Server::Shutdown(Deadline deadline) {
    if (impl_->stopped.valid()) co_return;
    const auto ended = std::make_shared<std::promise<void>>();
    impl_->stopped = ended->get_future();
    SetServing(false);
    asio::steady_timer forced(impl_->dispatcher.executor(), deadline.time() + kUnwindTimeout);
    forced.async_wait([core = impl_->dispatcher.core()](const boost::system::error_code& error) {
        if (!error) core->AbandonServerCalls();
    });
    const auto until = std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::microseconds>(deadline.Left());
    const auto stop = [this, until, ended](std::stop_token) {
        impl_->server->Shutdown(until);
        ended->set_value();
        return OkStatus();
    };
    const Status done = co_await runtime::RunOnThread("grpc-stop", stop);
    static_cast<void>(done);  // it cannot fail
}

}  // namespace mp::rpc
