#pragma once
// One other instance as tasks of one purpose call it: behind a circuit breaker of its own. A copy
// is the same peer, and outlives the calls made by it.

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/status.hpp"
#include "reliability/circuit_breaker.hpp"
#include "reliability/metrics.hpp"
#include "rpc/client.hpp"
#include "runtime/task.hpp"
#include "telemetry/metric_registry.hpp"

namespace mp::scheduler {

// A circuit breaker and what /metrics shows of it.
struct PeerBreaker {
    PeerBreaker(std::string name, telemetry::MetricRegistry& metrics)
        : circuit(std::move(name), {}),
          readings(reliability::Expose(metrics, circuit.name(), circuit)) {}

    reliability::CircuitBreaker circuit;
    reliability::Readings readings;
};

template <class Service>
class Peer {
  public:
    using Client = rpc::Client<Service>;
    template <class Request, class Response>
    using Method = typename Client::template UnaryMethod<Request, Response>;

    Peer(Client client, std::shared_ptr<PeerBreaker> breaker)
        : client_(std::move(client)), breaker_(std::move(breaker)) {}

    // As the client's; IsCircuitOpen where nothing was asked because too much failed before.
    template <class Request, class Response>
    Task<Result<Response>> Call(
        Method<Request, Response> method,
        std::type_identity_t<Request> request,
        rpc::CallOptions options
    ) {
        return breaker_->circuit.Call(client_.Call(method, std::move(request), std::move(options)));
    }

  private:
    Client client_;
    std::shared_ptr<PeerBreaker> breaker_;
};

}  // namespace mp::scheduler
