#pragma once
// The gRPC server of a service: its callback services plus health, reflection, keepalive and
// limits.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <grpcpp/impl/service_type.h>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/status.hpp"
#include "rpc/dispatcher.hpp"
#include "runtime/task.hpp"
#include "tls/credentials.hpp"

namespace mp::rpc {

struct ServerOptions {
    std::string host = "127.0.0.1";
    uint16_t port = 0;  // 0: any free one, see port()
    size_t max_message_bytes = 16u << 20;
    std::chrono::milliseconds keepalive_time = std::chrono::seconds{30};
    std::chrono::milliseconds keepalive_timeout = std::chrono::seconds{10};
    std::chrono::nanoseconds drain_timeout = std::chrono::seconds{10};
    // Where it has a certificate: TLS alone, with the certificates that are current when a client
    // connects. Outlives the server.
    const tls::Credentials* tls = nullptr;
};

struct ServedService {
    std::string name;  // "marketprism.v1.StorageService"
    grpc::Service* service;
};
// `Contract` is the generated class: Serve<pb::StorageService>(storage_rpc).
template <class Contract>
ServedService Serve(grpc::Service& service) {
    return {Contract::service_full_name(), &service};
}

class Server {
  public:
    // Serves from the moment it returns. The services and the dispatcher that their methods use
    // outlive the server. The error names host and port.
    static Result<std::unique_ptr<Server>> Start(
        ServerOptions options, Dispatcher& dispatcher, std::vector<ServedService> services
    );
    // Cuts what Run() or Shutdown() did not end, by Dispatcher::Close().
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t port() const;

    // The standard health service's answer: for one service ("marketprism.v1.StorageService"), or
    // for all of them and the server itself. Everything starts as not serving.
    void SetServing(const std::string& service, bool serving);
    void SetServing(bool serving);

    // Runs until cancelled, then shuts down within drain_timeout.
    Task<Status> Run();
    // Takes no more calls, waits for those under way, cancels them at the deadline; what does not
    // end by that either is answered UNAVAILABLE soon after.
    Task<> Shutdown(Deadline deadline);

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    Task<> Stop();

    std::unique_ptr<Impl> impl_;
};

}  // namespace mp::rpc
