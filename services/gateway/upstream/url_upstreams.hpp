#pragma once
// Upstreams that are named by URL (COLLECTOR_URL, STORAGE_URL) instead of by the registry: asks
// each one's /health every second for its gRPC port and tells the directory, as long as it answers.
// One io_context thread; what it references outlives it.

#include <vector>

#include "net/http_client.hpp"
#include "registry/directory.hpp"
#include "runtime/task.hpp"

namespace mp::gateway {

class UrlUpstreams {
  public:
    // `named` as registry::FixedInstance makes them.
    UrlUpstreams(
        net::HttpClient& client,
        registry::Directory& directory,
        std::vector<registry::Instance> named
    )
        : client_(client), directory_(directory), named_(std::move(named)) {}

    // Until cancelled.
    Task<Status> Run();

  private:
    Task<Status> Follow(registry::Instance named);
    // What answers at the address now.
    Task<Result<registry::Instance>> Ask(const registry::Instance& named);

    net::HttpClient& client_;
    registry::Directory& directory_;
    const std::vector<registry::Instance> named_;
};

}  // namespace mp::gateway
