#pragma once
// Another service as the gateway calls it: picks a live instance from the registry, keeps a channel
// to each, and guards each with a circuit breaker of its own, so that a restarted instance starts
// afresh. One io_context thread; the dispatcher and the directory outlive it.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "registry/directory.hpp"
#include "reliability/circuit_breaker.hpp"
#include "rpc/channel.hpp"
#include "rpc/client.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

struct UpstreamConfig {
    int failure_threshold = 5;
    std::chrono::nanoseconds open_for = std::chrono::seconds{60};
};

template <class Service>
class Upstream {
  public:
    using Client = rpc::Client<Service>;

    Upstream(
        std::string_view service,
        UpstreamConfig config,
        const rpc::Dispatcher& dispatcher,
        registry::Directory& directory
    )
        : service_(service), config_(config), dispatcher_(dispatcher), directory_(directory) {}

    // Unavailable, naming the service, when no instance lives or its breaker is open.
    template <class Request, class Response>
    Task<Result<Response>> Call(
        typename Client::template UnaryMethod<Request, Response> method,
        Request request,
        Deadline deadline
    ) {
        Result<EndpointRef> endpoint = Pick();
        if (!endpoint.ok()) co_return endpoint.status();
        co_return co_await (*endpoint)->breaker.Call(
            (*endpoint)->client.Call(method, std::move(request), deadline)
        );
    }

    // A streaming call whose messages stay bytes, with the permit to report its end to.
    struct Stream {
        std::shared_ptr<void> endpoint;  // outlives the permit
        reliability::CircuitBreaker::Permit permit;
        rpc::RawClientStream messages;
    };
    template <class Request>
    Result<Stream> Open(std::string_view method, const Request& request, Deadline deadline) {
        Result<EndpointRef> endpoint = Pick();
        if (!endpoint.ok()) return endpoint.status();
        auto permit = (*endpoint)->breaker.Allow();
        if (!permit.ok()) return permit.status();
        return Stream{
            *endpoint,
            std::move(*permit),
            (*endpoint)->client.OpenRaw(method, request, rpc::CallOptions{deadline})};
    }

    const std::string& service() const { return service_; }

  private:
    struct Endpoint {
        Endpoint(Client a_client, std::string name, reliability::CircuitBreaker::Config config)
            : client(std::move(a_client)), breaker(std::move(name), std::move(config)) {}

        Client client;
        reliability::CircuitBreaker breaker;
    };
    using EndpointRef = std::shared_ptr<Endpoint>;  // shared with calls under way
    static constexpr size_t kMaxEndpoints = 32;

    // Instances come and go for years; those that nobody calls any more are forgotten.
    void DropIdle() {
        if (endpoints_.size() < kMaxEndpoints) return;
        std::erase_if(endpoints_, [](const auto& entry) { return entry.second.use_count() == 1; });
    }

    Result<EndpointRef> Pick() {
        const Result<registry::Instance> instance = directory_.Pick(service_);
        if (!instance.ok()) {
            return absl::UnavailableError(
                service_ + " is not available: no live instance in the registry"
            );
        }
        const std::string target = instance->host() + ":" + std::to_string(instance->grpc_port());
        const std::string key = instance->instance() + "@" + target;
        if (const auto it = endpoints_.find(key); it != endpoints_.end()) return it->second;
        auto channel = rpc::MakeChannel(target);
        if (!channel.ok()) return channel.status();
        DropIdle();
        auto endpoint = std::make_shared<Endpoint>(
            Client(dispatcher_, std::move(*channel)),
            key,
            reliability::CircuitBreaker::Config{
                .failure_threshold = config_.failure_threshold, .open_for = config_.open_for}
        );
        return endpoints_.emplace(key, std::move(endpoint)).first->second;
    }

    const std::string service_;
    const UpstreamConfig config_;
    const rpc::Dispatcher& dispatcher_;
    registry::Directory& directory_;
    std::map<std::string, EndpointRef> endpoints_;
};

}  // namespace mp::gateway
